//! Changes are taken back byte for byte, or not at all.

use crate::support::{Home, Sure, append};
use std::fs;
use std::path::{Path, PathBuf};
use store::{
    Group, GroupState, Note, Outcome, Purge, Rewrite, Segment, Store, StoreError, UndoError,
};

/// The second file of a home.
fn other(home: &Home) -> PathBuf {
    home.path("kube/other")
}

/// Adds a line to both files in one change.
fn change_both(home: &Home) {
    let store = home.store();
    let mut change = store.change("add to both");
    change.update(&home.file(), append("two\n")).unwrap();
    change.update(&other(home), append("zwei\n")).unwrap();
}

fn both() -> Home {
    let home = Home::with("one\n");
    fs::write(other(&home), "eins\n").unwrap();
    change_both(&home);
    home
}

fn contents(home: &Home) -> (String, String) {
    (
        home.content(),
        fs::read_to_string(other(home)).unwrap_or_default(),
    )
}

fn changed() -> (String, String) {
    ("one\ntwo\n".to_owned(), "eins\nzwei\n".to_owned())
}

fn original() -> (String, String) {
    ("one\n".to_owned(), "eins\n".to_owned())
}

fn group(store: &Store, number: u64) -> Group {
    let groups = store.history().unwrap();
    let found = groups.into_iter().find(|group| group.number == number);
    found.unwrap()
}

/// Makes an entry look as if its process had ended before it could say "done".
fn reopen(home: &Home, entry: u64) {
    let path = home.state().join(format!("journal/{entry:06}.json"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"done\"  "));
    fs::write(path, text.replacen("\"done\"  ", "\"intent\"", 1)).unwrap();
}

fn remove(store: &Store, path: &Path) {
    let outcome = store
        .change("remove")
        .rewrite(path, |_| Ok::<_, StoreError>(Some(Rewrite::default())))
        .unwrap();
    assert!(matches!(outcome, Outcome::Written { .. }));
}

#[test]
fn a_group_is_one_in_history_and_goes_back_as_one() {
    let home = both();
    let store = home.store();
    let before = group(&store, 1);
    assert_eq!(before.entries, [1, 2]);
    assert_eq!(before.summary, "add to both");
    assert_eq!(before.files.len(), 2);
    assert_eq!(
        (before.state, before.undoes, before.undone_by),
        (GroupState::Done, None, None)
    );

    let undone = store.undo(None, false).unwrap();
    assert_eq!((undone.number, undone.undo), (1, Some(3)));
    assert_eq!(undone.files.len(), 2);
    assert_eq!(contents(&home), original());
    assert_eq!(group(&store, 1).undone_by, Some(3));
    let undo = group(&store, 3);
    assert_eq!((undo.undoes, undo.entries.len()), (Some(1), 2));
    assert_eq!(undo.summary, "undo 1: add to both");
    assert_eq!(home.names(), ["config", "other"]);
}

#[test]
fn what_passes_is_nobody_elses_to_take_back_and_in_nobodys_way() {
    let home = Home::with("one\n");
    let store = home.store().passing(|path| path.ends_with("passing"));
    let passing = home.file().with_file_name("passing");
    let mut change = store.change("both");
    change.update(&home.file(), append("two\n")).unwrap();
    change.update(&passing, append("a\n")).unwrap();
    store.update(&passing, "passes", append("b\n")).unwrap();
    // By its number it can be taken back, while it is there.
    store.undo(Some(3), false).unwrap();
    assert_eq!(std::fs::read(&passing).unwrap(), b"a\n");
    store.redo(Some(3)).unwrap();
    std::fs::remove_file(&passing).unwrap();
    assert_eq!(store.undo(None, false).unwrap().number, 1);
    assert_eq!(home.content(), "one\n");
    assert!(!passing.exists());
    store.redo(None).unwrap();
    assert_eq!(home.content(), "one\ntwo\n");
    assert!(!passing.exists());
}

