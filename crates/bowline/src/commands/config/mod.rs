//! `bowline config`: `kubectl config`, argument by argument.
//!
//! The arguments do not go through clap: what is wrong with them is told in the words of kubectl's own
//! libraries (cobra and pflag), and read by their rules.

mod clusters;
mod command;
mod contexts;
mod credentials;
mod execute;
mod failure;
mod flags;
mod globals;
mod guarded;
mod help;
mod listing;
mod material;
mod pairs;
mod parse;
mod printer;
mod property;
mod refusal;
mod relative;
mod subcommand;
mod tabwriter;
mod usage;
mod view;

use std::ffi::OsString;
use std::process::ExitCode;

use self::command::Command;
use self::execute::Run;
use self::usage::Usage;
use crate::environment::Environment;
use crate::exit;
use crate::output;

/// Where `config` stands: behind nothing but flags that every kubectl command takes.
pub(crate) fn position(arguments: &[OsString]) -> Option<usize> {
    let flags = subcommand::flags_of(None);
    let mut at = 0;
    loop {
        let argument = arguments.get(at)?.to_string_lossy();
        if argument == "config" {
            return Some(at);
        }
        if !flags.knows(&argument) {
            return None;
        }
        at += if flags.takes_the_next(&argument) {
            2
        } else {
            1
        };
    }
}

/// Runs `config` with the arguments behind it.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let (command, globals) = match parse::parse(arguments) {
        Ok((Command::Help { of }, _)) => return say(&Usage::help(of)),
        Ok(parsed) => parsed,
        Err(usage) => return say(&usage),
    };
    let environment = Environment::find();
    let done = Run::new(&environment, &globals).and_then(|run| run.run(&command));
    match done {
        Ok(()) => ExitCode::from(exit::OK),
        Err(failure) => say(&Usage {
            stdout: String::new(),
            stderr: output::for_stderr(&failure.text()),
            exit: failure.exit,
        }),
    }
}

#[expect(clippy::print_stderr, reason = "kubectl's words, without a prefix")]
fn say(usage: &Usage) -> ExitCode {
    let printed = output::print(&output::shown(&usage.stdout, &std::io::stdout()));
    eprint!("{}", output::shown(&usage.stderr, &std::io::stderr()));
    ExitCode::from(if printed.is_ok() {
        usage.exit
    } else {
        exit::FAILED
    })
}
