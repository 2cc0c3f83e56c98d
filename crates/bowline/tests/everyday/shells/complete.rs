//! What `bowline complete` answers.

use std::fmt::Write as _;

use super::sandbox;
use crate::support::Sandbox;

#[test]
fn contexts_are_offered_and_those_that_drive_terminals_are_not() {
    let sandbox = sandbox();
    let said = sandbox
        .bowline(&["complete", "zsh", "bowline", "heal", ""])
        .expect(0);
    assert_eq!(
        said.stdout,
        "words\ndev\tcluster one, namespace team\n\
         xx$(touch owned)`touch owned`;touch owned\tcluster one\n\
         yy it's \"q\" 🚀\tcluster one\n"
    );
    let said = sandbox
        .bowline(&["complete", "bash", "x", "bowline status x"])
        .expect(0);
    assert_eq!(
        said.stdout,
        "words\nxx\\$\\(touch\\ owned\\)\\`touch\\ owned\\`\\;touch\\ owned\n"
    );
    let config = sandbox.bowline(&["complete", "zsh", "k", "config", "delete-user", ""]);
    assert_eq!(config.expect(0).stdout, "words\nme\n");
    let said = sandbox.bowline(&[
        "complete",
        "zsh",
        "bowline",
        "heal",
        "--kubeconfig",
        "/none",
        "",
    ]);
    assert_eq!(said.expect(0).stdout, "words\n");
}

/// kubectl puts new entries into the first file of KUBECONFIG.
#[test]
fn what_stands_in_the_session_comes_last() {
    let sandbox = sandbox();
    let session = sandbox.path("1-2-a-b.bowline-session.json");
    let text = r#"{"contexts": [{"name": "dev", "context": {"cluster": "one", "namespace": "here"}}, {"name": "fresh", "context": {"cluster": "new"}}]}"#;
    std::fs::write(&session, text).unwrap();
    let list = format!("{}:{}", session.display(), sandbox.file().display());
    let said = sandbox.bowline_on(list, &["complete", "zsh", "bowline", "use", ""]);
    let said = said.expect(0).stdout;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[1], "dev\tcluster one, namespace team");
    assert_eq!(lines.last(), Some(&"fresh\tcluster new"));
    assert_eq!(lines.len(), 5, "{said}");
}

#[test]
fn kubectl_completes_k() {
    let sandbox = sandbox();
    let said = sandbox
        .bowline(&["complete", "zsh", "k", "get", "--context", "d"])
        .expect(0);
    assert!(said.stdout.starts_with("words\ndev"), "{said:#?}");
    let said = sandbox
        .bowline(&["complete", "zsh", "bowline", "k", "rollo"])
        .expect(0);
    assert!(said.stdout.contains("\nrollout\t"), "{said:#?}");
}

#[test]
fn nonsense_is_no_failure() {
    let sandbox = sandbox();
    sandbox.write(b"\xff\xfe: [");
    for arguments in [
        &["complete"][..],
        &["complete", "csh", "x"],
        &["complete", "bash"],
        &["complete", "bash", "zz", "bowline use $'x"],
        &["complete", "zsh"],
        &["complete", "powershell"],
        &["complete", "fish", "bowline", "heal", ""],
    ] {
        let said = sandbox.bowline(arguments).expect(0);
        assert_eq!(said.stderr, "", "{arguments:?}");
    }
}

#[test]
fn ten_thousand_contexts_are_offered() {
    let mut text = String::from("contexts:\n");
    for number in 0..10_000 {
        writeln!(
            text,
            "- context:\n    cluster: c\n    user: u\n  name: n{number:05}"
        )
        .unwrap();
    }
    let sandbox = Sandbox::with(text);
    let said = sandbox
        .bowline(&["complete", "fish", "bowline", "heal", ""])
        .expect(0);
    assert_eq!(said.stdout.lines().count(), 10_001);
}