#[test]
fn undo_and_redo_alternate_and_walk_back() {
    let home = Home::with("one\n");
    let store = home.store();
    for line in ["two\n", "three\n"] {
        store
            .update(&home.file(), line.trim(), append(line))
            .unwrap();
    }
    assert!(matches!(store.redo(None), Err(UndoError::NothingUndone)));
    for _ in 0..2 {
        assert_eq!(store.undo(None, false).unwrap().number, 2);
        assert_eq!(home.content(), "one\ntwo\n");
        store.redo(None).unwrap();
        assert_eq!(home.content(), "one\ntwo\nthree\n");
    }
    assert_eq!(group(&store, 6).summary, "redo 2: three");
    assert!(matches!(
        store.redo(Some(2)),
        Err(UndoError::NotUndone { number: 2 })
    ));
    store.undo(None, false).unwrap();
    store.undo(None, false).unwrap();
    assert_eq!(home.content(), "one\n");
    assert!(matches!(store.undo(None, false), Err(UndoError::Nothing)));
    assert!(matches!(
        store.undo(Some(2), false),
        Err(UndoError::AlreadyUndone { number: 2, by: 7 })
    ));
    store.redo(Some(1)).unwrap();
    store.redo(Some(2)).unwrap();
    assert_eq!(home.content(), "one\ntwo\nthree\n");
    // An undo that was taken back, by its own number: what helps is another command.
    assert!(matches!(
        store.redo(Some(7)),
        Err(UndoError::AlreadyRedone { number: 7, .. })
    ));
}

