//! What Windows does its own way: files that are open elsewhere cannot be replaced for a moment.

use crate::error::StoreError;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// Renames are tried this often, with pauses that double from 1 ms to 64 ms: about half a second.
const RENAMES: u32 = 13;

/// A new file inherits the access list of its folder, which in a profile is the user's own.
pub(crate) fn private(_options: &mut OpenOptions) {}

/// Creates a file that must not exist yet.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Creates one folder.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// A new file is of whoever owns its folder by the access list that it inherits.
pub(crate) fn hand_over(_new: &File, _folder: &Path) {}

/// The same for a folder.
pub(crate) fn hand_over_folder(_new: &Path) {}

/// Folders inherit the access list of the profile.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(crate) fn close_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Windows makes names durable with the file itself; a folder cannot be flushed without privilege.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts `from` in the place of `to` in one step, waiting for readers and virus scanners that hold
/// either open.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut pause = Duration::from_millis(1);
    let mut tries = 1;
    loop {
        match fs::rename(from, to) {
            Err(error) if is_transient(&error) && tries < RENAMES => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(64));
                tries += 1;
            }
            result => return result,
        }
    }
}

/// Whether a failure may be gone in a moment: access denied (a file being deleted or scanned),
/// sharing and lock violations.
pub(crate) fn is_transient(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// The standard library does not tell on Windows; NTFS hard links between kubeconfigs are all but
/// unknown.
pub(crate) fn hard_links(_metadata: &Metadata) -> u64 {
    1
}

/// What the system knows of a file's state without reading it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            len: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// Unknown to the standard library.
    #[expect(clippy::unused_self, reason = "the same signature as on Unix")]
    pub(crate) fn number(&self) -> Option<(u64, u64)> {
        None
    }

    /// Unknown: the standard library tells neither a file's number nor when the system last changed
    /// it, so that the stamp proves nothing.
    #[expect(clippy::unused_self, reason = "the same signature as on Unix")]
    pub(crate) fn newest(&self) -> Option<SystemTime> {
        None
    }
}

/// Files have no modes.
pub(crate) fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Files have no modes.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(crate) fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// A replaced file keeps its read-only mark by not being replaced; owner and access list follow the
/// folder.
pub(crate) fn keep_identity(
    path: &Path,
    original: &Metadata,
    _new: &File,
) -> Result<(), StoreError> {
    if original.permissions().readonly() {
        return Err(StoreError::ReadOnlyFile {
            path: path.to_path_buf(),
        });
    }
    Ok(())
}

/// A path as bytes, without loss: UTF-16, little endian.
pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// The path that [`path_to_bytes`] was given.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the same signature as on Unix"
)]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    let (units, _) = bytes.as_chunks::<2>();
    let wide: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    PathBuf::from(OsString::from_wide(&wide))
}
