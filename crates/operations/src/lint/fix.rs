//! What `lint --fix` does: modes of files, and nothing else.

use std::io;
use std::path::PathBuf;

use super::platform;

/// A change of a file's permission bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The file.
    pub path: PathBuf,
    /// What it has.
    pub from: u32,
    /// What it gets: never more than it has.
    pub to: u32,
}

/// Makes the change, behind a link too.
///
/// # Errors
/// The system's own, for example when the file is somebody else's.
pub fn fix(change: &Fix) -> io::Result<()> {
    platform::set_mode(&change.path, change.to)
}