#[test]
fn one_changed_file_keeps_all_as_they_are_and_says_which() {
    let home = both();
    fs::write(other(&home), "eins\nkubectl was here\n").unwrap();
    let error = home.store().undo(None, false).unwrap_err();
    let UndoError::Changed { number: 1, files } = &error else {
        panic!("{error}");
    };
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].path, other(&home).canonicalize().unwrap());
    assert_eq!(files[0].expected.map(|it| it.len), Some(10));
    assert_eq!(files[0].found.map(|it| it.len), Some(22));
    assert_eq!(files[0].changes[0].inserted, b"zwei\n");
    let text = error.to_string();
    assert!(text.contains("from 10 to 22 bytes"), "{text}");
    assert!(!text.contains("zwei"), "{text}");
    assert_eq!(home.content(), "one\ntwo\n");
    assert_eq!(home.store().journal().unwrap().len(), 2);

    fs::remove_file(other(&home)).unwrap();
    let text = home.store().undo(None, false).unwrap_err().to_string();
    assert!(text.contains("no longer exists"), "{text}");
    assert_eq!(home.names(), ["config"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_file_is_in_the_way() {
    let home = both();
    fs::rename(home.file(), home.path("kube/moved")).unwrap();
    std::os::unix::fs::symlink("moved", home.file()).unwrap();
    let error = home.store().undo(None, false).unwrap_err();
    assert!(matches!(error, UndoError::Changed { .. }), "{error}");
    assert_eq!(contents(&home), changed());
}

#[test]
fn what_was_created_vanishes_and_what_was_removed_comes_back() {
    let home = Home::new();
    let store = home.store();
    let file = home.path("kube/new/config");
    store.update(&file, "create", append("one\n")).unwrap();
    store.undo(None, false).unwrap();
    assert!(!file.exists());
    store.redo(None).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"one\n");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    }
    remove(&store, &file);
    assert!(!file.exists());
    fs::remove_dir(file.parent().unwrap()).unwrap();
    store.undo(None, false).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"one\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
    }
    store.redo(None).unwrap();
    assert!(!file.exists());
    fs::write(&file, "somebody else's\n").unwrap();
    let error = store.redo(Some(1)).unwrap_err();
    assert!(matches!(error, UndoError::NotUndone { .. }), "{error}");
    let error = store.undo(None, false).unwrap_err();
    assert!(matches!(error, UndoError::Changed { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"somebody else's\n");
}

#[test]
fn a_file_changed_twice_by_one_command_goes_all_the_way_back() {
    let home = Home::new();
    let store = home.store();
    let mut change = store.change("twice");
    for line in ["one\n", "two\n"] {
        change.update(&home.file(), append(line)).unwrap();
    }
    assert_eq!(store.history().unwrap().len(), 1);
    store.undo(None, false).unwrap();
    assert!(!home.file().exists());
    store.redo(None).unwrap();
    assert_eq!(home.content(), "one\ntwo\n");
}

#[test]
fn a_change_goes_back_under_later_changes_of_other_lines() {
    let home = Home::with("a: 1\nb: 2\nc: 3\nd: 4\n");
    let store = home.store();
    let file = home.file();
    let swap = |from: &'static str, to: &'static str| {
        move |old: Option<&[u8]>| -> Sure {
            let old = String::from_utf8(old.unwrap().to_vec()).unwrap();
            Ok(Some(old.replacen(from, to, 1).into_bytes()))
        }
    };
    store
        .update(&file, "first", swap("c: 3\n", "c: 3000\n"))
        .unwrap();
    store
        .update(&file, "second", swap("a: 1\n", "a: 100\naa: 2\n"))
        .unwrap();
    store.update(&file, "third", append("e: 5\n")).unwrap();
    store.update(&file, "fourth", append("f: 6\n")).unwrap();
    store.undo(Some(1), false).unwrap();
    assert_eq!(
        home.content(),
        "a: 100\naa: 2\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n"
    );
    // Lines added right after it stay.
    store.undo(Some(3), false).unwrap();
    assert_eq!(home.content(), "a: 100\naa: 2\nb: 2\nc: 3\nd: 4\nf: 6\n");
    store.redo(Some(1)).unwrap();
    assert_eq!(home.content(), "a: 100\naa: 2\nb: 2\nc: 3000\nd: 4\nf: 6\n");

    store
        .update(&file, "same line", swap("a: 100", "a: 1001"))
        .unwrap();
    assert!(matches!(
        store.undo(Some(2), false),
        Err(UndoError::Changed { number: 2, .. })
    ));
    fs::write(&file, home.content() + "kubectl: 1\n").unwrap();
    assert!(matches!(
        store.undo(Some(4), false),
        Err(UndoError::Changed { number: 4, .. })
    ));
}

/// A group of two files of different kinds: the first change makes one of them.
#[test]
fn what_may_be_left_under_later_changes_depends_on_the_file() {
    let home = Home::with("one\n");
    let settings = other(&home);
    // Each file may hold lines of its own kind only.
    let may_hold = |store: Store| {
        let settings = settings.clone();
        store.check(move |path, bytes| {
            let of_settings = |line: &[u8]| line.starts_with(b"[");
            let mut lines = bytes.split(|byte| *byte == b'\n');
            lines.all(|line| line.is_empty() || of_settings(line) == (path == settings))
        })
    };
    let store = may_hold(home.store());
    for number in ["two", "three"] {
        let mut change = store.change("add");
        let line = format!("{number}\n");
        change.update(&home.file(), append(&line)).unwrap();
        let line = format!("[{number}]\n");
        change.update(&settings, append(&line)).unwrap();
    }
    let both = (
        "one\ntwo\nthree\n".to_owned(),
        "[two]\n[three]\n".to_owned(),
    );
    assert_eq!(contents(&home), both);
    let first = store.history().unwrap()[0].number;
    // One file that may not hold what would be left keeps all as they are.
    let refused = settings.clone();
    let strict = home.store().check(move |path, _| path != refused);
    assert!(matches!(
        strict.undo(Some(first), false),
        Err(UndoError::Changed { files, .. }) if files.len() == 1
    ));
    assert_eq!(contents(&home), both);
    // What made the file goes, what was added to it later stays.
    store.undo(Some(first), false).unwrap();
    let left = ("one\nthree\n".to_owned(), "[three]\n".to_owned());
    assert_eq!(contents(&home), left);
    store.redo(None).unwrap();
    assert_eq!(contents(&home), both);
}

#[test]
fn dead_credentials_come_back_only_when_asked_for() {
    let home = Home::with("token: old\n");
    let store = home.store();
    let note = Note(serde_json::json!({ "user": "anna" }));
    store
        .change("rotate")
        .rewrite(&home.file(), |_| {
            Ok::<_, StoreError>(Some(Rewrite {
                segments: Some(vec![Segment::Put(b"token: new\n".to_vec())]),
                note: Some(note.clone()),
                replaces_credentials: true,
            }))
        })
        .unwrap();
    let details = store.entry(1).unwrap().unwrap();
    assert_eq!(details.note, Some(note));
    assert!(details.replaces_credentials);
    assert!(!format!("{details:?}").contains("anna"));
    let error = store.undo(None, false).unwrap_err();
    assert!(matches!(error, UndoError::Credentials { number: 1 }));
    assert!(
        error.to_string().contains("bowline undo 1 --reinstate"),
        "{error}"
    );
    store.undo(None, true).unwrap();
    assert_eq!(home.content(), "token: old\n");
    store.redo(None).unwrap();
    assert_eq!(home.content(), "token: new\n");
    // Nor does the way round by the redo.
    assert!(matches!(
        store.undo(Some(3), false),
        Err(UndoError::Credentials { number: 3 })
    ));
}

#[test]
fn an_undo_that_a_crash_interrupted_is_finished_by_the_next() {
    let home = both();
    let store = home.store();
    store.undo(None, false).unwrap();
    // As if the process had been killed between the two renames. Locks are taken in an order of
    // their own, so either file may be the second.
    for (file, entry, text) in [
        (other(&home), 0, "eins\nzwei\n"),
        (home.file(), 1, "one\ntwo\n"),
    ] {
        let details = store.entry(3 + entry).unwrap().unwrap();
        let path = file.canonicalize().unwrap();
        let number = if details.summary.path == path {
            3 + entry
        } else {
            4 - entry
        };
        fs::write(&file, text).unwrap();
        reopen(&home, number);
        let interrupted = group(&store, 3);
        assert_eq!(interrupted.state, GroupState::Partly);
        let undone = store.undo(None, false).unwrap();
        assert_eq!((undone.number, undone.undo), (1, Some(3)));
        assert_eq!(undone.files, [path]);
        assert_eq!(contents(&home), original());
        assert_eq!(group(&store, 3).state, GroupState::Done);
    }
    store.redo(None).unwrap();
    assert_eq!(contents(&home), changed());
}

#[test]
fn an_intent_is_resolved_by_its_file() {
    let home = Home::with("one\n");
    let store = home.store();
    store.update(&home.file(), "add", append("two\n")).unwrap();
    reopen(&home, 1);
    assert_eq!(group(&store, 1).state, GroupState::Done);
    fs::write(home.file(), "one\n").unwrap();
    assert_eq!(group(&store, 1).state, GroupState::NotDone);
    assert!(matches!(
        store.undo(Some(1), false),
        Err(UndoError::NotDone { number: 1 })
    ));
    fs::write(home.file(), "other\n").unwrap();
    assert_eq!(group(&store, 1).state, GroupState::Unknown);
    // What came next began where it ended.
    fs::write(home.file(), "one\ntwo\n").unwrap();
    store
        .update(&home.file(), "add", append("three\n"))
        .unwrap();
    assert_eq!(group(&store, 1).state, GroupState::Done);
}

#[test]
fn purged_groups_are_gone_and_their_numbers_are_not_given_again() {
    let home = both();
    let store = home.store();
    store
        .update(&home.file(), "add", append("three\n"))
        .unwrap();
    assert_eq!(store.purge(&Purge::Groups(vec![1, 77])).unwrap(), 1);
    let numbers = |store: &Store| -> Vec<u64> {
        store
            .history()
            .unwrap()
            .iter()
            .map(|it| it.number)
            .collect()
    };
    assert_eq!(numbers(&store), [3]);
    let day = std::time::Duration::from_hours(24);
    assert_eq!(store.purge(&Purge::OlderThan(day)).unwrap(), 0);
    fs::write(home.state().join("journal/000002.json"), "damaged").unwrap();
    assert_eq!(store.purge(&Purge::All).unwrap(), 2);
    assert_eq!(store.purge(&Purge::All).unwrap(), 0);
    assert_eq!(numbers(&store), [] as [u64; 0]);
    assert!(matches!(
        store.undo(Some(1), false),
        Err(UndoError::NoSuchGroup { number: 1 })
    ));
    store.update(&home.file(), "add", append("four\n")).unwrap();
    assert_eq!(numbers(&store), [4]);
}

#[test]
fn a_forgotten_secret_is_nowhere_in_the_journal() {
    use base64::Engine as _;
    let home = Home::with("server: a\n");
    let store = home.store();
    let secret = "a-token-that-must-vanish";
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("x{secret}y"));
    store
        .update(&home.file(), "server", append("server: b\n"))
        .unwrap();
    store
        .update(&home.file(), "plain", append(&format!("token: {secret}\n")))
        .unwrap();
    store
        .update(
            &home.file(),
            "encoded",
            append(&format!("data: {encoded}\n")),
        )
        .unwrap();
    store
        .change("noted")
        .rewrite(&home.file(), |old| {
            let len = old.map_or(0, |old| old.len());
            Ok::<_, StoreError>(Some(Rewrite {
                segments: Some(vec![Segment::Keep(0..len), Segment::Put(b"x\n".to_vec())]),
                note: Some(Note(serde_json::json!([{ "deep": secret }]))),
                replaces_credentials: false,
            }))
        })
        .unwrap();
    assert_eq!(store.forget(&[b""]).unwrap(), 0);
    assert_eq!(store.forget(&[secret.as_bytes()]).unwrap(), 3);
    assert_eq!(store.forget(&[secret.as_bytes()]).unwrap(), 0);
    let told: Vec<bool> = store
        .history()
        .unwrap()
        .iter()
        .map(|it| it.forgotten)
        .collect();
    assert_eq!(told, [false, true, true, true]);
    for number in 1..=4 {
        let text = fs::read_to_string(home.state().join(format!("journal/{number:06}.json")));
        let text = text.unwrap();
        let holds = !text.contains("\"deltas\":[]");
        assert_eq!(holds, number == 1, "{text}");
        assert!(!text.contains("vanish"), "{text}");
    }
    let error = store.undo(None, false).unwrap_err();
    assert!(
        matches!(error, UndoError::Forgotten { number: 4 }),
        "{error}"
    );
}

