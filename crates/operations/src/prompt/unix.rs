//! What tells on Unix that a file is the same.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

/// Device, number, size, and the times of content and inode with their nanoseconds.
#[derive(Clone, Debug, Hash)]
pub(super) struct Look {
    device: u64,
    number: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    /// When it was last written, for sure: programs can set the other time, but not this one.
    pub(super) fn written(&self) -> Duration {
        let (seconds, nanoseconds) = self.changed;
        let seconds = u64::try_from(seconds).unwrap_or_default();
        let nanoseconds = u64::try_from(nanoseconds).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
    }
}

pub(super) fn look(found: &Metadata) -> Option<Look> {
    // A pipe of `<(command)` can be read once.
    found.is_file().then(|| Look {
        device: found.dev(),
        number: found.ino(),
        size: found.size(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}
