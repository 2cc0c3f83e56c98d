//! `PowerShell`, which is in no package of Debian and is not run here: what is printed for it is read.

use tree_sitter::Node;
use tree_sitter::Parser;

use super::sandbox;

const PARTS: [&str; 3] = ["--no-k", "--no-mks", "--no-completion"];

/// Whatever is left out.
#[test]
fn powershell_can_read_it() {
    let sandbox = sandbox();
    for chosen in 0..1 << PARTS.len() {
        let left_out = (0..PARTS.len()).filter(|part| chosen & (1 << part) != 0);
        let mut arguments = vec!["init", "powershell"];
        arguments.extend(left_out.map(|part| PARTS[part]));
        let script = sandbox.bowline(&arguments).expect(0).stdout;
        assert_eq!(mistakes(&script), Vec::<String>::new(), "{arguments:?}");
    }
    assert!(!mistakes("function k { if ($x { } }").is_empty());
}

/// The lines that are no PowerShell.
fn mistakes(script: &str) -> Vec<String> {
    let mut parser = Parser::new();
    let language = tree_sitter_powershell::LANGUAGE.into();
    parser.set_language(&language).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let mut found = Vec::new();
    look(tree.root_node(), script, &mut found);
    found
}

fn look(node: Node<'_>, script: &str, found: &mut Vec<String>) {
    if node.is_error() || node.is_missing() {
        let line = node.start_position().row;
        let text = script.lines().nth(line).unwrap_or_default();
        found.push(format!("line {}: {text}", line + 1));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        look(child, script, found);
    }
}

/// The least that there is.
#[test]
fn powershell_without_its_parts() {
    let sandbox = sandbox();
    let said = sandbox.bowline(&[&["init", "powershell"], &PARTS[..]].concat());
    insta::assert_snapshot!(said.expect(0).stdout);
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
