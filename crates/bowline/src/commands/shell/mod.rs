//! `bowline shell`: a shell with a session of its own.
//!
//! The session is the child's, by its process number, so that it lives as long as the shell even where this program is
//! killed. A process knows its number only when it runs: the child is this program, which makes its session and
//! then becomes the shell.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitStatus;

use operations::choose::Selection;
use operations::kubeconfigs::KubeconfigError;
use operations::session::Shell;

use super::block_on;
use super::choose::Terminal;
use super::session;
use super::use_::chosen;
use crate::cli::shell::ShellArgs;
use crate::environment::Environment;
use crate::environment::find_program;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// What an enclosing shell told of itself is not about this one.
const ENCLOSING: [&str; 2] = ["BOWLINE_SHELL_PID", "BOWLINE_SHELL_START"];

/// Starts the shell and waits for it.
pub(crate) fn run(arguments: &ShellArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let terminal = Terminal::open(&environment, false)?;
    let current = terminal.current().map(|current| current.selection);
    if terminal.is_lost() {
        output::note(&KubeconfigError::SessionGone.to_string());
    }
    let (typed, namespace) = (arguments.context.as_deref(), arguments.namespace.clone());
    let selection = match (current, typed, &namespace) {
        (Some(current), None, None) => current,
        _ => chosen(&environment, &terminal, typed, namespace)?,
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["session", "become"]);
    if let Some(namespace) = &selection.namespace {
        command.arg(format!("--namespace={namespace}"));
    }
    command.arg("--").arg(&selection.context);
    for name in ENCLOSING {
        command.env_remove(name);
    }
    let status = block_on(wait(command))??;
    session::sweep();
    Ok(code(status))
}

/// Waits for a program; what a user interrupts there is not this program.
async fn wait(command: Command) -> std::io::Result<ExitStatus> {
    let _held = system::hold_interrupts()?;
    tokio::process::Command::from(command).spawn()?.wait().await
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| system::signalled(status));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(exit::FAILED)
}

/// Makes a session for this process and becomes the shell.
pub(crate) fn become_shell(
    environment: &Environment,
    context: &str,
    namespace: Option<&str>,
) -> Result<u8, CommandError> {
    let now = operations::world::now().as_millis().to_string();
    let shell = Shell::of(std::process::id(), Some(&now)).ok_or_else(|| {
        CommandError::new(
            exit::FAILED,
            "the system does not tell when this process started, so it cannot have a session",
        )
    })?;
    let selection = Selection {
        context: context.to_owned(),
        namespace: namespace.map(str::to_owned),
    };
    let mut terminal = Terminal::of_shell(environment, shell)?;
    let list = terminal.choose(&selection)?;
    let program = program();
    let mut command = Command::new(&program);
    if let Some(list) = list {
        command.env("KUBECONFIG", list);
    }
    if let Some(file) = terminal.session_file() {
        command.env(session::SESSION, file);
    }
    system::replace(&mut command).map_err(|error| {
        CommandError::new(
            exit::FAILED,
            format!("the shell {} cannot be run: {error}", program.display()),
        )
    })
}

/// The user's shell.
fn program() -> PathBuf {
    if cfg!(windows) {
        let found = ["pwsh", "powershell"]
            .iter()
            .find_map(|name| find_program(name, |_| true));
        return found.unwrap_or_else(|| {
            PathBuf::from(variable("ComSpec").unwrap_or_else(|| OsString::from("cmd.exe")))
        });
    }
    PathBuf::from(variable("SHELL").unwrap_or_else(|| OsString::from("/bin/sh")))
}