#[test]
fn entries_of_format_1_are_read_undone_and_continued() {
    let home =
        Home::with("apiVersion: v1\nclusters: []\ncurrent-context: one\nkind: Config\nusers: []\n");
    let created = home.path("kube/created");
    fs::write(&created, "users: []\n").unwrap();
    fs::create_dir_all(home.state().join("journal")).unwrap();
    let entries = [
        (
            1,
            include_str!("fixtures/format-1-change.json"),
            home.file(),
        ),
        (
            2,
            include_str!("fixtures/format-1-create.json"),
            created.clone(),
        ),
    ];
    for (number, entry, file) in entries {
        let path = file.canonicalize().unwrap();
        let entry = entry.replace("\"FILE\"", &serde_json::to_string(&path).unwrap());
        fs::write(
            home.state().join(format!("journal/{number:06}.json")),
            entry,
        )
        .unwrap();
    }
    let store = home.store();
    assert_eq!(store.history().unwrap().len(), 2);
    store.undo(Some(1), false).unwrap();
    assert_eq!(
        home.content(),
        "apiVersion: v1\nclusters: []\ncurrent-context: one\nkind: Config\n"
    );
    store.undo(None, false).unwrap();
    assert!(!created.exists());
    store.redo(Some(1)).unwrap();
    assert!(home.content().ends_with("kind: Config\nusers: []\n"));
    assert_eq!(group(&store, 1).undone_by, None);
}
