//! Generated blocks between handwritten text.
//!
//! `<!-- generated: usage heal -->` begins a block, `<!-- end -->` ends it. `usage` is how the command is called,
//! `flags` the table of its arguments; behind it the command, with blanks between its words.

use std::fmt::Write as _;

use clap::Arg;
use clap::Command;

const BEGIN: &str = "<!-- generated: ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// Why blocks cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MarkdownError {
    #[error("line {line}: there is no command or kind of block `{name}`")]
    Unknown { line: usize, name: String },
    #[error("line {line}: the block has no `<!-- end -->`")]
    Open { line: usize },
}

/// The text with all blocks made anew.
pub(super) fn renewed(text: &str, program: &Command) -> Result<String, MarkdownError> {
    let mut program = program.clone();
    program.build();
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((number, line)) = lines.next() {
        out.push_str(line);
        let name = line.trim_end().strip_prefix(BEGIN);
        let Some(name) = name.and_then(|name| name.strip_suffix(CLOSE)) else {
            continue;
        };
        let line = number + 1;
        out.push_str(
            &block(&program, name).ok_or_else(|| MarkdownError::Unknown {
                line,
                name: name.to_owned(),
            })?,
        );
        let (_, end) = lines
            .find(|(_, line)| line.trim_end() == END)
            .ok_or(MarkdownError::Open { line })?;
        out.push_str(end);
    }
    Ok(out)
}

fn block(program: &Command, name: &str) -> Option<String> {
    let (kind, path) = name.split_once(' ')?;
    let mut command = program;
    for word in path.split(' ') {
        command = command.find_subcommand(word)?;
    }
    match kind {
        "usage" => Some(usage(command)),
        "flags" => Some(flags(command)),
        _ => None,
    }
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let lines = usage.trim_start_matches("Usage:").lines();
    let lines: Vec<_> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    format!("\n```\n{}\n```\n\n", lines.join("\n"))
}

fn flags(command: &Command) -> String {
    let mut table = String::from("\n| argument | meaning |\n|---|---|\n");
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help";
    for arg in command.get_arguments().filter(shown) {
        let _ = writeln!(
            table,
            "| {} | {} |",
            cell(&called(arg)),
            cell(&meaning(arg))
        );
    }
    table.push('\n');
    table
}

/// How an argument is written.
fn called(arg: &Arg) -> String {
    let mut names = Vec::new();
    if let Some(short) = arg.get_short() {
        names.push(format!("`-{short}`"));
    }
    let takes = arg.get_action().takes_values();
    let value = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| format!("<{name}>"))
        .collect::<Vec<_>>()
        .join(" ");
    match arg.get_long() {
        Some(long) if takes => names.push(format!("`--{long} {value}`")),
        Some(long) => names.push(format!("`--{long}`")),
        None if arg.is_positional() => names.push(format!("`{value}`")),
        None => {}
    }
    names.join(", ")
}

/// What its help says, and its values and default.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let text = help.map(ToString::to_string).unwrap_or_default();
    let mut parts: Vec<String> = text
        .split("\n\n")
        .map(|part| part.trim().trim_end_matches('.').replace('\n', " "))
        .filter(|part| !part.is_empty())
        .collect();
    if arg.get_action().takes_values() {
        let values: Vec<_> = arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !values.is_empty() {
            parts.push(format!("One of {}", values.join(", ")));
        }
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        parts.push(format!("By default {}", defaults.join(", ")));
    }
    parts.join(". ")
}

/// Within a table a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
