//! Does what a command says.

use super::command::Command;
use super::globals::Globals;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;

/// Runs the command; its exit code.
pub(super) fn execute(
    _command: &Command,
    _globals: &Globals,
    _environment: &Environment,
) -> Result<u8, CommandError> {
    Err(CommandError::new(
        exit::FAILED,
        "internal error: `bowline config` cannot do this yet",
    ))
}
