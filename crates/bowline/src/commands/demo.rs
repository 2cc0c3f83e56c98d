//! `bowline demo`.

use crate::error::CommandError;

pub(crate) fn run() -> Result<u8, CommandError> {
    Err(CommandError::new(crate::exit::FAILED, "not yet"))
}
