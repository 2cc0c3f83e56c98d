//! A full disk, in a mount namespace of its own.

use crate::helper::helper;
use crate::support::{Home, skip};
use std::path::Path;
use std::process::Command;

/// Runs the helper's deed with a file system of 256 KiB mounted on `mount`.
fn on_a_small_disk(name: &str, mount: &Path, state: &Path, file: &Path) {
    let helper = helper("fill", state, file);
    let mut command = Command::new("unshare");
    command.args([
        "-m",
        "sh",
        "-c",
        "mount -t tmpfs -o size=256k tmpfs \"$0\" && echo MOUNTED && exec \"$@\"",
    ]);
    command
        .arg(mount)
        .arg(helper.get_program())
        .args(helper.get_args());
    command.envs(
        helper
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => return skip(name, &format!("unshare: {error}")),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    if !text.contains("MOUNTED") {
        return skip(
            name,
            &format!("no file system can be mounted here: {}", errors.trim()),
        );
    }
    assert!(
        output.status.success() && text.contains("RESULT: held"),
        "{text}{errors}"
    );
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_else() {
    let home = Home::new();
    let kube = home.path("kube");
    on_a_small_disk(
        "a_full_disk_leaves_the_old_file_and_nothing_else",
        &kube,
        &home.state(),
        &home.file(),
    );
    assert_eq!(
        home.store().journal().unwrap(),
        [],
        "the intent was withdrawn"
    );
}

#[test]
fn a_journal_that_cannot_be_written_stops_the_change() {
    let home = Home::new();
    std::fs::create_dir(home.state()).unwrap();
    on_a_small_disk(
        "a_journal_that_cannot_be_written_stops_the_change",
        &home.state(),
        &home.state(),
        &home.file(),
    );
}
