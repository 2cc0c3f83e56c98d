//! Bowline keeps every Kubernetes connection on a machine working.
//!
//! This crate is the program: arguments, environment, output, exit codes. What the commands do is in
//! `operations` and below, where nothing reads the environment or prints.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

mod cli;
mod commands;
mod environment;
mod error;
mod exit;
mod kubectl;
mod output;
mod picker;
mod shells;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Somebody waits with a finger on the Tab key.
    if let Some(arguments) = arguments_behind(&arguments, "complete") {
        return commands::complete::run(arguments);
    }
    // It is in front of every command line.
    if let Some(arguments) = arguments_behind(&arguments, "prompt")
        && let Some(code) = commands::prompt::run_early(arguments)
    {
        return code;
    }
    // Before anything else is set up: `k` is in front of every kubectl call.
    let of_k = arguments_of_k(&arguments);
    // `k config` is `bowline config`. Its grammar is kubectl's, which clap would not read as kubectl does.
    let of_config = of_k.or(arguments.get(1..)).and_then(arguments_of_config);
    if let Some(arguments) = of_config {
        return commands::config::run(&arguments);
    }
    if let Some(arguments) = of_k {
        return commands::k::run(arguments);
    }
    cli::run(as_subcommand(arguments))
}

/// Other names of the program, and the subcommand that each is. By these kubectl finds it as `kubectl ctx`.
const NAMES: [(&str, &str); 2] = [("kubectl-ctx", "use"), ("kubectl-ns", "ns")];

/// The arguments with the subcommand that the program's name says.
fn as_subcommand(arguments: Vec<OsString>) -> Vec<OsString> {
    let name = arguments
        .first()
        .and_then(|program| Path::new(program).file_stem());
    let named = NAMES
        .iter()
        .find(|(known, _)| name.is_some_and(|name| name.eq_ignore_ascii_case(known)));
    let Some((_, subcommand)) = named else {
        return arguments;
    };
    let rest = arguments.into_iter().skip(1);
    ["bowline".into(), subcommand.into()]
        .into_iter()
        .chain(rest)
        .collect()
}

/// The arguments for kubectl, when the program was called as `k`, or as `bowline k`.
fn arguments_of_k(arguments: &[OsString]) -> Option<&[OsString]> {
    let (program, rest) = arguments.split_first()?;
    let name = Path::new(program).file_stem()?;
    if name.eq_ignore_ascii_case("k") {
        return Some(rest);
    }
    arguments_behind(arguments, "k")
}

/// The arguments of `config`. kubectl's global flags may stand before it: `--kubeconfig FILE config view`.
fn arguments_of_config(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let at = commands::config::position(arguments)?;
    let (before, after) = arguments.split_at(at);
    Some([before, after.get(1..)?].concat())
}

/// The arguments behind the program and this subcommand.
fn arguments_behind<'a>(arguments: &'a [OsString], subcommand: &str) -> Option<&'a [OsString]> {
    match arguments {
        [_, first, rest @ ..] if first == subcommand => Some(rest),
        _ => None,
    }
}
