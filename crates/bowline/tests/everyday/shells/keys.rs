//! The Tab key in the real shells.

use std::fs;

use super::loads;
use super::sandbox;
use super::shell;
use crate::pty::Terminal;
use crate::support::Sandbox;

/// A shell with the integration in its own startup file, at its prompt.
fn at_the_prompt(sandbox: &Sandbox, name: &str) -> Terminal {
    let load = loads(name);
    let (file, text) = match name {
        "bash" => ("home/.bashrc", format!("PS1='ready> '\n{load}\n")),
        "zsh" => (
            "home/.zshrc",
            format!("PS1='ready> '\n{load}\nautoload -Uz compinit\ncompinit -D -u\n"),
        ),
        "fish" => (
            "home/.config/fish/config.fish",
            format!("function fish_prompt; echo -n 'ready> '; end\nset -g fish_greeting\n{load}\n"),
        ),
        _ => (
            "home/.config/elvish/rc.elv",
            format!(
                "set edit:prompt = {{ put 'ready> ' }}\nset edit:rprompt = {{ put '' }}\n{load}\n"
            ),
        ),
    };
    let file = sandbox.path(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
    let mut command = Terminal::command(sandbox, format!("/usr/bin/{name}"));
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    command.env("PATH", path);
    let terminal = Terminal::start(command, (30, 120));
    terminal.wait_for_text("ready>");
    terminal
}

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
