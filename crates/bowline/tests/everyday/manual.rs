//! The help of every command, and the man pages.

use crate::support::Sandbox;
use crate::support::names;

/// Those whose help is kubectl's.
const OF_KUBECTL: [&str; 2] = ["k", "config"];

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
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
            if flag == "-h" {
                let lines = help.lines().count();
                let below = listed(&help);
                // One line for each command, and nothing wrapped.
                let most = 40.max(below.len() + 10);
                assert!(lines <= most, "{words:?}: {lines} lines, {most} at most");
                let below = below.into_iter();
                let below = below.filter(|name| !OF_KUBECTL.contains(&name.as_str()));
                commands.extend(below.map(|name| [command.clone(), vec![name]].concat()));
            }
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
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
