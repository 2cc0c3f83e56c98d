//! Mode, owner and group of what is replaced; folders and files that another user may not touch.

use crate::helper::{helper, helper_at, result};
use crate::support::{Home, append, skip};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

const SOMEBODY: u32 = 54321;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root(home: &Home) -> bool {
    fs::metadata(home.dir.path()).unwrap().uid() == 0
}

#[test]
fn every_mode_is_kept_and_new_files_are_private() {
    let home = Home::with("one\n");
    for wanted in [0o600, 0o640, 0o644, 0o660, 0o666, 0o777, 0o200 | 0o400] {
        set_mode(&home.file(), wanted);
        home.store()
            .update(&home.file(), "add", append("x\n"))
            .unwrap();
        assert_eq!(mode(&home.file()), wanted);
    }
    let new = home.path("a/b/config");
    home.store().update(&new, "create", append("x\n")).unwrap();
    assert_eq!(
        (mode(&new), mode(&home.path("a")), mode(&home.path("a/b"))),
        (0o600, 0o700, 0o700)
    );
}

#[test]
fn owner_and_group_are_kept() {
    let home = Home::with("one\n");
    if !is_root(&home) {
        return skip(
            "owner_and_group_are_kept",
            "only root can give a file to another user",
        );
    }
    set_mode(&home.file(), 0o640);
    chown(home.file(), Some(12345), Some(SOMEBODY)).unwrap();
    home.store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    let metadata = fs::metadata(home.file()).unwrap();
    assert_eq!(
        (metadata.uid(), metadata.gid(), mode(&home.file())),
        (12345, SOMEBODY, 0o640)
    );
    assert_eq!(home.content(), "one\ntwo\n");
}

/// A helper that is not root, and may write in the folders of `home`.
///
/// Root becomes somebody else for it, and the test program is copied where that user may run it.
fn as_somebody(home: &Home, deed: &str) -> Command {
    if !is_root(home) {
        let mut command = helper(deed, &home.state(), &home.file());
        command.env("STORE_TEST_TEXT", "two\n");
        return command;
    }
    let program = home.path("helper");
    // By another process: a program that this one has open for writing cannot be run while a test in another
    // thread forks ("text file busy").
    let mut install = std::process::Command::new("install");
    install
        .args(["-m", "755"])
        .arg(std::env::current_exe().unwrap());
    assert!(install.arg(&program).status().unwrap().success());
    set_mode(home.dir.path(), 0o755);
    fs::create_dir_all(home.state()).unwrap();
    chown(home.state(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    chown(home.path("kube"), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    let mut command = helper_at(program.as_os_str(), deed, &home.state(), &home.file());
    command
        .env("STORE_TEST_TEXT", "two\n")
        .uid(SOMEBODY)
        .gid(SOMEBODY);
    command
}

/// A home in a folder that every user can reach.
fn reachable(content: &str) -> Home {
    let dir = tempfile::tempdir().unwrap();
    let home = Home { dir };
    fs::create_dir(home.path("kube")).unwrap();
    fs::write(home.file(), content).unwrap();
    home
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = reachable("one\n");
    let mut command = as_somebody(&home, "once");
    set_mode(&home.path("kube"), 0o555);
    let text = result(&mut command);
    set_mode(&home.path("kube"), 0o755);
    assert!(
        text.contains("cannot create the lock") && text.contains("config.lock"),
        "{text}"
    );
    assert!(text.contains("folder cannot be written to"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_read_only_file_is_named_and_stays() {
    let home = reachable("one\n");
    let mut command = as_somebody(&home, "once");
    set_mode(&home.file(), 0o444);
    let text = result(&mut command);
    assert!(text.contains("is read-only"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let home = reachable("one\n");
    let mut command = as_somebody(&home, "once");
    set_mode(&home.file(), 0o000);
    let text = result(&mut command);
    set_mode(&home.file(), 0o600);
    assert!(text.contains("may not be read"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_file_of_another_user_is_not_taken_from_them() {
    let home = reachable("one\n");
    if !is_root(&home) {
        return skip(
            "a_file_of_another_user_is_not_taken_from_them",
            "needs root for a second user",
        );
    }
    set_mode(&home.file(), 0o666);
    let text = result(&mut as_somebody(&home, "once"));
    assert!(text.contains("belongs to user 0"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_group_that_cannot_be_kept_takes_its_permissions_along() {
    let home = reachable("one\n");
    if !is_root(&home) {
        return skip(
            "a_group_that_cannot_be_kept_takes_its_permissions_along",
            "needs root for a second group",
        );
    }
    let mut command = as_somebody(&home, "once");
    chown(home.file(), Some(SOMEBODY), Some(4242)).unwrap();
    set_mode(&home.file(), 0o660);
    assert_eq!(result(&mut command), "written");
    let metadata = fs::metadata(home.file()).unwrap();
    assert_eq!(
        (metadata.uid(), metadata.gid(), mode(&home.file())),
        (SOMEBODY, SOMEBODY, 0o600)
    );
    assert_eq!(home.content(), "one\ntwo\n");
}

#[cfg(target_os = "linux")]
#[test]
fn an_attribute_that_cannot_be_kept_is_named() {
    let name = "an_attribute_that_cannot_be_kept_is_named";
    let home = reachable("one\n");
    if !is_root(&home) {
        return skip(name, "only root can set what another user may not");
    }
    let mut command = as_somebody(&home, "once");
    chown(home.file(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    if let Err(error) = xattr::set(home.file(), "security.origin", b"a label") {
        return skip(name, &format!("no such attributes here: {error}"));
    }
    let text = result(&mut command);
    assert!(text.contains("the attribute security.origin"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}
