//! The prompt: what it prints, and that it never fails.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

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

/// What `dirs` gives counts at the prompt as it does for `k`, also when it changes and the cache has an answer.
#[test]
fn a_context_of_dirs_has_its_namespace_and_what_comes_first_counts() {
    let kubeconfig = |namespace: &str| {
        format!(
            "contexts:\n- {{name: far, context: {{cluster: c, user: u, namespace: {namespace}}}}}\n"
        )
    };
    let sandbox = Sandbox::with("current-context: far\n");
    let folder = sandbox.path("more");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.yaml"), "- no kubeconfig\n").unwrap();
    fs::write(folder.join("m.yaml"), kubeconfig("blue")).unwrap();
    let prompt = || {
        let said = sandbox.bowline(&["prompt", "--debug"]).expect(0);
        let is_cached = said.stderr.contains("from the cache");
        (said.stdout, is_cached)
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    let until_cached = |expected: &str| {
        loop {
            let (said, is_cached) = prompt();
            assert_eq!(said, expected);
            if is_cached {
                return;
            }
            assert!(Instant::now() < deadline, "it is never remembered");
            thread::sleep(Duration::from_millis(50));
        }
    };
    until_cached("far\n");
    sandbox.settings(&format!("dirs = ['{}']\n", folder.display()));
    until_cached("far:blue\n");
    // One that is read before it, or becomes one that is.
    fs::write(folder.join("b.yaml"), kubeconfig("green")).unwrap();
    until_cached("far:green\n");
    fs::write(folder.join("a.yaml"), kubeconfig("red")).unwrap();
    until_cached("far:red\n");
    // What comes behind it does not matter.
    fs::write(folder.join("z.yaml"), kubeconfig("black")).unwrap();
    assert_eq!(prompt(), ("far:red\n".to_owned(), true));
    sandbox.write(format!("current-context: far\n{}", kubeconfig("own")));
    until_cached("far:own\n");
    fs::remove_file(folder.join("a.yaml")).unwrap();
    assert_eq!(prompt(), ("far:own\n".to_owned(), true));
    sandbox.write("current-context: far\n");
    assert_eq!(prompt().0, "far:green\n");
}
