//! Modes and owners of Unix.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::tree::Owner;

/// Whether a name of the machine can be one here.
pub(super) fn is_name(_: &str) -> bool {
    true
}

/// Mode, owner and group. The names belong to the machine that the copy is of, so only numbers are known.
pub(super) fn rights(metadata: &fs::Metadata) -> (Option<u32>, Option<Owner>, Option<Owner>) {
    let number = |id| Some(Owner { id, name: None });
    (
        Some(metadata.mode() & 0o7777),
        number(metadata.uid()),
        number(metadata.gid()),
    )
}

/// How many names the file has.
pub(super) fn links(metadata: &fs::Metadata) -> u64 {
    metadata.nlink()
}

/// Gives a new file the owner and the mode of the old one.
pub(super) fn take_after(fresh: &Path, old: &fs::Metadata) -> io::Result<()> {
    let new = fs::symlink_metadata(fresh)?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        std::os::unix::fs::chown(fresh, Some(old.uid()), Some(old.gid()))?;
    }
    fs::set_permissions(fresh, fs::Permissions::from_mode(old.mode() & 0o7777))
}

/// Makes a rename last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
