use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kubeconfig::List;
use store::Store;
use tempfile::TempDir;

use super::Chain;
use super::Files;
use super::Located;
use super::Merged;
use super::ModifyError;
use super::Wanted;
use super::modify;
use super::modify_surveyed;

const A: &str = "\
# first
clusters:
- {name: shared, cluster: {server: https://a}}
contexts:
- name: shared # ours
  context: {cluster: shared, user: u}
preferences: {}
";

const B: &str = "\
current-context: second
contexts:
- name: second
  context: {cluster: shared, user: u}
- name: shared
  context: {cluster: other, user: u}
preferences:
  colors: true
";

struct Place {
    folder: TempDir,
    store: Store,
    files: Files,
}

fn place(contents: &[&str]) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..contents.len())
        .map(|n| folder.path().join(format!("{n}.yaml")))
        .collect();
    for (path, content) in paths.iter().zip(contents) {
        if !content.is_empty() {
            fs::write(path, content).unwrap();
        }
    }
    Place {
        store: Store::new(folder.path().join("state")),
        files: Files {
            paths,
            explicit: false,
        },
        folder,
    }
}

impl Place {
    fn change(&self, change: impl Fn(&mut Merged)) -> Option<u64> {
        let change = |merged: &mut Merged| {
            change(merged);
            Ok::<_, std::convert::Infallible>(())
        };
        let everything = |_: &Chain| Wanted::Everything;
        modify(&self.store, &self.files, "test", everything, change)
            .unwrap()
            .group
    }

    fn read(&self, n: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("{n}.yaml"))).unwrap_or_default()
    }
}

#[test]
fn a_changed_entry_stays_where_it_is_and_a_new_one_goes_to_the_first_file() {
    let place = place(&[A, B]);
    place.change(|merged| {
        let second = merged.contexts.get_mut("second").unwrap();
        second.value.namespace = Some("n".into());
        let new = kubeconfig::Context::default();
        merged.contexts.insert("new".into(), Located::new(new));
    });
    assert!(
        place
            .read(0)
            .starts_with(A.trim_end_matches("preferences: {}\n"))
    );
    assert!(place.read(0).contains("  name: new\n"));
    assert_eq!(
        place.read(1),
        B.replace(
            "cluster: shared, user: u}",
            "cluster: shared, namespace: \"n\", user: u}"
        )
    );
}

#[test]
fn new_entries_go_to_the_last_file_where_none_exists() {
    let place = place(&["", ""]);
    place.change(|merged| merged.current_context = "x".into());
    assert_eq!(place.read(0), "");
    assert!(place.read(1).contains("current-context: x\n"));
}

#[test]
fn single_values_go_where_kubectl_puts_them() {
    let place = place(&[A, B]);
    place.change(|merged| merged.current_context = "shared".into());
    assert!(place.read(0).contains("current-context: shared\n"));
    assert_eq!(place.read(1), B);
    // Cleared where it is set first; the next file's then shows.
    place.change(|merged| merged.current_context.clear());
    assert!(place.read(0).contains("current-context: \"\"\n"));
    assert_eq!(place.read(1), B);
    // The first file whose own preferences differ.
    place.change(|merged| merged.preferences.colors = false);
    assert!(!place.read(1).contains("colors"));
}

#[test]
fn removing_uncovers_the_next_definition() {
    let place = place(&[A, B]);
    place.change(|merged| assert!(merged.remove(List::Contexts, "shared")));
    assert_eq!(place.read(1), B);
    let chain = Chain::load(&place.files.paths).unwrap();
    assert_eq!(chain.merged().contexts["shared"].value.cluster, "other");
}

#[test]
fn a_rename_keeps_the_entry_in_its_place() {
    let place = place(&[A, B]);
    place.change(|merged| {
        assert!(merged.rename(List::Contexts, "shared", "renamed"));
        assert!(!merged.rename(List::Contexts, "gone", "x"));
        assert!(!merged.rename(List::Contexts, "second", "renamed"));
    });
    assert_eq!(
        place.read(0),
        A.replace("- name: shared # ours", "- name: renamed # ours")
    );
    assert_eq!(place.read(1), B);
}

#[test]
fn nothing_to_do_touches_nothing() {
    let place = place(&[A, B]);
    assert_eq!(place.change(|_| {}), None);
    assert_eq!(
        place.change(|merged| merged.current_context = "second".into()),
        None
    );
    assert!(!place.folder.path().join("state").exists());
}

#[test]
fn what_another_program_wrote_since_the_first_look_stays() {
    let place = place(&[A]);
    let calls = Cell::new(0);
    place.change(|merged| {
        calls.set(calls.get() + 1);
        if calls.get() == 1 {
            let other = A.replace("https://a", "https://moved");
            fs::write(&place.files.paths[0], other).unwrap();
        }
        merged.current_context = "shared".into();
    });
    assert_eq!(calls.get(), 2);
    assert!(place.read(0).contains("https://moved"));
    assert!(place.read(0).contains("current-context: shared\n"));
}

#[test]
fn a_change_that_is_refused_under_the_lock_changes_nothing() {
    let place = place(&[A]);
    let calls = Cell::new(0);
    let change = |merged: &mut Merged| {
        calls.set(calls.get() + 1);
        merged.current_context = "shared".into();
        if calls.get() == 1 { Ok(()) } else { Err("no") }
    };
    let everything = |_: &Chain| Wanted::Everything;
    let refused = modify(&place.store, &place.files, "test", everything, change);
    assert!(matches!(refused, Err(ModifyError::Change("no"))));
    assert_eq!(place.read(0), A);
}

