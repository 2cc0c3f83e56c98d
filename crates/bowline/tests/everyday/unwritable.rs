//! A state folder that cannot be written: nobody's choice is lost, and what mends it is said.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;
use crate::support::skip;

const TWO: &str = "contexts:\n\
    - {name: dev, context: {cluster: c, user: u}}\n\
    - {name: prod, context: {cluster: c, user: u}}\n\
    clusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\n\
    users: [{name: u, user: {}}]\n\
    current-context: dev\n";

const MENDS: &str = "set BOWLINE_STATE to a folder that can be written";

/// A call of bowline by this process as the shell.
fn command(sandbox: &Sandbox, list: &str, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(arguments);
    command.env("KUBECONFIG", list);
    command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    command.env("SHELL", "/bin/false");
    command
}

/// What chooses for a terminal or for a program.
const CHOOSING: [&[&str]; 5] = [
    &["use", "prod"],
    &["use", "prod", "-n", "team"],
    &["ns", "team", "--force"],
    &["shell", "prod"],
    &["exec", "prod", "--", "/bin/true"],
];

#[test]
fn a_file_in_the_place_of_the_state_folder() {
    let sandbox = Sandbox::with(TWO);
    let state = sandbox.path("state");
    fs::write(&state, "a file").unwrap();
    let list = sandbox.file().display().to_string();
    for arguments in CHOOSING {
        let said = run(command(&sandbox, &list, arguments), b"").expect(1);
        let said = said.says(state.to_str().unwrap()).says(MENDS);
        assert_eq!(said.stdout, "", "{said:#?}");
        assert_eq!(said.stderr.lines().count(), 1, "{said:#?}");
        assert!(said.elapsed < Duration::from_secs(5), "{said:#?}");
    }
    let prompt = run(command(&sandbox, &list, &["prompt"]), b"").expect(0);
    assert_eq!(
        (prompt.stdout.as_str(), prompt.stderr.as_str()),
        ("dev\n", "")
    );
    assert!(prompt.elapsed < Duration::from_secs(5), "{prompt:#?}");
    run(command(&sandbox, &list, &["ls"]), b"")
        .expect(0)
        .says("prod");
    // What is chosen for all is written down first, which cannot be.
    let said = run(command(&sandbox, &list, &["use", "--global", "prod"]), b"").expect(1);
    said.says(state.to_str().unwrap());
    assert_eq!(sandbox.text(), TWO);
    assert_eq!(fs::read_to_string(&state).unwrap(), "a file");
    // What is said mends it.
    let mut mended = command(&sandbox, &list, &["use", "prod"]);
    mended.env("BOWLINE_STATE", sandbox.path("other"));
    let said = run(mended, b"").expect(0);
    assert!(said.stdout.contains("/other/sessions/"), "{said:#?}");
}

/// Runs bowline where the state folder is mounted read-only; `None` where nothing can be mounted.
fn mounted(sandbox: &Sandbox, list: &str, arguments: &[&str]) -> Option<Outcome> {
    const SCRIPT: &str = "mount --bind \"$BOWLINE_STATE\" \"$BOWLINE_STATE\" && mount -o remount,bind,ro \"$BOWLINE_STATE\" && echo MOUNTED || exit 99; exec \"$@\"";
    let inner = command(sandbox, list, arguments);
    let mut reason = String::new();
    for namespaces in ["-m", "-rm"] {
        let mut outer = sandbox.settle(Command::new("/usr/bin/unshare"));
        for (name, value) in inner.get_envs() {
            outer.env(name, value.unwrap());
        }
        outer.env("PATH", "/usr/bin:/bin");
        outer.args([namespaces, "sh", "-c", SCRIPT, "sh"]);
        outer.arg(inner.get_program()).args(inner.get_args());
        let mut said = run(outer, b"");
        if let Some(rest) = said.stdout.strip_prefix("MOUNTED\n") {
            said.stdout = rest.to_owned();
            return Some(said);
        }
        reason = said.stderr;
    }
    skip(
        "a_state_folder_that_becomes_read_only",
        &format!("nothing can be mounted here: {}", reason.trim()),
    );
    None
}

#[test]
fn a_state_folder_that_becomes_read_only() {
    if !Path::new("/usr/bin/unshare").exists() {
        return skip(
            "a_state_folder_that_becomes_read_only",
            "there is no unshare",
        );
    }
    let sandbox = Sandbox::with(TWO);
    let own = sandbox.file().display().to_string();
    let said = run(command(&sandbox, &own, &["use", "dev", "-n", "team"]), b"").expect(0);
    let list = said.stdout.trim_end().strip_prefix("KUBECONFIG=").unwrap();
    let session = list.split(':').next().unwrap();
    let before = fs::read(session).unwrap();
    let left = names(&sandbox.path("state/sessions"));
    for arguments in CHOOSING {
        let Some(said) = mounted(&sandbox, list, arguments) else {
            return;
        };
        let said = said.expect(1).says("read-only file system").says(MENDS);
        assert_eq!(said.stdout, "", "{said:#?}");
        assert_eq!(said.stderr.lines().count(), 1, "{said:#?}");
        assert!(said.elapsed < Duration::from_secs(5), "{said:#?}");
    }
    let Some(prompt) = mounted(&sandbox, list, &["prompt"]) else {
        return;
    };
    let prompt = prompt.expect(0);
    assert_eq!(
        (prompt.stdout.as_str(), prompt.stderr.as_str()),
        ("dev:team\n", "")
    );
    assert_eq!(fs::read(session).unwrap(), before);
    assert_eq!(names(&sandbox.path("state/sessions")), left);
    assert_eq!(sandbox.text(), TWO);
}
