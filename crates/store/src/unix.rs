//! What Unix does its own way: modes, owners, attributes, hard links, durable folders.

mod attributes;

use crate::error::StoreError;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown, lchown,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Files made with these options are the owner's alone from their first byte.
pub(crate) fn private(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Creates a file that must not exist yet, for its owner alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Creates one folder for its owner alone.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Gives a file that root made to the owner of its folder: `sudo -E bowline` must not take from its user what is kept
/// in the user's own folder. Where that cannot be, it is root's as any other.
pub(crate) fn hand_over(new: &File, folder: &Path) {
    if let Ok(made) = new.metadata()
        && let Some((owner, group)) = heir(&made, folder)
    {
        let _ = fchown(new, Some(owner), Some(group));
    }
}

/// The same for a folder.
pub(crate) fn hand_over_folder(new: &Path) {
    if let Ok(made) = fs::symlink_metadata(new)
        && let Some(folder) = new.parent()
        && let Some((owner, group)) = heir(&made, folder)
    {
        let _ = lchown(new, Some(owner), Some(group));
    }
}

/// Who is to have what was made in a folder, if it is another than root, whose it is.
fn heir(made: &Metadata, folder: &Path) -> Option<(u32, u32)> {
    if made.uid() != 0 {
        return None;
    }
    let folder = fs::metadata(folder).ok()?;
    (folder.uid() != 0).then(|| (folder.uid(), folder.gid()))
}

/// Takes a folder of ours away from group and others, should somebody have opened it.
pub(crate) fn close_folder(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.mode() & 0o7777;
    if mode & 0o700 == mode {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Makes the names in a folder durable.
///
/// A folder that may be written but not listed cannot be opened for it, and some network file
/// systems know no such request; neither keeps a change from being made.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Puts `from` in the place of `to` in one step.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Whether a failure may be gone in a moment; on Unix none is.
pub(crate) fn is_transient(_error: &io::Error) -> bool {
    false
}

/// How many names a file has.
pub(crate) fn hard_links(metadata: &Metadata) -> u64 {
    metadata.nlink()
}

/// What the system knows of a file's state without reading it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// What names the file whatever its path is.
    #[expect(clippy::unnecessary_wraps, reason = "not every system tells")]
    pub(crate) fn number(&self) -> Option<(u64, u64)> {
        Some((self.device, self.inode))
    }

    /// When the file last changed, in the eyes of its user or of the system.
    pub(crate) fn newest(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.modified.max(self.changed);
        let since = Duration::new(
            u64::try_from(seconds).ok()?,
            u32::try_from(nanoseconds).ok()?,
        );
        UNIX_EPOCH.checked_add(since)
    }
}

/// The mode of a file, as the journal keeps it.
#[expect(clippy::unnecessary_wraps, reason = "other systems have no modes")]
pub(crate) fn mode(metadata: &Metadata) -> Option<u32> {
    Some(metadata.mode() & 0o7777)
}

/// Gives a file a mode.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode & 0o7777))
}

/// Gives `new` the owner, group, mode and attributes of the file it will replace.
///
/// Refused where the owner cannot be kept: a private file would be lost to its owner. Where only
/// the group cannot be kept, the group's permissions go with it: they were meant for another group.
pub(crate) fn keep_identity(
    path: &Path,
    original: &Metadata,
    new: &File,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("set the owner and mode of the new", path, error);
    let made = new.metadata().map_err(failed)?;
    let mut wanted = original.mode() & 0o7777;
    // Writing in place, as kubectl does, would fail here too, except for root.
    if wanted & 0o222 == 0 && made.uid() != 0 {
        return Err(StoreError::ReadOnlyFile {
            path: path.to_path_buf(),
        });
    }
    if (made.uid(), made.gid()) != (original.uid(), original.gid()) {
        match fchown(new, Some(original.uid()), Some(original.gid())) {
            Ok(()) => {}
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                return Err(failed(error));
            }
            Err(_) if made.uid() != original.uid() => {
                return Err(StoreError::Owner {
                    path: path.to_path_buf(),
                    owner: original.uid(),
                });
            }
            Err(_) => wanted &= !0o2070,
        }
    }
    attributes::keep(path, new)?;
    // An access control list has changed it.
    let made = new.metadata().map_err(failed)?;
    if made.mode() & 0o7777 != wanted {
        new.set_permissions(Permissions::from_mode(wanted))
            .map_err(failed)?;
    }
    Ok(())
}

/// A path as bytes, without loss.
pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// The path that [`path_to_bytes`] was given.
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}
