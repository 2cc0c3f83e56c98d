//! Becomes kubectl.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;

use crate::error::CommandError;
use crate::exit;
use crate::kubectl::find::nested;

/// Runs kubectl in place of this program: on Unix the process becomes kubectl, so that signals, the terminal
/// and the exit code are its own. Returns only where that is not possible.
pub(crate) fn become_kubectl(
    kubectl: &Path,
    arguments: &[OsString],
    kubeconfig: Option<OsString>,
) -> ExitCode {
    let mut command = Command::new(kubectl);
    command.args(arguments);
    match nested() {
        Ok((name, depth)) => command.env(name, depth),
        Err(error) => return ExitCode::from(error.report()),
    };
    if let Some(list) = kubeconfig {
        command.env("KUBECONFIG", list);
    }
    let error = match replace(&mut command) {
        Ok(code) => return code,
        Err(error) => error,
    };
    let message = format!("{} cannot be run: {error}", kubectl.display());
    ExitCode::from(CommandError::new(exit::NO_KUBECTL, message).report())
}

#[cfg(unix)]
fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Windows has no exec: this program stays in front of kubectl, in the same console, and waits.
///
/// Ctrl-C and Ctrl-Break reach every program of a console. They are kubectl's: were this program to end by them, the
/// shell would go on, and kubectl would write into its prompt. A listener that is never asked is what keeps it alive.
#[cfg(windows)]
fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    let _interrupt = tokio::signal::windows::ctrl_c();
    let _break = tokio::signal::windows::ctrl_break();
    let code = command.status()?.code();
    leave(code.unwrap_or(i32::from(exit::FAILED)))
}

/// Ends with an exit code of 32 bits (`ExitCode` has 8: 0xC000013A, ended by Ctrl-C, would be another).
#[cfg(windows)]
#[expect(
    clippy::exit,
    reason = "nothing else ends with such a code, and nothing is left to be done"
)]
fn leave(code: i32) -> ! {
    std::process::exit(code)
}

#[cfg(not(any(unix, windows)))]
fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    let code = command.status()?.code().unwrap_or(i32::from(exit::FAILED));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(exit::FAILED)))
}
