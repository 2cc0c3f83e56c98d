use std::cell::Cell;
use std::fs;

use kubeconfig::List;
use store::Store;

use super::*;

/// A file of either tier: one that is parsed whole, and one of which only excerpts are.
fn file_of(contexts: usize) -> String {
    let mut file = "apiVersion: v1\nclusters: []\ncontexts:\n".to_owned();
    for number in 0..contexts {
        file += &format!("- context:\n    cluster: c\n    user: u\n  name: n{number}\n");
    }
    file + "current-context: n0\nkind: Config\npreferences: {}\nusers: []\n"
}

#[test]
fn what_another_program_writes_between_look_and_lock_stays() {
    for contexts in [2, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let text = file_of(contexts);
        fs::write(&path, &text).unwrap();
        let store = Store::new(folder.path().join("state"));
        let files = Files {
            paths: vec![path.clone()],
            explicit: false,
        };
        let meanwhile = text.replacen("cluster: c\n", "cluster: d\n", 1);
        let looks = Cell::new(0);
        let wanted = |_: &Chain| Wanted::entry(List::Contexts, "n1");
        let modified = modify(&store, &files, "choose", wanted, |merged| {
            if looks.replace(looks.get() + 1) == 0 {
                fs::write(&path, &meanwhile).unwrap();
            }
            assert!(merged.has(List::Contexts, "n1"));
            "n1".clone_into(&mut merged.current_context);
            Ok::<_, String>(())
        });
        assert_eq!(modified.unwrap().group, Some(1));
        assert_eq!(looks.get(), 2);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            meanwhile.replace("current-context: n0", "current-context: n1")
        );
    }
}

#[test]
fn many_entries_go_in_one_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, file_of(1000)).unwrap();
    let store = Store::new(folder.path().join("state"));
    let files = Files {
        paths: vec![path.clone()],
        explicit: false,
    };
    let names: Vec<String> = (0..100).map(|number| format!("n{}", number * 7)).collect();
    let entries = names.iter().map(|name| (List::Contexts, name.clone()));
    let wanted = Wanted::entries(entries);
    let modified = modify(
        &store,
        &files,
        "remove",
        |_| wanted.clone(),
        |merged| {
            let removed = names
                .iter()
                .filter(|name| merged.remove(List::Contexts, name));
            Ok::<_, String>(removed.count())
        },
    );
    assert_eq!(modified.unwrap().value, 100);
    assert_eq!(store.journal().unwrap().len(), 1);
    let left = Chain::survey(&files.paths).unwrap();
    let expected: Vec<String> = (0..1000).map(|number| format!("n{number}")).collect();
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expected.retain(|name| !names.iter().any(|gone| gone == name));
    expected.sort_unstable();
    assert!(left.names(List::Contexts).into_iter().eq(expected));
}
