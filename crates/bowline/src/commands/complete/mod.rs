//! `bowline complete`: what could stand where the cursor is. Shells call it, through what `init` gave them.
//!
//! ```text
//! bowline complete bash WORD LINE       WORD is what readline replaces, LINE ends at the cursor
//! bowline complete nushell LINE
//! bowline complete powershell           the words are in BOWLINE_WORDS, one a line
//! bowline complete SHELL WORD...        the last one, which may be empty, is at the cursor
//! ```
//!
//! The first line of the answer says what the others are: `words`, `part` (no space behind them), or none at all
//! but `files` or `folders`. Nothing is said of errors, no cluster is asked (but by kubectl, for `k`), and no name is
//! offered that a terminal would take for a command.

mod answer;
mod config;
mod kubectl;
mod line;
mod names;
mod quote;
mod tree;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum as _;

use self::answer::Answer;
use self::answer::Form;
use self::line::Line;
use crate::environment::variable;
use crate::output;
use crate::shells::Shell;

/// Answers. A shell could do nothing with a failure.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let answered = std::panic::catch_unwind(|| answer(arguments))
        .ok()
        .flatten();
    if let Some(text) = answered {
        let _ = output::print(&text);
    }
    ExitCode::SUCCESS
}

fn answer(arguments: &[OsString]) -> Option<String> {
    let (shell, rest) = arguments.split_first()?;
    let shell = Shell::from_str(shell.to_str()?, true).ok()?;
    let rest: Vec<String> = rest
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let (words, form) = match (shell, rest.as_slice()) {
        (Shell::Bash, [replaced, line]) => {
            let line = Line::read(line, line::BASH);
            let form = Form::bash(&line, replaced)?;
            (line.words, form)
        }
        (Shell::Nushell, [line]) => (Line::read(line, line::NUSHELL).words, Form::Nushell),
        (Shell::PowerShell, []) => {
            let words = variable("BOWLINE_WORDS")?;
            let words = words.to_str()?.split('\n').map(str::to_owned).collect();
            (words, Form::PowerShell)
        }
        (Shell::Fish, _) => (fish(rest), Form::Plain),
        (Shell::Zsh | Shell::Elvish, _) => (rest, Form::Plain),
        _ => return None,
    };
    let (program, rest) = words.split_first()?;
    let (current, before) = rest.split_last()?;
    let answer = candidates(program, before, current);
    // fish and elvish match in their own ways: parts of names too.
    let all = matches!(shell, Shell::Fish | Shell::Elvish);
    Some(answer.text(&form, if all { "" } else { current }))
}

/// fish gives the word at the cursor as it was typed.
fn fish(mut words: Vec<String>) -> Vec<String> {
    if let Some(last) = words.last_mut() {
        *last = last.trim_start_matches(['\'', '"']).replace('\\', "");
    }
    words
}

fn candidates(program: &str, before: &[String], current: &str) -> Answer {
    let name = Path::new(program).file_stem().unwrap_or_default();
    let below = |first: &str| [&[first.to_owned()], before].concat();
    match name.to_string_lossy().to_ascii_lowercase().as_str() {
        "k" => of_kubectl(before, current),
        "kubectl-ctx" => tree::candidates(&below("use"), current),
        "kubectl-ns" => tree::candidates(&below("ns"), current),
        _ => match before.split_first() {
            Some((first, rest)) if first == "k" => of_kubectl(rest, current),
            Some((first, rest)) if first == "config" => config::candidates(rest, current),
            _ => tree::candidates(before, current),
        },
    }
}

fn of_kubectl(before: &[String], current: &str) -> Answer {
    match before.split_first() {
        Some((first, rest)) if first == "config" => config::candidates(rest, current),
        _ => kubectl::candidates(before, current),
    }
}
