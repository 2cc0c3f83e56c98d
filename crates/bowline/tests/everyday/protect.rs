//! `bowline protect`, and what `k` does about it.

use std::process::Command;

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;

/// Two contexts whose entries nothing can be proved about, so that nothing is asked, and a kubectl that says what it
/// was given.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with(
        "clusters:\n- name: a\n  cluster: {server: 'http://127.0.0.1:9'}\ncontexts:\n- name: prod-eu\n  context: {cluster: a}\n- name: dev\n  context: {cluster: a}\ncurrent-context: prod-eu\n",
    );
    sandbox.script("kubectl", "printf 'ran:'; printf ' <%s>' \"$@\"; echo\n");
    sandbox
}

fn command(sandbox: &Sandbox, line: &[&str]) -> Command {
    // A session without a terminal: the test's own must not be asked.
    let mut command = sandbox.settle(Command::new("/usr/bin/setsid"));
    command
        .args(["--wait", env!("CARGO_BIN_EXE_bowline")])
        .args(line);
    command.env_remove("BOWLINE_KUBECTL");
    command.env(
        "PATH",
        std::env::join_paths([sandbox.path("bin"), "/usr/bin".into()]).unwrap(),
    );
    command
}

#[track_caller]
fn k(sandbox: &Sandbox, line: &[&str]) -> Outcome {
    run(command(sandbox, &[&["k"], line].concat()), b"")
}

#[test]
fn what_changes_something_is_not_run_unasked() {
    let sandbox = scene();
    sandbox
        .bowline(&["protect", "prod*"])
        .expect(0)
        .says("only `k` asks");
    for line in [
        &["delete", "pod", "x"][..],
        &["-l", "app=x", "delete", "pods"],
        &["--as_group", "get", "delete", "pod", "x"],
        &["rollout", "-n", "x", "restart", "deploy/x"],
        &["--context=prod-eu", "apply", "-f", "x"],
        &["--context=dev", "--cluster=a", "drain", "x"],
        &["-s", "http://127.0.0.1:9/", "--context=dev", "drain", "x"],
        &["-s", "127.0.0.1:9", "--context=dev", "drain", "x"],
        &[
            "-s",
            "HTTP://me@127.0.0.1:9/?",
            "--context=dev",
            "drain",
            "x",
        ],
        &["delete", "pod", "x", "--yes"],
        &["-n=", "delete", "pod", "x"],
        &["", "delete", "pod", "x"],
        &["delete", "pod", "x", "-l", "--context=dev"],
        &["delete", "--raw", "/x", "--dry-run=client"],
        &["delete", "pod", "x", "-h", "--help=false"],
    ] {
        k(&sandbox, line)
            .expect(6)
            .says("prod-eu")
            .never_says("ran:");
    }
    for line in [
        &["get", "delete"][..],
        &["delete", "pod", "x", "--dry-run=server"],
        &["delete", "-h"],
        &["rollout", "status", "deploy/x"],
        &["--context", "dev", "delete", "pod", "x"],
        &["delete", "pods", "--all", "--now", "--context", "dev"],
    ] {
        k(&sandbox, line).expect(0).says("ran:");
    }
    k(&sandbox, &["--yes", "delete", "x"])
        .expect(0)
        .says("ran: <delete> <x>");
    let mut agreed = command(&sandbox, &["k", "delete", "x"]);
    agreed.env("BOWLINE_YES", "1");
    run(agreed, b"").expect(0).says("ran: <delete> <x>");
}

