//! The Tab key in the real shells.

use super::prompt::at_the_prompt;
use super::sandbox;
use super::shell;
use crate::pty::Terminal;

/// Tab completes the hostile name; Enter runs the line, which deletes that very context.
#[test]
fn a_hostile_name_is_completed_and_nothing_is_executed() {
    let test = "a_hostile_name_is_completed";
    if !Terminal::is_possible(test) {
        return;
    }
    for name in ["bash", "zsh", "fish", "elvish"] {
        if shell(name, test).is_none() {
            continue;
        }
        let quotes: &[&str] = if name == "bash" {
            &["", "'", "\""]
        } else {
            &[""]
        };
        for quote in quotes {
            let sandbox = sandbox();
            let terminal = at_the_prompt(&sandbox, name);
            terminal.send(&format!("bowline config delete-context {quote}xx\t"));
            terminal.wait_for(&format!("{name}{quote}: the name"), |screen| {
                screen.contents().contains("owned")
            });
            if name == "elvish" {
                // It shows a list of one; Enter takes it.
                terminal.send("\r");
            }
            terminal.send("\r");
            terminal.wait_for(&format!("{name}{quote}: the deletion"), |screen| {
                screen.contents().contains("deleted context")
            });
            assert!(
                !sandbox.text().contains("xx$"),
                "{name}: {}",
                sandbox.text()
            );
            assert!(!sandbox.path("owned").exists(), "{name}");
        }
    }
}

#[test]
fn subcommands_are_completed() {
    let test = "subcommands_are_completed";
    if !Terminal::is_possible(test) {
        return;
    }
    for name in ["bash", "zsh", "fish"] {
        if shell(name, test).is_none() {
            continue;
        }
        let sandbox = sandbox();
        let terminal = at_the_prompt(&sandbox, name);
        if name == "bash" {
            // What fails in completion must not end the shell.
            terminal.send("set -e\r");
        }
        terminal.send("bowline unl\t");
        terminal.wait_for(&format!("{name}: the subcommand"), |screen| {
            screen.contents().contains("bowline unlock ")
        });
        // The line is left as it is, and k is completed by kubectl.
        terminal.send("\x15k rollo\t");
        terminal.wait_for(&format!("{name}: kubectl's subcommand"), |screen| {
            screen.contents().contains("k rollout ")
        });
    }
}
