//! Replaces a file in one step, or makes a new one.

use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::FolderError;
use super::copy::Copy;
use super::copy::Location;
use super::copy::Lost;
use super::copy::is_name;
use super::platform;

/// Replaces the file at a path of the node, provided that its bytes still are `expected`; mode and, where the
/// system lets us, owner and group stay. `expected: None` makes a new file that only its owner may read.
///
/// # Errors
/// [`FolderError`]; the file is then as it was.
pub(crate) fn replace(
    folder: &Path,
    path: &str,
    expected: Option<&[u8]>,
    bytes: &[u8],
) -> Result<(), FolderError> {
    let copy = Copy::of(folder)?;
    let target = target(&copy, path)?;
    let parent = target.parent().unwrap_or(folder);
    let original = match expected {
        Some(expected) => Some(unchanged(&target, expected)?),
        None => None,
    };
    let failed = |error| FolderError::writing(&target, error);
    let mut new = tempfile::Builder::new()
        .prefix(".bowline-")
        .suffix(".tmp")
        .tempfile_in(parent)
        .map_err(failed)?;
    new.write_all(bytes).map_err(failed)?;
    if let Some(original) = &original {
        platform::keep_rights(original, new.as_file()).map_err(failed)?;
    }
    new.as_file().sync_all().map_err(failed)?;
    match expected {
        Some(expected) => {
            unchanged(&target, expected)?;
            new.persist(&target).map_err(|error| failed(error.error))?;
        }
        None => {
            new.persist_noclobber(&target)
                .map_err(|error| failed(error.error))?;
        }
    }
    platform::sync_folder(parent).map_err(failed)
}

/// Where a path of the node is on this machine; its last name is not followed.
fn target(copy: &Copy, path: &str) -> Result<PathBuf, FolderError> {
    let outside = || FolderError::Outside {
        path: path.to_owned(),
    };
    let mut names = path
        .strip_prefix('/')
        .ok_or_else(outside)?
        .split('/')
        .filter(|name| !name.is_empty());
    for own in copy.mount() {
        if names.next() != Some(own) {
            return Err(outside());
        }
    }
    let names: Vec<&str> = names.collect();
    let (last, folders) = names.split_last().ok_or_else(outside)?;
    if !names.iter().all(|name| is_name(OsStr::new(name))) {
        return Err(outside());
    }
    let mut at = Location::new();
    for name in folders {
        let (next, metadata) = copy
            .follow(&at, OsStr::new(name))
            .map_err(|lost| match lost {
                Lost::Outside => outside(),
                Lost::Loop => FolderError::NotAFile {
                    path: copy.path(&at, Some(OsStr::new(name))),
                },
                Lost::Io(path, error) => FolderError::io(&path, error),
            })?;
        if !metadata.is_dir() {
            return Err(FolderError::NotAFile {
                path: copy.path(&next, None),
            });
        }
        at = next;
    }
    Ok(copy.path(&at, Some(OsStr::new(last))))
}

/// What the system says of a file whose bytes are the expected ones.
fn unchanged(path: &Path, expected: &[u8]) -> Result<Metadata, FolderError> {
    let changed = || FolderError::Changed {
        path: path.to_path_buf(),
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => changed(),
        _ => FolderError::io(path, error),
    };
    let metadata = fs::symlink_metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(FolderError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    let size = u64::try_from(expected.len()).map_err(|_| changed())?;
    if metadata.len() != size {
        return Err(changed());
    }
    let mut found = Zeroizing::new(Vec::with_capacity(expected.len().saturating_add(1)));
    let file = File::open(path).map_err(failed)?;
    file.take(size.saturating_add(1))
        .read_to_end(&mut found)
        .map_err(failed)?;
    if *found == expected {
        Ok(metadata)
    } else {
        Err(changed())
    }
}
