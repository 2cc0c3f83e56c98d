//! Windows: no modes, no owners.

use std::fs;
use std::io;
use std::path::Path;

use crate::tree::Owner;

/// Whether a name of the machine can be one here: no drive, no second separator.
pub(super) fn is_name(name: &str) -> bool {
    !name.contains(['\\', ':'])
}

pub(super) fn rights(_: &fs::Metadata) -> (Option<u32>, Option<Owner>, Option<Owner>) {
    (None, None, None)
}

pub(super) fn links(_: &fs::Metadata) -> u64 {
    1
}

/// A new file takes after its folder.
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
pub(super) fn take_after(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// A folder cannot be opened as a file there.
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
