//! `bowline config`: `kubectl config`, argument by argument.
//!
//! The arguments do not go through clap: what is wrong with them is told in the words of kubectl's own
//! libraries (cobra and pflag), and read by their rules.

mod command;
mod execute;
mod flags;
mod globals;
mod help;
mod pairs;
mod parse;
mod subcommand;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use self::command::Command;
use self::usage::Usage;
use crate::environment::Environment;
use crate::exit;
use crate::output;

/// Runs `config` with the arguments behind it.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let (command, globals) = match parse::parse(arguments) {
        Ok((Command::Help { of }, _)) => return say(&Usage::help(of)),
        Ok(parsed) => parsed,
        Err(usage) => return say(&usage),
    };
    let code = match Environment::find() {
        Ok(environment) => execute::execute(&command, &globals, &environment)
            .unwrap_or_else(|error| error.report()),
        Err(error) => {
            crate::error::CommandError::from(error).report();
            // Whatever fails, `kubectl config` ends with 1.
            exit::FAILED
        }
    };
    ExitCode::from(code)
}

#[expect(clippy::print_stderr, reason = "kubectl's words, without a prefix")]
fn say(usage: &Usage) -> ExitCode {
    let printed = output::print(&usage.stdout);
    eprint!("{}", usage.stderr);
    ExitCode::from(if printed.is_ok() {
        usage.exit
    } else {
        exit::FAILED
    })
}
