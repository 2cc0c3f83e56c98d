//! Paths that cannot be read or changed, each told apart.

use crate::support::{Home, append, names};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{StoreError, UpdateError, read};

#[test]
fn a_folder_is_not_a_file() {
    let home = Home::new();
    let folder = home.path("kube");
    assert!(matches!(read(&folder), Err(StoreError::Folder { path }) if path == folder));
    let error = home
        .store()
        .update(&folder, "add", append("x"))
        .unwrap_err();
    assert!(
        matches!(error, UpdateError::Store(StoreError::Folder { .. })),
        "{error}"
    );
    assert_eq!(names(home.dir.path()), ["kube", "state"]);
}

#[test]
fn a_path_must_name_a_file() {
    let home = Home::new();
    for path in ["", "/", ".."] {
        let error = home
            .store()
            .update(Path::new(path), "add", append("x"))
            .unwrap_err();
        assert!(
            matches!(
                error,
                UpdateError::Store(StoreError::NoFileName { .. } | StoreError::Folder { .. })
            ),
            "{path:?}: {error}"
        );
    }
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    let home = Home::with("one\n");
    let path = home.file().join("config");
    let error = home.store().update(&path, "add", append("x")).unwrap_err();
    assert!(error.to_string().contains("config"), "{error}");
    assert_eq!(home.content(), "one\n");
}

#[test]
fn no_file_is_none_and_an_empty_one_is_believed_after_a_while() {
    let home = Home::new();
    assert_eq!(read(&home.file()).unwrap(), None);
    std::fs::write(home.file(), "").unwrap();
    let began = Instant::now();
    assert_eq!(read(&home.file()).unwrap(), Some(Vec::new()));
    assert!(began.elapsed() >= Duration::from_millis(25));
}

#[test]
fn a_file_that_is_just_being_written_in_place_is_read_whole() {
    let home = Home::with("");
    let file = home.file();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(10));
            std::fs::write(&file, "whole\n").unwrap();
        });
        assert_eq!(read(&file).unwrap().as_deref(), Some(&b"whole\n"[..]));
    });
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_read_and_not_changed() {
    let home = Home::new();
    assert_eq!(read(Path::new("/dev/null")).unwrap(), Some(Vec::new()));
    let error = home
        .store()
        .update(Path::new("/dev/null"), "add", append("x"))
        .unwrap_err();
    assert!(
        matches!(error, UpdateError::Store(StoreError::NotAFile { .. })),
        "{error}"
    );
    assert!(matches!(
        read(Path::new("/dev/zero")),
        Err(StoreError::TooLarge { .. })
    ));
}
