//! The help of every command, and the man pages.

use crate::support::Sandbox;
use crate::support::names;
use crate::support::skip;

/// Those whose help is kubectl's.
const OF_KUBECTL: [&str; 2] = ["k", "config"];

/// What stands above the commands of a help.
const HEADINGS: [&str; 6] = [
    "Commands:",
    "Connections:",
    "Switching:",
    "Tidying:",
    "Nodes:",
    "House:",
];

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !HEADINGS.contains(line));
    lines
        .take_while(|line| !line.is_empty())
        // Wrapped lines stand further to the right.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_help_fits_a_screen() {
    let sandbox = Sandbox::new();
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        for flag in ["-h", "--help"] {
            let words: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
            let help = sandbox.bowline(&words).expect(0).stdout;
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{words:?}: {line}");
            }
            let lines = help.lines().count();
            if command.is_empty() {
                assert!(lines <= 50, "{words:?}: {lines} lines");
            }
            if flag == "-h" {
                assert!(
                    command.is_empty() || lines <= 40,
                    "{words:?}: {lines} lines"
                );
                let below = listed(&help).into_iter();
                let below = below.filter(|name| !OF_KUBECTL.contains(&name.as_str()));
                commands.extend(below.map(|name| [command.clone(), vec![name]].concat()));
            }
        }
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_command_has_a_man_page() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("man");
    sandbox
        .bowline(&["manual", folder.to_str().unwrap()])
        .expect(0);
    let pages = names(&folder);
    for page in [
        "bowline.1",
        "bowline-heal.1",
        "bowline-dirs-add.1",
        "bowline-node-certs.1",
    ] {
        assert!(pages.iter().any(|name| name == page), "{page}: {pages:?}");
    }
    let heal = std::fs::read_to_string(folder.join("bowline-heal.1")).unwrap();
    assert!(
        heal.contains(".TH ") && heal.contains("\\-\\-dry\\-run"),
        "{heal}"
    );
}

#[test]
fn man_renders_every_page_without_a_word() {
    let man = |words: &[&str]| {
        let mut command = std::process::Command::new("man");
        command.args(words).env("LC_ALL", "C.UTF-8");
        command.env("MANPAGER", "cat").output()
    };
    if man(&["--version"]).is_err() {
        return skip("man_renders_every_page_without_a_word", "man is not there");
    }
    let sandbox = Sandbox::new();
    let folder = sandbox.path("man");
    let folder = folder.to_str().unwrap();
    sandbox.bowline(&["manual", folder]).expect(0);
    let pages = names(std::path::Path::new(folder));
    assert!(pages.len() > 40, "{pages:?}");
    for page in pages {
        let file = format!("{folder}/{page}");
        let shown = man(&["--warnings", "-E", "UTF-8", "-l", &file]).unwrap();
        let said = String::from_utf8_lossy(&shown.stderr);
        assert!(shown.status.success() && said.is_empty(), "{page}: {said}");
        let text = String::from_utf8_lossy(&shown.stdout);
        assert!(text.contains("SYNOPSIS"), "{page}: {text}");
    }
}
