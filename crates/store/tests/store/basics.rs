//! One process, one file.

use crate::support::{Home, Sure, append, is_temporary};
use std::fs;
use store::{Outcome, UpdateError};

#[test]
fn a_change_is_written_and_leaves_nothing_else() {
    let home = Home::with("old\n");
    let outcome = home
        .store()
        .update(&home.file(), "add a line", append("new\n"))
        .unwrap();
    assert_eq!(outcome, Outcome::Written { entry: 1 });
    assert_eq!(home.content(), "old\nnew\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn nothing_to_do_touches_nothing() {
    let home = Home::with("same\n");
    let before = fs::metadata(home.file()).unwrap().modified().unwrap();
    let equal = |old: Option<&[u8]>| -> Sure { Ok(old.map(<[u8]>::to_vec)) };
    let nothing = |_: Option<&[u8]>| -> Sure { Ok(None) };
    assert_eq!(
        home.store().update(&home.file(), "", equal).unwrap(),
        Outcome::Unchanged
    );
    assert_eq!(
        home.store().update(&home.file(), "", nothing).unwrap(),
        Outcome::Unchanged
    );
    assert_eq!(
        fs::metadata(home.file()).unwrap().modified().unwrap(),
        before
    );
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}

#[test]
fn a_missing_file_and_its_folders_are_created() {
    let home = Home::new();
    let file = home.path("a/b/config");
    home.store()
        .update(&file, "create", |old| -> Sure {
            assert_eq!(old, None);
            Ok(Some(b"first\n".to_vec()))
        })
        .unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"first\n");
}

#[test]
fn folders_made_for_a_file_that_did_not_come_to_be_vanish() {
    let home = Home::new();
    let file = home.path("a/b/config");
    let nothing = |_: Option<&[u8]>| -> Sure { Ok(None) };
    assert_eq!(
        home.store().update(&file, "", nothing).unwrap(),
        Outcome::Unchanged
    );
    assert!(!home.path("a").exists());
}

#[test]
fn a_failing_change_leaves_everything_as_it_was() {
    let home = Home::with("old\n");
    let result = home
        .store()
        .update(&home.file(), "fail", |_| Err("no such context"));
    assert!(matches!(
        result,
        Err(UpdateError::Change("no such context"))
    ));
    assert_eq!(home.content(), "old\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}

#[test]
fn a_write_by_a_program_without_locks_is_built_upon() {
    let home = Home::with("old\n");
    let file = home.file();
    let mut calls = 0;
    home.store()
        .update(&file, "add", |old| -> Sure {
            calls += 1;
            let new = [old.unwrap(), b"ours\n"].concat();
            if calls == 1 {
                fs::write(&file, "old\ntheirs\n").unwrap();
            }
            Ok(Some(new))
        })
        .unwrap();
    assert_eq!(home.content(), "old\ntheirs\nours\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap().len(), 1);
}

#[test]
fn a_program_that_never_stops_writing_is_an_error() {
    let home = Home::with("0");
    let file = home.file();
    let mut calls = 0;
    let result = home.store().update(&file, "add", |_| -> Sure {
        calls += 1;
        fs::write(&file, calls.to_string()).unwrap();
        Ok(Some(b"ours".to_vec()))
    });
    let error = result.unwrap_err().to_string();
    assert!(error.contains("kept changing"), "{error}");
    assert_eq!(home.content(), calls.to_string());
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn what_a_dead_process_left_is_removed() {
    let home = Home::with("old\n");
    home.store()
        .update(&home.file(), "learn the name", append("1\n"))
        .unwrap();
    let mut left = None;
    home.store()
        .update(&home.file(), "add", |old| -> Sure {
            Ok(Some([old.unwrap(), b"2\n"].concat()))
        })
        .unwrap();
    // The name that a killed process would have used, for this file and for another in the same
    // folder.
    let other = home.path("kube/other");
    for entry in 0..2 {
        let name = format!(".bowline-{:016x}-99999-{entry}.tmp", 7);
        fs::write(home.path("kube").join(&name), "secret").unwrap();
        left = Some(name);
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    let old = home
        .path("kube")
        .join(".bowline-0000000000000007-99999-0.tmp");
    fs::File::options()
        .write(true)
        .open(old)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    home.store().update(&other, "add", append("x\n")).unwrap();
    // Young, and of another target: perhaps in use.
    let temporaries: Vec<String> = home
        .names()
        .into_iter()
        .filter(|name| is_temporary(name))
        .collect();
    assert_eq!(temporaries, [left.unwrap()]);
}
