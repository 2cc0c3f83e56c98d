//! `bowline exec`: one command in many contexts, each with an environment of its own.

pub(super) mod child;
mod choose;
mod labelled;
mod lines;
mod many;
mod one;
mod printer;
mod run;
mod selection;
mod structured;

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::Kubeconfigs;
use operations::failure::argument;
use serde_json::json;

pub(crate) use self::choose::choose;
use self::selection::Selections;
use super::block_on;
use crate::cli::exec::ExecArgs;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Runs the command.
pub(crate) fn run(arguments: &ExecArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let paths = environment.kubeconfig_paths(flag)?;
    let kubeconfigs = Kubeconfigs::load(paths)?;
    if flag.is_some() {
        kubeconfigs.require_file()?;
    }
    let settings = environment.settings()?;
    let contexts = choose(&kubeconfigs, &settings, &arguments.patterns, arguments.all)?;
    let program = Program::find(&arguments.command)?;
    if arguments.dry_run {
        return dry_run(&contexts, arguments);
    }
    if contexts.is_empty() {
        let files = kubeconfigs.files();
        output::note(&format!(
            "{files} has no contexts: take one in with `bowline add FILE`"
        ));
        return Ok(exit::OK);
    }
    let selections = Selections::prepare(
        environment.store()?,
        environment.state_folder()?,
        &kubeconfigs.paths,
    )?;
    if let ([context], None) = (contexts.as_slice(), arguments.output) {
        return block_on(one::run(&program, context, &selections))?;
    }
    block_on(many::run(many::Plan {
        program,
        contexts,
        selections,
        jobs: arguments.jobs.map_or_else(usual_jobs, usize::from),
        fail_fast: arguments.fail_fast,
        format: arguments.output,
    }))?
}

/// Most of the time a run waits for a cluster.
fn usual_jobs() -> usize {
    std::thread::available_parallelism().map_or(8, |cores| (2 * cores.get()).max(8))
}

/// What is run, the same for every context.
struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// Finds it before anything starts, and never through a shell.
    fn find(command: &[OsString]) -> Result<Self, CommandError> {
        let (name, arguments) = command.split_first().ok_or_else(|| {
            CommandError::new(exit::USAGE, "no command: bowline exec PATTERN -- CMD")
        })?;
        let mut arguments = arguments.to_vec();
        if name == "k" {
            arguments.insert(0, OsString::from("k"));
            let path = std::env::current_exe()?;
            return Ok(Self { path, arguments });
        }
        let path = environment::installed(Path::new(name)).ok_or_else(|| not_found(name))?;
        Ok(Self { path, arguments })
    }
}

fn not_found(name: &OsStr) -> CommandError {
    let is_file = Path::new(name).is_file();
    let name = name.to_string_lossy();
    if is_file && name.contains(std::path::is_separator) {
        let message = format!("{} is not executable: nothing was run", escape(&name));
        return CommandError::new(exit::NOT_STARTED, message);
    }
    let message = format!(
        "there is no program {}: nothing was run (the words behind -- are a program and its arguments; for a line of shell: -- sh -c '…')",
        escape(&name)
    );
    CommandError::new(exit::NO_PROGRAM, message)
}

fn dry_run(contexts: &[String], arguments: &ExecArgs) -> Result<u8, CommandError> {
    let words: Vec<_> = arguments
        .command
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    if arguments.output.is_some() {
        let value = json!({ "schema": 1, "contexts": contexts, "command": words });
        output::print(&output::structured::json(&value))?;
        return Ok(exit::OK);
    }
    let typed = |word: &str| {
        // A flag stands for itself behind `--`.
        let name = word.trim_start_matches('-');
        if argument(name) == name {
            word.to_owned()
        } else {
            argument(word)
        }
    };
    let command: Vec<_> = words.iter().map(|word| typed(word)).collect();
    let command = command.join(" ");
    let labels = labelled::labels(contexts);
    let lines: Vec<_> = labels
        .iter()
        .map(|label| format!("{label}{command}\n"))
        .collect();
    output::print(&lines.concat())?;
    output::note("nothing was run (--dry-run)");
    Ok(exit::OK)
}
