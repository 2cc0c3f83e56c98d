//! Symbolic and hard links.
#![cfg(unix)]

use crate::support::{Home, Sure, append};
use std::fs;
use std::os::unix::fs::symlink;
use store::{StoreError, UpdateError};

#[test]
fn a_link_stays_and_the_file_behind_it_changes_under_both_locks() {
    let home = Home::with("one\n");
    fs::create_dir(home.path("links")).unwrap();
    symlink("../links/second", home.path("kube/first")).unwrap();
    symlink("../kube/config", home.path("links/second")).unwrap();
    let link = home.path("kube/first");
    home.store()
        .update(&link, "add", |old| -> Sure {
            assert!(home.path("kube/first.lock").exists());
            assert!(home.path("kube/config.lock").exists());
            Ok(Some([old.unwrap(), b"two\n"].concat()))
        })
        .unwrap();
    assert_eq!(
        fs::read_link(&link).unwrap().to_str(),
        Some("../links/second")
    );
    assert_eq!(home.content(), "one\ntwo\n");
    assert_eq!(home.names(), ["config", "first"]);
    assert_eq!(
        home.store().journal().unwrap()[0].path,
        home.file().canonicalize().unwrap()
    );
}

#[test]
fn a_link_in_the_folders_above_is_no_second_lock() {
    let home = Home::with("one\n");
    symlink("kube", home.path("dotkube")).unwrap();
    home.store()
        .update(&home.path("dotkube/config"), "add", append("two\n"))
        .unwrap();
    assert_eq!(home.content(), "one\ntwo\n");
}

#[test]
fn a_dangling_link_creates_its_target() {
    let home = Home::new();
    symlink(home.path("elsewhere/config"), home.file()).unwrap();
    home.store()
        .update(&home.file(), "create", append("one\n"))
        .unwrap();
    assert!(home.file().is_symlink());
    assert_eq!(
        fs::read_to_string(home.path("elsewhere/config")).unwrap(),
        "one\n"
    );
}

#[test]
fn links_in_a_circle_are_named() {
    let home = Home::new();
    symlink("b", home.path("kube/a")).unwrap();
    symlink("a", home.path("kube/b")).unwrap();
    let error = home
        .store()
        .update(&home.path("kube/a"), "add", append("x"))
        .unwrap_err();
    assert!(
        matches!(error, UpdateError::Store(StoreError::LinkLoop { .. })),
        "{error}"
    );
    assert_eq!(home.names(), ["a", "b"]);
}

#[test]
fn a_link_turned_elsewhere_while_we_wait_is_followed() {
    let home = Home::with("one\n");
    fs::write(home.path("kube/other"), "other\n").unwrap();
    let link = home.path("link");
    symlink("kube/config", &link).unwrap();
    let lock = home.path("kube/config.lock");
    fs::write(&lock, "").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(150));
            fs::remove_file(&link).unwrap();
            symlink("kube/other", &link).unwrap();
            fs::remove_file(&lock).unwrap();
        });
        home.store().update(&link, "add", append("two\n")).unwrap();
    });
    assert_eq!(home.content(), "one\n");
    assert_eq!(
        fs::read_to_string(home.path("kube/other")).unwrap(),
        "other\ntwo\n"
    );
}

#[test]
fn a_file_with_several_names_is_refused() {
    let home = Home::with("one\n");
    fs::hard_link(home.file(), home.path("kube/same")).unwrap();
    let error = home
        .store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap_err();
    assert!(
        matches!(
            error,
            UpdateError::Store(StoreError::HardLinked { links: 2, .. })
        ),
        "{error}"
    );
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config", "same"]);
    assert_eq!(home.store().journal().unwrap(), []);
}
