//! The commands as the first help lists them: by what they are for.

use std::fmt::Write as _;

use clap::Command;

/// Headings, and the commands below them in their order.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Connections",
        &["add", "status", "doctor", "lint", "heal", "k"],
    ),
    (
        "Switching",
        &[
            "use", "ns", "ls", "shell", "prompt", "init", "exec", "env", "dirs", "label", "alias",
            "protect",
        ],
    ),
    (
        "Tidying",
        &[
            "config", "rename", "rm", "copy", "export", "split", "merge", "prune", "dedupe", "edit",
        ],
    ),
    ("Nodes", &["node"]),
    (
        "House",
        &["history", "undo", "redo", "unlock", "eject", "demo"],
    ),
];

/// The program with its commands in groups; clap lists them as one.
pub(super) fn grouped(program: Command) -> Command {
    let style = program.get_styles().get_header();
    let (on, off) = (style.render(), style.render_reset());
    let mut list = String::new();
    for (heading, names) in GROUPS {
        let _ = writeln!(list, "{on}{heading}:{off}");
        for command in names
            .iter()
            .filter_map(|name| program.find_subcommand(name))
        {
            let about = command.get_about().map(ToString::to_string);
            let (name, about) = (command.get_name(), about.unwrap_or_default());
            let _ = writeln!(list, "  {name:<8} {about}");
        }
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}\n\
         `bowline COMMAND --help` tells more; -V, --version prints the version"
    );
    program.help_template(template)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let program = super::super::Cli::command();
        let shown = program
            .get_subcommands()
            .filter(|below| !below.is_hide_set());
        let mut real: Vec<_> = shown.map(Command::get_name).collect();
        let mut listed: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        real.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, real);
    }
}
