//! Our own files are plain ones.
//!
//! A link in the place of one would lead to a file of somebody else's, and a pipe would be waited for.

use std::path::Path;

/// Whether a path is that of a plain file, or of nothing.
pub(crate) fn is_plain_or_missing(file: &Path) -> bool {
    file.symlink_metadata()
        .map_or(true, |found| found.is_file())
}