#[test]
fn a_refusal_holds_until_it_is_lifted() {
    let sandbox = scene();
    let protect = |line: &[&str]| sandbox.bowline(&[&["protect"], line].concat());
    protect(&["prod-eu", "--refuse", "--commands", "drain,delete,drain"]).expect(0);
    protect(&["prod-eu", "--refuse", "--commands", "drain,delete"])
        .expect(0)
        .says("already");
    assert_eq!(sandbox.history().len(), 1);
    let line = &["--yes", "delete", "x"];
    k(&sandbox, line)
        .expect(6)
        .says("protect --lift prod-eu 5m");
    k(&sandbox, &["apply", "-f", "x"]).expect(0).says("ran:");
    protect(&["--lift", "prod-eu", "5m"]).expect(0);
    k(&sandbox, &["delete", "x"])
        .expect(0)
        .says("not protected for another")
        .says("ran:");
    protect(&[])
        .expect(0)
        .says("prod-eu (5 min)")
        .says("delete");
    protect(&["--lift", "prod-eu", "0"]).expect(0);
    k(&sandbox, line).expect(6);
    protect(&["--lift", "dev", "5m"])
        .expect(6)
        .says("not protected; protected are prod-eu");
    protect(&["--remove", "prod-eu"]).expect(0);
    k(&sandbox, &["delete", "x"]).expect(0).says("ran:");
}

