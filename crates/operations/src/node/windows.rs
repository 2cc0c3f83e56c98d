//! Windows has access lists in place of permission bits; a file inherits those of its folder.

use std::io;
use std::path::Path;

/// Nobody can tell: permission bits say nothing there.
pub(super) fn loose_mode(_file: &Path) -> Option<u32> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
pub(super) fn tighten(_file: &Path) -> io::Result<()> {
    Ok(())
}
