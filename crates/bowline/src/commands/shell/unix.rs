//! Signals of Unix.

use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::process::ExitStatus;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

/// Catches what the terminal sends to all of its programs, as long as the result lives. The child starts with the
/// usual effect of them.
pub(super) fn hold_interrupts() -> std::io::Result<[Signal; 2]> {
    Ok([
        signal(SignalKind::interrupt())?,
        signal(SignalKind::quit())?,
    ])
}

/// The exit code by which shells say that a signal ended a program.
pub(super) fn signalled(status: ExitStatus) -> Option<i32> {
    Some(128 + status.signal()?)
}

/// Becomes a program; returns only where that is not possible.
pub(super) fn replace(command: &mut Command) -> std::io::Result<u8> {
    Err(command.exec())
}
