//! What tells on Windows that a file is the same.

use std::fs::Metadata;
use std::os::windows::fs::MetadataExt as _;
use std::time::Duration;
use std::time::UNIX_EPOCH;

/// Size, and the times in steps of 100 ns.
#[derive(Clone, Debug, Hash)]
pub(super) struct Look {
    size: u64,
    made: u64,
    modified: u64,
    written: Duration,
}

impl Look {
    /// When it was last written.
    pub(super) fn written(&self) -> Duration {
        self.written
    }
}

pub(super) fn look(found: &Metadata) -> Option<Look> {
    let written = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    found.is_file().then(|| Look {
        size: found.file_size(),
        made: found.creation_time(),
        modified: found.last_write_time(),
        written,
    })
}
