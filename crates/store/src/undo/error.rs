//! Why a change could not be taken back.

use crate::delta::Delta;
use crate::error::StoreError;
use crate::fingerprint::Fingerprint;
use std::fmt;
use std::path::PathBuf;

/// Why [`Store::undo`](crate::Store::undo) or [`Store::redo`](crate::Store::redo) did not take a
/// change back. No file was touched, but for [`UndoError::Unfinished`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// The change was taken back before.
    #[error("change {number} is already undone, by {by}; bowline redo {number} brings it back")]
    AlreadyUndone {
        /// The change.
        number: u64,
        /// The undo.
        by: u64,
    },

    /// The undo was taken back before.
    #[error("what {number} undid is there again already, by {by}; bowline undo {by} takes it back")]
    AlreadyRedone {
        /// The undo.
        number: u64,
        /// What took it back.
        by: u64,
    },

    /// Files are no longer as the change left them.
    #[error("cannot undo {number}: {}", Files(files))]
    Changed {
        /// The change.
        number: u64,
        /// Each file that is in the way: what it was, what it is, what the change did.
        files: Vec<ChangedFile>,
    },

    /// The change replaced credentials because they were worth nothing any more.
    #[error(
        "change {number} replaced credentials, and undoing it would bring the old ones back, which may no longer work; bowline undo {number} --reinstate does it all the same"
    )]
    Credentials {
        /// The change.
        number: u64,
    },

    /// The entry's bytes do not lead back to the state that it recorded.
    #[error("cannot undo {number}: its journal entry about {} is damaged", path.display())]
    Damaged {
        /// The change.
        number: u64,
        /// The file.
        path: PathBuf,
    },

    /// The bytes of the change were deleted from the journal.
    #[error(
        "cannot undo {number}: its content was deleted from the journal because of a secret in it"
    )]
    Forgotten {
        /// The change.
        number: u64,
    },

    /// There is no such change.
    #[error("there is no change {number}; bowline history lists them")]
    NoSuchGroup {
        /// What was asked for.
        number: u64,
    },

    /// The change was written down, but its process ended before it was made.
    #[error("change {number} never happened: the file was not replaced")]
    NotDone {
        /// The change.
        number: u64,
    },

    /// Nothing was changed yet, or everything is undone.
    #[error("there is nothing to undo")]
    Nothing,

    /// No undo stands.
    #[error("there is nothing to redo")]
    NothingUndone,

    /// The change to be redone stands.
    #[error("change {number} is not undone")]
    NotUndone {
        /// The change.
        number: u64,
    },

    /// The files could not be read, locked or replaced.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// Some files were taken back, and then one could not be.
    #[error(
        "{source}; {} already undone, bowline undo {number} finishes it",
        Paths(done)
    )]
    Unfinished {
        /// The change.
        number: u64,
        /// The files that are as before.
        done: Vec<PathBuf>,
        /// What happened to the next.
        source: StoreError,
    },
}

/// A file that is no longer as a change left it.
#[derive(Clone, Debug)]
pub struct ChangedFile {
    /// The file, behind all links.
    pub path: PathBuf,
    /// What it was after the change; `None` when the change removed it.
    pub expected: Option<Fingerprint>,
    /// What it is now; `None` when there is none.
    pub found: Option<Fingerprint>,
    /// What the change did, in offsets of the file before it. The bytes may be secret.
    pub changes: Vec<Delta>,
}

struct Files<'a>(&'a [ChangedFile]);

impl fmt::Display for Files<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, file) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "; " };
            write!(f, "{comma}{} ", file.path.display())?;
            match (file.expected, file.found) {
                (None, _) => f.write_str("exists again since the change removed it")?,
                (Some(_), None) => f.write_str("no longer exists")?,
                (Some(then), Some(now)) if then.len == now.len => {
                    write!(f, "was changed since, still {} bytes", now.len)?;
                }
                (Some(then), Some(now)) => {
                    write!(
                        f,
                        "was changed since, from {} to {} bytes",
                        then.len, now.len
                    )?;
                }
            }
        }
        Ok(())
    }
}

struct Paths<'a>(&'a [PathBuf]);

impl fmt::Display for Paths<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, path) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{}", path.display())?;
        }
        f.write_str(if self.0.len() == 1 { " is" } else { " are" })
    }
}
