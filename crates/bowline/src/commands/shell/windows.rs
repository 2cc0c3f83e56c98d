//! Interrupts of Windows' console.

use std::process::Command;
use std::process::ExitStatus;

use tokio::signal::windows::CtrlBreak;
use tokio::signal::windows::CtrlC;
use tokio::signal::windows::ctrl_break;
use tokio::signal::windows::ctrl_c;

/// Catches what the console sends to all of its programs, as long as the result lives.
pub(super) fn hold_interrupts() -> std::io::Result<(CtrlC, CtrlBreak)> {
    Ok((ctrl_c()?, ctrl_break()?))
}

/// No signal ends a program there.
pub(super) fn signalled(_status: ExitStatus) -> Option<i32> {
    None
}

/// Windows has no exec: this program stays, waits, and hands the exit code on.
pub(super) fn replace(command: &mut Command) -> std::io::Result<u8> {
    Ok(super::code(command.status()?))
}
