//! kubectl's lock and our own: waited for, released, named.

use crate::support::{Home, append};
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use store::{Outcome, StoreError, UpdateError};

#[test]
fn kubectls_lock_is_waited_for() {
    let home = Home::with("one\n");
    let lock = home.path("kube/config.lock");
    fs::write(&lock, "").unwrap();
    let waited = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            // kubectl writes under its lock: this must not be lost.
            fs::write(home.file(), "one\nkubectl\n").unwrap();
            fs::remove_file(&lock).unwrap();
        });
        let outcome = home
            .store()
            .update(&home.file(), "add", append("bowline\n"))
            .unwrap();
        assert_eq!(outcome, Outcome::Written { entry: 1 });
    });
    assert!(waited.elapsed() >= Duration::from_millis(300));
    assert_eq!(home.content(), "one\nkubectl\nbowline\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_lock_that_stays_is_an_error_with_the_remedy() {
    let home = Home::with("one\n");
    let lock = home.path("kube/config.lock");
    fs::write(&lock, "").unwrap();
    let long_ago = SystemTime::now() - Duration::from_mins(7);
    File::options()
        .write(true)
        .open(&lock)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let store = home.store().lock_wait(Duration::from_millis(120));
    let began = Instant::now();
    let error = store
        .update(&home.file(), "add", append("two\n"))
        .unwrap_err();
    assert!(began.elapsed() >= Duration::from_millis(120));
    let text = error.to_string();
    let lock = lock.canonicalize().unwrap();
    assert!(
        text.contains(&format!("locked by {}, 7 min old", lock.display())),
        "{text}"
    );
    let remedy = format!(
        "if no kubectl is running: bowline unlock {}",
        home.file().display()
    );
    assert!(text.ends_with(&remedy), "{text}");
    assert_eq!(home.content(), "one\n");
    assert!(lock.exists(), "a lock that is not ours stays");
    assert_eq!(home.store().journal().unwrap(), []);
}

#[test]
fn a_lock_of_ours_names_its_process() {
    let home = Home::with("one\n");
    let lock = home.path("kube/config.lock");
    let mut seen = String::new();
    home.store()
        .update(&home.file(), "look", |old| {
            seen = fs::read_to_string(&lock).unwrap();
            Ok::<_, std::convert::Infallible>(old.map(<[u8]>::to_vec))
        })
        .unwrap();
    assert!(
        seen.starts_with(&format!("bowline {} ", std::process::id())),
        "{seen}"
    );
    assert!(!lock.exists());

    fs::write(&lock, "bowline 4711\n").unwrap();
    let store = home.store().lock_wait(Duration::ZERO);
    let error = store
        .update(&home.file(), "add", append("two\n"))
        .unwrap_err();
    assert!(matches!(
        error,
        UpdateError::Store(StoreError::Locked {
            owner: Some(4711),
            ..
        })
    ));
    assert!(
        error.to_string().contains("left by bowline process 4711"),
        "{error}"
    );
}

#[test]
fn a_path_spelled_another_way_does_not_lock_itself_out() {
    let home = Home::with("one\n");
    for spelling in ["kube/./config", "kube/../kube/config"] {
        let store = home.store().lock_wait(Duration::ZERO);
        store
            .update(&home.path(spelling), "add", append("more\n"))
            .unwrap();
    }
    assert_eq!(home.content(), "one\nmore\nmore\n");
}

#[test]
fn another_bowline_that_does_not_let_go_is_named() {
    let home = Home::with("one\n");
    let result = home.store().update(&home.file(), "outer", |_| {
        let store = home.store().lock_wait(Duration::from_millis(50));
        store
            .update(&home.file(), "inner", append("two\n"))
            .map(|_| None)
    });
    let error = result.unwrap_err();
    assert!(
        matches!(
            &error,
            UpdateError::Change(UpdateError::Store(StoreError::Busy { .. }))
        ),
        "{error}"
    );
    assert!(error.to_string().contains("another bowline"), "{error}");
}
