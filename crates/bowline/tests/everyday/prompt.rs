//! The prompt: what it prints, and that it never fails.

use std::fs;
use std::process::Command;

use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

const DEV: &str = "current-context: dev\ncontexts:\n- {name: dev, context: {cluster: c, user: u, namespace: team}}\n";

#[test]
fn it_says_what_is_chosen_and_what_is_protected() {
    let sandbox = Sandbox::with(DEV);
    let prompt = |arguments: &[&str]| {
        let said = sandbox.bowline(&[&["prompt"], arguments].concat());
        let said = said.expect(0);
        assert_eq!(said.stderr, "");
        said.stdout
    };
    assert_eq!(prompt(&[]), "dev:team\n");
    let format = ["--format", "({!}{context}/{namespace})"];
    assert_eq!(prompt(&format), "(dev/team)\n");
    sandbox.settings("[protect.'d*']\n");
    assert_eq!(prompt(&format), "(!dev/team)\n");
    sandbox.write(DEV.replace(", namespace: team", ""));
    assert_eq!(prompt(&[]), "!dev\n");
    sandbox.write("");
    assert_eq!(prompt(&[]), "");
}

#[test]
fn it_never_fails_and_debug_says_why_it_is_silent() {
    let sandbox = Sandbox::with("contexts: [");
    let silent = |arguments: &[&str]| {
        let said = sandbox.bowline(arguments).expect(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
    };
    silent(&["prompt"]);
    silent(&["prompt", "--format", "{x}"]);
    silent(&["prompt", "--nonsense"]);
    let said = sandbox.bowline(&["prompt", "--debug"]).expect(0);
    assert!(said.stderr.contains("config"), "{said:#?}");
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
        assert!(
            outcome.stdout.contains("(touch owned)"),
            "{shell}: {outcome:?}"
        );
        assert!(!sandbox.path("owned").exists(), "{shell} ran it");
    }
}
