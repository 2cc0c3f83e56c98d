//! What Windows does its own way: files have neither modes nor numbered owners, and names become durable with
//! the file itself.

use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::path::Path;

use crate::tree::Owner;

/// Unknown.
pub(super) fn rights(_metadata: &Metadata) -> (Option<u32>, Option<Owner>, Option<Owner>) {
    (None, None, None)
}

/// A new file inherits the access list of its folder.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(super) fn keep_rights(_original: &Metadata, _new: &File) -> io::Result<()> {
    Ok(())
}

/// A folder cannot be flushed without privilege.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