#[test]
fn a_large_file_is_changed_as_a_small_one_is() {
    let mut large = String::from("apiVersion: v1\nclusters: null\ncontexts:\n");
    for n in 0..3000 {
        writeln!(
            large,
            "- context:\n    cluster: c\n    user: u{n}\n  name: n{n:04}"
        )
        .unwrap();
    }
    large += "current-context: n0000\nkind: Config\nusers: null\n";
    let place = place(&[&large]);
    let change = |merged: &mut Merged| {
        // Of 3,000 contexts only a few are here.
        assert!(merged.contexts.len() < 20);
        merged.contexts.get_mut("n1500").ok_or("gone")?.value.user = "root".into();
        merged.rename(List::Contexts, "n1500", "other");
        Ok::<_, &str>(())
    };
    let wanted = |chain: &Chain| {
        assert_eq!(chain.names(List::Contexts).len(), 3000);
        assert_eq!(chain.current_context(), "n0000");
        Wanted::entries([
            (List::Contexts, "n1500".to_owned()),
            (List::Contexts, "other".to_owned()),
        ])
    };
    modify(&place.store, &place.files, "test", wanted, change).unwrap();
    let expected = large.replace("user: u1500\n  name: n1500", "user: root\n  name: other");
    assert!(place.read(0) == expected);
}

/// A file of either tier: one that is parsed whole, and one of which only excerpts are.
fn file_of(contexts: usize) -> String {
    let mut file = "apiVersion: v1\nclusters: []\ncontexts:\n".to_owned();
    for number in 0..contexts {
        writeln!(
            file,
            "- context:\n    cluster: c\n    user: u\n  name: n{number}"
        )
        .unwrap();
    }
    file + "current-context: n0\nkind: Config\npreferences: {}\nusers: []\n"
}

#[test]
fn both_tiers_keep_what_another_program_writes_before_the_lock() {
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
fn a_survey_that_other_programs_made_old_is_not_believed() {
    for contexts in [2, 1000] {
        let place = place(&[&file_of(contexts), ""]);
        let mut chain = Chain::survey(&place.files.paths).unwrap();
        // A file of another length, and one that was not there.
        let meanwhile = file_of(contexts + 1);
        fs::write(&place.files.paths[0], &meanwhile).unwrap();
        fs::write(&place.files.paths[1], B).unwrap();
        let wanted = |_: &Chain| Wanted::entry(List::Contexts, "n1");
        let change = |merged: &mut Merged| {
            merged.contexts.get_mut("n1").ok_or("gone")?.value.user = "root".into();
            "n1".clone_into(&mut merged.current_context);
            Ok::<_, &str>(())
        };
        let files = &place.files;
        modify_surveyed(&place.store, files, "test", &mut chain, wanted, change).unwrap();
        let expected = meanwhile
            .replace("user: u\n  name: n1\n", "user: root\n  name: n1\n")
            .replace("current-context: n0", "current-context: n1");
        assert!(place.read(0) == expected, "{contexts}");
        assert_eq!(place.read(1), B);
    }
}

#[test]
fn a_look_keeps_nothing_and_believes_no_file_that_changed() {
    let (large, small) = (file_of(1000), B.replace("second", "n7"));
    let place = place(&[&large, &small]);
    let chain = Chain::survey(&place.files.paths).unwrap();
    assert_eq!(chain.context("n7").unwrap().file, place.files.paths[0]);
    assert_eq!(chain.context("shared").unwrap().cluster, "other");
    assert_eq!(chain.context("n1000"), None);
    let wanted = Wanted::entry(List::Contexts, "n7");
    let merged = chain.look(&wanted);
    assert_eq!(merged.contexts["n7"].value.cluster, "c");
    assert!(
        merged.contexts.len() < 20,
        "of 1,000 no more than an excerpt"
    );
    assert_eq!(chain.merged().contexts.len(), 2, "only of the small file");
    fs::write(&place.files.paths[0], file_of(1001)).unwrap();
    assert_eq!(
        chain.look(&wanted).contexts["n7"].value.cluster,
        "shared",
        "the next file's, as if the first were not there"
    );
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

#[test]
fn what_was_changed_before_a_failure_is_told() {
    let place = place(&[A, B]);
    fs::write(place.folder.path().join("1.yaml.lock"), "").unwrap();
    let store = place.store.clone().lock_wait(Duration::ZERO);
    let everything = |_: &Chain| Wanted::Everything;
    let error = modify(&store, &place.files, "test", everything, |merged| {
        for name in ["shared", "second"] {
            let context = merged.contexts.get_mut(name).ok_or("gone")?;
            context.value.namespace = Some("new".into());
        }
        Ok::<_, &str>(())
    });
    let ModifyError::Halfway { group, done, .. } = error.unwrap_err() else {
        panic!("it did not stop halfway");
    };
    assert_eq!((group, done), (1, place.files.paths[..1].to_vec()));
    assert!(place.read(0).contains("namespace: new"));
    assert_eq!(place.read(1), B);
    store.undo(Some(1), false).unwrap();
    assert_eq!(place.read(0), A);
}

#[test]
fn what_is_reported_is_what_was_done_under_the_lock() {
    let place = place(&[A, B]);
    let looks = Cell::new(0);
    let everything = |_: &Chain| Wanted::Everything;
    let modified = modify(&place.store, &place.files, "test", everything, |merged| {
        looks.set(looks.get() + 1);
        if looks.get() == 1 {
            // Another program takes the context out of its file; the one behind it shows.
            let without = A.split("contexts:").next().unwrap();
            fs::write(&place.files.paths[0], without).unwrap();
        }
        let context = merged.contexts.get_mut("shared").ok_or("gone")?;
        context.value.namespace = Some("new".into());
        Ok::<_, &str>(context.value.cluster.clone())
    });
    assert_eq!(modified.unwrap().value, "other");
    assert!(!place.read(0).contains("new"));
    assert!(place.read(1).contains("namespace: new"));
}
