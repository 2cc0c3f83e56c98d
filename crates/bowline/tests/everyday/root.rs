//! `sudo -E bowline`: root with the home of somebody else takes nothing away from that one.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::sessions::Shell;
use crate::sessions::TWO;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::install;
use crate::support::run;
use crate::support::skip;

const NOBODY: u32 = 65534;

/// A sandbox that is nobody's, and a terminal in it; `None` where this is not root.
fn nobodys(test: &str) -> Option<(Sandbox, Shell)> {
    let probe = Command::new("setpriv")
        .args(["--reuid=65534", "true"])
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        skip(test, "this is not root, or setpriv cannot be used");
        return None;
    }
    let sandbox = Sandbox::with(TWO);
    install(
        env!("CARGO_BIN_EXE_bowline"),
        b"",
        &sandbox.path("bin/bowline"),
    );
    for path in everything(&sandbox.path("")) {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    Some((sandbox, Shell::new()))
}

/// A folder, and all that is in it.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// Bowline in that terminal, as nobody.
#[track_caller]
fn nobody(sandbox: &Sandbox, shell: &mut Shell, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.settle(Command::new("/usr/bin/setpriv"));
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.arg(sandbox.path("bin/bowline")).args(arguments);
    shell.call(sandbox, command)
}

/// What is not nobody's by now.
fn taken(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut all = everything(&sandbox.path("state"));
    all.extend(everything(&sandbox.path("home")));
    all.retain(|path| {
        let found = fs::symlink_metadata(path).unwrap();
        (found.uid(), found.gid()) != (NOBODY, NOBODY)
    });
    all
}

#[test]
fn takes_nothing_away_from_the_user() {
    for first in ["root", "nobody"] {
        let Some((sandbox, mut shell)) = nobodys("takes_nothing_away_from_the_user") else {
            return;
        };
        if first == "nobody" {
            nobody(&sandbox, &mut shell, &["use", "dev"]).expect(0);
        }
        // In the terminal itself, and as a program that only has its KUBECONFIG.
        shell.bowline(&sandbox, &["use", "prod"]).expect(0);
        shell
            .bowline(&sandbox, &["use", "dev", "-n", "a"])
            .expect(0);
        let program = shell.command(&sandbox, sandbox.command(&["use", "prod"]));
        run(program, b"").expect(0);
        for arguments in [["use", "--global", "dev"], ["use", "--global", "prod"]] {
            shell.bowline(&sandbox, &arguments).expect(0);
        }
        sandbox.bowline(&["undo"]).expect(0);
        sandbox.bowline(&["ls"]).expect(0);
        let journal = everything(&sandbox.path("state/journal"));
        assert!(journal.len() > 3, "{journal:?}");
        assert_eq!(taken(&sandbox), [""; 0].map(PathBuf::from), "{first}");
        nobody(&sandbox, &mut shell, &["use", "dev"]).expect(0);
        nobody(&sandbox, &mut shell, &["use", "-"]).expect(0);
        nobody(&sandbox, &mut shell, &["undo"]).expect(0);
        let said = nobody(&sandbox, &mut shell, &["prompt"]).expect(0);
        assert_eq!(said.stdout, "prod\n");
    }
}

#[test]
fn what_root_left_unreadable_is_put_aside() {
    let Some((sandbox, mut shell)) = nobodys("what_root_left_unreadable_is_put_aside") else {
        return;
    };
    nobody(&sandbox, &mut shell, &["use", "dev"]).expect(0);
    let session = shell.session();
    let before = fs::read(&session).unwrap();
    chown(&session, Some(0), Some(0)).unwrap();
    let said = nobody(&sandbox, &mut shell, &["prompt"]).expect(0);
    assert_eq!(said.stdout, "context lost: bowline use\n");
    nobody(&sandbox, &mut shell, &["use", "prod"])
        .expect(0)
        .says(".bowline-session.json.damaged");
    let said = nobody(&sandbox, &mut shell, &["prompt"]).expect(0);
    assert_eq!(said.stdout, "prod\n");
    let mut aside = session.into_os_string();
    aside.push(".damaged");
    assert_eq!(fs::read(aside).unwrap(), before);
}
