//! Shells at their prompts, on terminals.

use std::fs;
use std::process::Command;

use super::loads;
use crate::pty::Terminal;
use crate::support::Sandbox;

/// A shell with the integration in its own startup file, at its prompt.
pub(crate) fn at_the_prompt(sandbox: &Sandbox, name: &str) -> Terminal {
    started(interactive(sandbox, name, &loads(name)))
}

/// Starts a command of [`interactive`], and waits for the prompt.
pub(crate) fn started(command: Command) -> Terminal {
    let terminal = Terminal::start(command, (30, 120));
    terminal.wait_for_text("ready>");
    terminal
}

/// A shell for a terminal, with this in its own startup file.
pub(crate) fn interactive(sandbox: &Sandbox, name: &str, load: &str) -> Command {
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
    command
}
