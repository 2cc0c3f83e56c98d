//! Locks that were left behind.

use crate::helper::helper;
use crate::support::{Home, append};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;
use store::{Outcome, Store, StoreError};

/// A lock file of this home as the process 4711 would have left it.
fn dead(home: &Home) -> String {
    let mut text = String::new();
    let look = |old: Option<&[u8]>| {
        text = fs::read_to_string(home.path("kube/config.lock")).unwrap();
        Ok::<_, StoreError>(old.map(<[u8]>::to_vec))
    };
    home.store().update(&home.file(), "look", look).unwrap();
    text.replace(&std::process::id().to_string(), "4711")
}

#[test]
fn the_lock_of_a_dead_bowline_is_broken() {
    let home = Home::with("one\n");
    fs::write(home.path("kube/config.lock"), dead(&home)).unwrap();
    let store = home.store().lock_wait(Duration::ZERO);
    store.update(&home.file(), "add", append("two\n")).unwrap();
    assert_eq!(home.content(), "one\ntwo\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn the_lock_of_a_bowline_with_another_state_folder_is_not() {
    let home = Home::with("one\n");
    let text = dead(&home);
    fs::write(home.path("kube/config.lock"), &text).unwrap();
    let elsewhere = Store::new(home.path("elsewhere")).lock_wait(Duration::ZERO);
    let error = elsewhere
        .update(&home.file(), "add", append("two\n"))
        .unwrap_err();
    assert!(error.to_string().contains("process 4711"), "{error}");
    assert_eq!(home.content(), "one\n");
    // The user may say that it is dead.
    let removed = elsewhere.unlock(&home.file()).unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].owner, Some(4711));
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_lock_file_cannot_name_a_file_elsewhere() {
    let home = Home::with("one\n");
    let text = dead(&home);
    let name = text.split_whitespace().next_back().unwrap();
    let outside = "../../../../../../../../etc/host";
    fs::write(home.path("kube/config.lock"), text.replace(name, outside)).unwrap();
    let store = home.store().lock_wait(Duration::ZERO);
    store
        .update(&home.file(), "add", append("two\n"))
        .unwrap_err();
}

#[test]
fn kubectls_locks_go_when_the_user_says_so() {
    let home = Home::with("one\n");
    let lock = home.path("kube/config.lock");
    assert_eq!(home.store().unlock(&home.file()).unwrap(), []);
    fs::write(&lock, "").unwrap();
    let removed = home.store().unlock(&home.file()).unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(
        removed[0].lock,
        lock.canonicalize().unwrap_or(removed[0].lock.clone())
    );
    assert_eq!((removed[0].owner, removed[0].age.is_some()), (None, true));
    assert_eq!(home.names(), ["config"]);
}

#[cfg(unix)]
#[test]
fn both_locks_of_a_link_go() {
    let home = Home::with("one\n");
    let link = home.path("link");
    std::os::unix::fs::symlink("kube/config", &link).unwrap();
    for lock in ["kube/config.lock", "link.lock"] {
        fs::write(home.path(lock), "").unwrap();
    }
    assert_eq!(home.store().unlock(&link).unwrap().len(), 2);
    // A folder of that name is no lock.
    fs::create_dir(home.path("kube/config.lock")).unwrap();
    assert_eq!(home.store().unlock(&link).unwrap(), []);
}

#[test]
fn the_lock_of_a_living_bowline_stays() {
    let home = Home::with("one\n");
    let result = home.store().update(&home.file(), "outer", |old| {
        let error = home.store().unlock(&home.file()).unwrap_err();
        assert!(matches!(error, StoreError::Busy { .. }), "{error}");
        assert!(home.path("kube/config.lock").exists());
        Ok::<_, StoreError>(old.map(<[u8]>::to_vec))
    });
    assert_eq!(result.unwrap(), Outcome::Unchanged);
}

/// What a bowline killed at work leaves is broken by the next, whoever started it.
#[test]
fn a_killed_bowline_blocks_nobody() {
    let home = Home::with("one\n");
    let mut child = helper("hold", &home.state(), &home.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while lines.next().unwrap().unwrap() != "HELD" {}
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(home.path("kube/config.lock").exists());
    let store = home.store().lock_wait(Duration::ZERO);
    store.update(&home.file(), "add", append("two\n")).unwrap();
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn two_unlockers_and_a_writer_leave_the_writers_lock_alone() {
    for round in 0..100 {
        let home = Home::with("one\n");
        let lock = home.path("kube/config.lock");
        fs::write(
            &lock,
            if round % 2 == 0 {
                String::new()
            } else {
                dead(&home)
            },
        )
        .unwrap();
        let start = Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    // Busy while the writer is at work.
                    let _ = home.store().unlock(&home.file());
                });
            }
            scope.spawn(|| {
                start.wait();
                let add = |old: Option<&[u8]>| {
                    let held = fs::read_to_string(&lock);
                    let ours = held.is_ok_and(|it| it.contains(&std::process::id().to_string()));
                    assert!(ours, "the writer's lock was taken in round {round}");
                    Ok::<_, StoreError>(Some([old.unwrap(), b"two\n"].concat()))
                };
                let result =
                    home.store()
                        .lock_wait(Duration::from_secs(1))
                        .update(&home.file(), "add", add);
                if let Err(error) = result {
                    // Both unlockers came when the writer was waiting for a lock too young to be
                    // given up.
                    assert!(error.to_string().contains("bowline unlock"), "{error}");
                }
            });
        });
        assert!(["one\n", "one\ntwo\n"].contains(&home.content().as_str()));
    }
}
