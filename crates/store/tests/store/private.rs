//! Our own state files.

use crate::helper::helper;
use crate::support::{Home, Sure, append};
use std::fs;
use std::time::Duration;
use store::{Durability, StoreError, UpdateError};

#[test]
fn a_state_file_is_replaced_without_lock_file_or_journal() {
    let home = Home::new();
    let file = home.path("kube/deep/record.json");
    for (durability, text) in [(Durability::Cached, "1"), (Durability::Durable, "2")] {
        assert!(
            home.store()
                .replace_private(&file, durability, append(text))
                .unwrap()
        );
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "12");
    let nothing = |_: Option<&[u8]>| -> Sure { Ok(None) };
    assert!(
        !home
            .store()
            .replace_private(&file, Durability::Cached, nothing)
            .unwrap()
    );
    assert_eq!(
        crate::support::names(file.parent().unwrap()),
        ["record.json"]
    );
    assert!(!home.state().join("journal").exists());
}

#[test]
fn a_file_that_kubectl_writes_too_is_left_alone_while_it_has_the_lock() {
    let home = Home::with("1");
    let (file, lock) = (home.file(), home.path("kube/config.lock"));
    let store = home.store().lock_wait(Duration::from_millis(20));
    fs::write(&lock, "").unwrap();
    let locked = |error: &StoreError| matches!(error, StoreError::Locked { .. });
    assert!(locked(&store.hold(&file).unwrap_err()));
    match store.replace_shared(&file, append("2")).unwrap_err() {
        UpdateError::Store(error) => assert!(locked(&error), "{error}"),
        UpdateError::Change(never) => match never {},
    }
    assert_eq!(home.content(), "1");
    fs::remove_file(&lock).unwrap();
    assert!(store.replace_shared(&file, append("2")).unwrap());
    assert_eq!(home.content(), "12");
    // And it is kept out while we have it.
    let held = store.hold(&file).unwrap();
    assert!(lock.exists());
    drop(held);
    assert!(!lock.exists());
    assert!(!home.state().join("journal").exists());
}

#[cfg(unix)]
#[test]
fn a_state_file_is_private_whatever_it_was() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::with("1");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    home.store()
        .replace_private(&home.file(), Durability::Cached, append("2"))
        .unwrap();
    assert_eq!(
        fs::metadata(home.file()).unwrap().permissions().mode() & 0o7777,
        0o600
    );
}

#[test]
fn processes_lose_none_of_each_others_records() {
    let home = Home::new();
    let children: Vec<_> = (0..8)
        .map(|n| {
            let mut helper = helper("record", &home.state(), &home.file());
            helper
                .env("STORE_TEST_TEXT", format!("writer{n}"))
                .stdout(std::process::Stdio::null());
            helper.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(home.content().lines().count(), 40);
}
