//! `PowerShell`, which is in no package of Debian and is not run here.

use super::sandbox;

const PARTS: [&str; 3] = ["--no-k", "--no-mks", "--no-completion"];

/// The least that there is. A change here is read by a person who knows PowerShell.
#[test]
fn powershell_without_its_parts() {
    let sandbox = sandbox();
    let said = sandbox.bowline(&[&["init", "powershell"], &PARTS[..]].concat());
    insta::assert_snapshot!(said.expect(0).stdout);
}

/// Everything.
#[test]
fn powershell_with_all_parts() {
    let sandbox = sandbox();
    let said = sandbox.bowline(&["init", "powershell"]).expect(0);
    insta::assert_snapshot!(said.stdout);
}

#[test]
fn powershell_gives_every_argument_on_without_parameters_of_its_own() {
    let sandbox = sandbox();
    let said = sandbox.bowline(&["init", "powershell"]).expect(0).stdout;
    // An advanced function would keep -o, -v and -w to itself.
    let code: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let code = code.join("\n");
    assert!(!code.contains("CmdletBinding") && !code.contains("[Parameter"));
    let k = code.split("function global:k {").nth(1).unwrap();
    assert!(!k[..k.find("\n}").unwrap()].contains("param("));
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
        let count = |wanted| code.matches(wanted).count();
        // One of each stands in quotes at most.
        assert_eq!(count(open), count(close), "{open}{close}");
    }
}

#[test]
fn powershell_and_nushell_get_quoted_names() {
    let sandbox = sandbox();
    let mut command = sandbox.command(&["complete", "powershell"]);
    command.env("BOWLINE_WORDS", "bowline\nheal\nxx");
    let said = crate::support::run(command, b"").expect(0).stdout;
    assert_eq!(
        said,
        "words\n'xx$(touch owned)`touch owned`;touch owned'\t\
         xx$(touch owned)`touch owned`;touch owned\tcluster one\n"
    );
    let said = sandbox
        .bowline(&["complete", "nushell", "bowline heal x"])
        .expect(0)
        .stdout;
    assert_eq!(
        said,
        "words\n'xx$(touch owned)`touch owned`;touch owned'\tcluster one\n"
    );
}
