//! `bowline prompt`: what stands in a terminal's prompt.

use std::fs;
use std::process::Command;
use std::time::Duration;
use std::time::SystemTime;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

const TWO: &str = "\
contexts:
- name: dev
  context: {cluster: c, user: u, namespace: team-a}
- name: prod-eu
  context: {cluster: c, user: u}
current-context: dev
";

/// A shell's number: this process lives as long as the test.
fn in_terminal(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(arguments);
    command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    command
}

/// The value of KUBECONFIG that `use` tells its shell.
fn told(outcome: &Outcome) -> String {
    let line = outcome.stdout.trim_end();
    line.strip_prefix("KUBECONFIG=").unwrap().to_owned()
}

#[test]
fn the_kubeconfigs_choice_and_what_becomes_of_it() {
    let sandbox = Sandbox::with(TWO);
    let prompt = || sandbox.bowline(&["prompt"]).expect(0).stdout;
    assert_eq!(prompt(), "dev:team-a");
    sandbox.bowline(&["use", "--global", "prod-eu"]).expect(0);
    assert_eq!(prompt(), "prod-eu:default");
    sandbox.bowline(&["protect", "prod-*"]).expect(0);
    assert_eq!(prompt(), "prod-eu:default!");
    let format = ["prompt", "--format", "{namespace} in {context}"];
    assert_eq!(
        sandbox.bowline(&format).expect(0).stdout,
        "default in prod-eu"
    );
    sandbox.write("{}");
    assert_eq!(prompt(), "");
    sandbox.write("a: [");
    let outcome = sandbox.bowline(&["prompt"]).expect(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    let debug = sandbox.bowline(&["prompt", "--debug"]).expect(0);
    assert!(debug.stderr.contains("config"), "{}", debug.stderr);
}

/// What is remembered must not outlive a change, however quick.
#[test]
fn a_change_is_seen_at_once() {
    let sandbox = Sandbox::with(TWO);
    let old = SystemTime::now() - Duration::from_secs(3600);
    let settle = || {
        let file = fs::File::options()
            .append(true)
            .open(sandbox.file())
            .unwrap();
        file.set_modified(old).unwrap();
    };
    let prompt = || sandbox.bowline(&["prompt"]).expect(0).stdout;
    settle();
    assert_eq!(prompt(), "dev:team-a");
    let remembered = sandbox.path("state/prompt.json");
    assert!(fs::read_to_string(&remembered).unwrap().contains("team-a"));
    // As long as before, and the same time of change: only the inode's own time tells.
    sandbox.write(TWO.replace("team-a", "team-b"));
    settle();
    assert_eq!(prompt(), "dev:team-b");
    // A cache that is damaged is no trouble.
    fs::write(&remembered, "{").unwrap();
    assert_eq!(prompt(), "dev:team-b");
}

/// The test of the test above: what is remembered is used.
#[test]
fn what_is_remembered_is_used() {
    let sandbox = Sandbox::with(TWO);
    let file = fs::File::options()
        .append(true)
        .open(sandbox.file())
        .unwrap();
    let old = SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(old).unwrap();
    drop(file);
    sandbox.bowline(&["prompt"]).expect(0);
    let remembered = sandbox.path("state/prompt.json");
    let text = fs::read_to_string(&remembered).unwrap();
    fs::write(&remembered, text.replace("team-a", "team-x")).unwrap();
    assert_eq!(sandbox.bowline(&["prompt"]).expect(0).stdout, "dev:team-x");
}

#[test]
fn a_terminals_choice_and_its_loss() {
    let sandbox = Sandbox::with(TWO);
    let chosen = run(
        in_terminal(&sandbox, &["use", "prod-eu", "-n", "team-x"]),
        b"",
    )
    .expect(0);
    let list = told(&chosen);
    let prompt = || {
        let mut command = sandbox.command(&["prompt"]);
        command.env("KUBECONFIG", &list);
        run(command, b"").expect(0).stdout
    };
    assert_eq!(prompt(), "prod-eu:team-x");
    // Elsewhere the kubeconfig's choice is what it was.
    assert_eq!(sandbox.bowline(&["prompt"]).expect(0).stdout, "dev:team-a");
    let session = list.split(':').next().unwrap();
    fs::remove_file(session).unwrap();
    assert_eq!(prompt(), "context lost: bowline use");
}

/// A name in a prompt drives no terminal, and no shell runs it.
#[test]
fn a_hostile_name_does_nothing_in_a_prompt() {
    const NAME: &str = "$(touch owned)`touch owned`\\u%n";
    let sandbox = Sandbox::with(format!(
        "contexts:\n- name: '{NAME}'\n  context: {{cluster: c}}\ncurrent-context: '{NAME}'\n"
    ));
    sandbox.script(
        "bowline",
        &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_bowline")),
    );
    for (shell, script) in [
        (
            "bash",
            "PS1=\"$(bowline prompt --shell bash)\"; printf '%s' \"${PS1@P}\"",
        ),
        (
            "zsh",
            "setopt promptsubst; PROMPT=\"$(bowline prompt --shell zsh)\"; print -rnP -- \"$PROMPT\"",
        ),
    ] {
        let Some(program) = ["/usr/bin", "/bin"]
            .map(|folder| format!("{folder}/{shell}"))
            .into_iter()
            .find(|path| fs::metadata(path).is_ok())
        else {
            skip("prompt", &format!("{shell} is not installed"));
            continue;
        };
        let mut command = sandbox.settle(Command::new(program));
        let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
        command.env("PATH", path).args(["-c", script]);
        let outcome = run(command, b"").expect(0);
        assert_eq!(outcome.stdout, format!("{NAME}:default"), "{shell}");
        assert!(!sandbox.path("owned").exists(), "{shell} ran it");
    }
}
