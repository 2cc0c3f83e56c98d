//! Why a command was not done.

use crate::exit;

/// The line that follows `error: `, in kubectl's words where kubectl refuses too.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    message: String,
    pub(super) exit: u8,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit: exit::FAILED,
        }
    }

    /// One that kubectl, which does not know of a terminal's own choice, does not have.
    pub(super) fn ours(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit: exit::BAD_INPUT,
        }
    }
}
