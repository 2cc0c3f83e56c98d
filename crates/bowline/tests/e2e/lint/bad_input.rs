//! What is no kubeconfig, or cannot be read.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Material;
use super::findings;
use super::kubeconfig;
use super::lint;
use super::rules;
use super::set_mode;
use super::write;
use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

#[test]
fn a_file_that_is_not_there_is_an_error_where_it_was_named() {
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["lint", "nowhere\u{1b}[31m"])
        .expect(6)
        .says("does not exist")
        .stays_plain();
    // Where it was not, there is just nothing to look at.
    let told = sandbox.bowline_on("", &["lint"]).expect(0);
    told.says("nothing to look at: ")
        .says(".kube/config does not exist");
}

#[test]
fn what_is_no_kubeconfig_is_a_finding_with_its_line() {
    let sandbox = Sandbox::new();
    for (bytes, rule, line) in [
        (&b"a: b\nc: [\n"[..], "not-a-kubeconfig", 3),
        (b"- a\n", "not-a-kubeconfig", 1),
        (b"hunter2", "not-a-kubeconfig", 1),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not-a-kubeconfig", 1),
        (b"\xff\xfe\x00\xd8", "not-a-kubeconfig", 1),
        (b"kind: Pod\n", "not-a-kubeconfig", 1),
        (
            b"users:\n- name: a\n  user:\n    token: [hunter2]\n",
            "not-a-kubeconfig",
            4,
        ),
    ] {
        write(&sandbox.file(), bytes);
        let all = lint(&sandbox, &[]);
        assert_eq!(rules(&all), [rule], "{all:#?}");
        assert_eq!(all[0]["line"], line, "{all:#?}");
        sandbox
            .bowline(&["lint"])
            .expect(8)
            .never_says("hunter2")
            .stays_plain();
        sandbox
            .bowline(&["lint", "-o", "sarif"])
            .expect(8)
            .never_says("hunter2");
    }
    for nothing in ["", "{}", "# nothing\n", "---\n"] {
        write(&sandbox.file(), nothing);
        assert!(lint(&sandbox, &[]).is_empty());
    }
}

#[test]
fn unknown_rules_and_levels_are_refused() {
    let sandbox = Sandbox::with("{}");
    sandbox
        .bowline(&["lint", "--rule", "nonsense"])
        .expect(2)
        .says("bowline lint --rules");
    sandbox.bowline(&["lint", "--severity", "fatal"]).expect(2);
    sandbox.bowline(&["lint", "--dry-run"]).expect(2);
    sandbox.bowline(&["lint", "--expiring", "soon"]).expect(2);
}

#[test]
fn standard_input_is_a_kubeconfig_too() {
    let sandbox = Sandbox::new();
    let good = Material::new();
    let text = kubeconfig(&good.cluster(), "token: hunter2");
    let call = ["lint", "-", "-o", "json"];
    assert!(findings(&sandbox.feed(&call, &text)).is_empty());
    let faulty = text.replace("cluster: dev,", "cluster: gone,");
    let all = findings(&sandbox.feed(&call, faulty));
    assert_eq!(rules(&all), ["context-cluster-missing", "unused-cluster"]);
}

/// A pipe or a device must not be waited for.
#[test]
fn what_entries_name_may_be_anything() {
    let sandbox = Sandbox::new();
    let good = Material::new();
    for path in [
        "/dev/zero",
        "/dev/stdin",
        "/",
        "/proc/self/mem",
        "''",
        "pipe",
    ] {
        run(
            {
                let mut command = Command::new("mkfifo");
                command.arg(sandbox.path("home/.kube/pipe"));
                command
            },
            b"",
        );
        let user = format!("tokenFile: {path}, client-certificate: {path}, client-key: {path}");
        write(&sandbox.file(), kubeconfig(&good.cluster(), &user));
        lint(&sandbox, &[]);
    }
}

#[test]
fn names_cannot_drive_a_terminal_or_a_shell() {
    let sandbox = Sandbox::new();
    let good = Material::new();
    let evil = r#""\e[31m';touch /tmp/x;'\n$(id)\u202e""#;
    let text = kubeconfig(&good.cluster(), "token: hunter2")
        .replace("current-context: dev", &format!("current-context: {evil}"))
        .replace("cluster: dev,", &format!("cluster: {evil},"))
        .replace("- name: joe", &format!("- name: {evil}"));
    write(&sandbox.file(), text);
    for format in ["table", "json", "yaml", "sarif"] {
        sandbox
            .bowline(&["lint", "-o", format])
            .expect(8)
            .stays_plain()
            .never_says("\u{202e}");
    }
    let mend = sandbox.bowline(&["lint"]).expect(8);
    assert!(
        mend.stdout.lines().all(|line| !line.contains(" ';touch")),
        "{mend:#?}"
    );
}

/// As another user, since root reads everything.
#[test]
fn a_file_that_may_not_be_read_is_a_finding() {
    const NOBODY: &str = "65534";
    if !Path::new("/usr/bin/setpriv").exists() {
        skip("lint: a file that may not be read", "setpriv is not there");
        return;
    }
    if fs::read_to_string("/proc/self/status").is_ok_and(|text| !text.contains("\nUid:\t0\t")) {
        skip(
            "lint: a file that may not be read",
            "only root can be another user",
        );
        return;
    }
    let sandbox = Sandbox::new();
    write(&sandbox.file(), "{}");
    for folder in ["", "home", "home/.kube", "bin"] {
        set_mode(&sandbox.path(folder), 0o755);
    }
    // The program may lie where others cannot go.
    let program = sandbox.path("bin/bowline");
    fs::copy(env!("CARGO_BIN_EXE_bowline"), &program).unwrap();
    let mut command = sandbox.settle(Command::new("/usr/bin/setpriv"));
    command
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
        .arg(program)
        .args(["lint", "-o", "json"]);
    let all = findings(&run(command, b""));
    assert_eq!(rules(&all), ["kubeconfig-unreadable"], "{all:#?}");
}