#[test]
fn the_command_that_lifts_is_one_for_any_name() {
    let sandbox = scene();
    let text = sandbox.text().replace("prod-eu", "\"-it's; touch owned\"");
    sandbox.write(&text);
    sandbox
        .bowline(&["protect", "*owned", "--refuse"])
        .expect(0);
    let said = k(&sandbox, &["delete", "x"]).expect(6).stderr;
    let (_, lift) = said.trim_end().split_once(": bowline ").unwrap();
    let mut shell = sandbox.settle(Command::new("/bin/sh"));
    shell.args(["-c", &format!("{} {lift}", env!("CARGO_BIN_EXE_bowline"))]);
    run(shell, b"").expect(0);
    k(&sandbox, &["delete", "x"]).expect(0).says("ran:");
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn what_cannot_be_read_protects_everything() {
    let sandbox = scene();
    sandbox.settings("[protect.prod\n");
    k(&sandbox, &["delete", "x"])
        .expect(7)
        .says("config.toml")
        .never_says("ran:");
    k(&sandbox, &["get", "x"]).expect(0).says("ran:");
}

#[test]
fn who_sits_at_a_terminal_is_asked() {
    if !Terminal::is_possible("who_sits_at_a_terminal_is_asked") {
        return;
    }
    let sandbox = scene();
    sandbox.bowline(&["protect", "prod*"]).expect(0);
    for (line, question, answer, code) in [
        (&["k", "delete", "x"][..], "name to go on:", "prod-eu\r", 0),
        (&["k", "delete", "x"], "name to go on:", "y\r", 6),
        (&["k", "apply", "-f", "x"], "[y/N]", "y\r", 0),
        (&["k", "apply", "-f", "x"], "[y/N]", "\r", 6),
    ] {
        let mut command = Terminal::bowline(&sandbox, line);
        command.env_remove("BOWLINE_KUBECTL");
        let mut terminal = Terminal::start(command, USUAL);
        terminal.wait_for_text(question);
        terminal.send(answer);
        assert_eq!(terminal.end(), Some(code), "{}", terminal.text());
        assert_eq!(
            terminal.text().contains("ran:"),
            code == 0,
            "{}",
            terminal.text()
        );
    }
}

/// Who reads a pipe takes it from kubectl.
#[test]
fn a_kubeconfig_that_can_be_read_once_is_left_to_kubectl() {
    let sandbox = scene();
    sandbox.script("kubectl", "cat \"${1#--kubeconfig=}\"\n");
    let pipe = |words: &[&str]| {
        let mut line = vec!["k", "--kubeconfig=/dev/stdin"];
        line.extend(words);
        run(command(&sandbox, &line), b"the whole of it\n")
    };
    let said = pipe(&["get", "pods"]).expect(0);
    assert_eq!(said.stdout, "the whole of it\n");
    pipe(&["delete", "x"]).expect(0).says("the whole of it");
    sandbox.bowline(&["protect", "prod*"]).expect(0);
    pipe(&["get", "pods"]).expect(0).says("the whole of it");
    pipe(&["delete", "x"]).expect(6).says("is a pipe");
}

/// Who runs beside others has no keys: waiting for an answer there would be for ever.
#[test]
fn nobody_is_asked_by_one_of_several_programs() {
    if !Terminal::is_possible("nobody_is_asked_by_one_of_several_programs") {
        return;
    }
    let sandbox = scene();
    sandbox.bowline(&["protect", "*"]).expect(0);
    let line = [
        "exec",
        "prod-eu",
        "dev",
        "--",
        env!("CARGO_BIN_EXE_bowline"),
    ];
    let line = [&line[..], &["k", "delete", "x"]].concat();
    let mut command = Terminal::bowline(&sandbox, &line);
    command.env_remove("BOWLINE_KUBECTL");
    let mut terminal = Terminal::start(command, USUAL);
    assert_eq!(terminal.end(), Some(6), "{}", terminal.text());
    assert!(
        terminal.raw().contains("no terminal to ask at"),
        "{}",
        terminal.text()
    );
    assert!(!terminal.raw().contains("ran:"), "{}", terminal.text());
}

/// KUBECONFIG of a terminal, which this test is the shell of, after `use`.
#[track_caller]
fn chosen(sandbox: &Sandbox, context: &str) -> String {
    let mut command = sandbox.command(&["use", context]);
    command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    let told = run(command, b"").expect(0).stdout;
    let list = told.trim_end().strip_prefix("KUBECONFIG=");
    list.unwrap_or_else(|| panic!("{told:?}")).to_owned()
}

#[test]
fn the_choice_of_the_terminal_is_what_is_protected() {
    let sandbox = scene();
    sandbox.bowline(&["protect", "prod*"]).expect(0);
    let delete = |list: &str| {
        let mut command = command(&sandbox, &["k", "delete", "x"]);
        command.env("KUBECONFIG", list);
        run(command, b"")
    };
    let list = chosen(&sandbox, "dev");
    delete(&list).expect(0).says("ran:");
    k(&sandbox, &["delete", "x"]).expect(6);
    // The other way round.
    let list = chosen(&sandbox, "prod-eu");
    sandbox.bowline(&["use", "--global", "dev"]).expect(0);
    delete(&list).expect(6).says("prod-eu").never_says("ran:");
    k(&sandbox, &["delete", "x"]).expect(0).says("ran:");
}

#[test]
fn a_terminal_that_lost_its_choice_does_not_fall_back() {
    let sandbox = scene();
    let list = chosen(&sandbox, "dev");
    let session = std::env::split_paths(&list).next().unwrap();
    std::fs::remove_file(session).unwrap();
    for line in [&["k", "delete", "x"][..], &["k", "get", "pods"]] {
        let mut command = sandbox.command(line);
        command.env("KUBECONFIG", &list);
        run(command, b"").expect(6).says("bowline use");
    }
}

#[test]
fn who_protects_an_alias_protects_its_context() {
    let sandbox = scene();
    sandbox.bowline(&["alias", "p", "prod-eu"]).expect(0);
    sandbox
        .bowline(&["protect", "p", "--refuse"])
        .expect(0)
        .says("p is an alias of prod-eu")
        .says("prod-eu is protected");
    k(&sandbox, &["delete", "pod", "x"]).expect(6);
}

#[test]
fn a_name_that_was_mistyped_is_guessed() {
    let sandbox = scene();
    sandbox.bowline(&["protect", "prod-eu"]).expect(0);
    for line in [
        &["protect", "--remove", "prod-ue"][..],
        &["protect", "--lift", "prd-eu", "5m"],
    ] {
        sandbox
            .bowline(line)
            .expect(6)
            .says("did you mean prod-eu?");
    }
    sandbox
        .bowline(&["protect", "prod-ue"])
        .expect(0)
        .says("no context is called prod-ue by now; did you mean prod-eu?");
    sandbox
        .bowline(&["protect", "stage-*"])
        .expect(0)
        .never_says("did you mean");
}
