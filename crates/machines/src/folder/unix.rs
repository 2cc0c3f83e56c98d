//! What Unix does its own way: modes and owners, durable folders.

use std::fs::File;
use std::fs::Metadata;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::fchown;
use std::path::Path;

use crate::tree::Owner;

/// Permission bits, owner and group. The names are those of another machine, and not known here.
pub(super) fn rights(metadata: &Metadata) -> (Option<u32>, Option<Owner>, Option<Owner>) {
    let owner = |id| Some(Owner { id, name: None });
    (
        Some(metadata.mode() & 0o7777),
        owner(metadata.uid()),
        owner(metadata.gid()),
    )
}

/// Gives `new` owner, group and mode of the file that it will replace. Where the group cannot be kept, its
/// permissions go: they were meant for another group.
pub(super) fn keep_rights(original: &Metadata, new: &File) -> io::Result<()> {
    let mut mode = original.mode() & 0o7777;
    let (uid, gid) = (Some(original.uid()), Some(original.gid()));
    if fchown(new, uid, gid).is_err() && fchown(new, None, gid).is_err() {
        mode &= !0o2070;
    }
    // After the owner: changing that takes bits away.
    new.set_permissions(Permissions::from_mode(mode))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
