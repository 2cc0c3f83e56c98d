//! Files on which something is mounted, in a mount namespace of its own.

use crate::helper::helper;
use crate::support::{Home, skip};
use std::process::Command;

/// What a change says after `mount` was run by a shell, with the folder as `$0` and the file in it
/// as `$1`; `None` where nothing can be mounted.
fn after(name: &str, home: &Home, mount: &str) -> Option<String> {
    let helper = helper("once", &home.state(), &home.file());
    let script = format!("{mount} && echo MOUNTED && shift && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]);
    command.arg(home.path("kube")).arg(home.file());
    command.arg(helper.get_program()).args(helper.get_args());
    let variables = helper.get_envs();
    command.envs(variables.filter_map(|(key, value)| Some((key, value?))));
    command.env("STORE_TEST_TEXT", "two\n");
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            skip(name, &format!("unshare: {error}"));
            return None;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.contains("MOUNTED") {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        skip(
            name,
            &format!("nothing can be mounted here: {}", errors.trim()),
        );
        return None;
    }
    let found = text.lines().find_map(|line| line.strip_prefix("RESULT: "));
    Some(found.map_or(text.clone(), str::to_owned))
}

#[test]
fn a_file_mounted_by_itself_is_named_and_leaves_no_entry() {
    let name = "a_file_mounted_by_itself_is_named_and_leaves_no_entry";
    let home = Home::with("one\n");
    let Some(text) = after(name, &home, "mount --bind \"$1\" \"$1\"") else {
        return;
    };
    assert!(text.contains("mounted by itself"), "{text}");
    assert_eq!(home.content(), "one\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}

#[test]
fn a_read_only_file_system_is_named() {
    let name = "a_read_only_file_system_is_named";
    let home = Home::with("one\n");
    let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"";
    let Some(text) = after(name, &home, mount) else {
        return;
    };
    assert!(text.contains("read-only file system"), "{text}");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(home.store().journal().unwrap(), []);
}
