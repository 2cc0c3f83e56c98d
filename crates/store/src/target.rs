//! Which file a path really names.

use crate::error::StoreError;
use crate::platform;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// As many links in a row as Linux follows.
const MOST_LINKS: u32 = 40;

/// A path as it was spelled, and the file it leads to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// The path as it was given, for messages.
    pub(crate) given: PathBuf,
    /// The given name in its true folder.
    spelled: PathBuf,
    /// The file behind all links; it need not exist.
    pub(crate) resolved: PathBuf,
    /// The true folder of `resolved`; it need not exist.
    pub(crate) folder: PathBuf,
}

impl Target {
    /// Follows symbolic links to the file that is to be replaced.
    ///
    /// A link to nothing leads to the file it would create.
    pub(crate) fn resolve(path: &Path) -> Result<Target, StoreError> {
        let failed = |error| StoreError::io("resolve", path, error);
        let given = path.to_path_buf();
        if path.as_os_str().is_empty() {
            return Err(StoreError::NoFileName { path: given });
        }
        // `/dev/stdin` is a link whose target is no path, where it is a pipe.
        if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Err(StoreError::NotAFile { path: given });
        }
        let mut current = std::path::absolute(path).map_err(failed)?;
        let mut spelled = None;
        for _ in 0..MOST_LINKS {
            let (Some(folder), Some(name)) = (current.parent(), current.file_name()) else {
                return Err(StoreError::NoFileName { path: given });
            };
            let folder = true_folder(folder).map_err(failed)?;
            let file = folder.join(name);
            let spelled = spelled.get_or_insert_with(|| file.clone());
            match fs::symlink_metadata(&file) {
                Ok(metadata) if metadata.is_symlink() => {
                    current = folder.join(fs::read_link(&file).map_err(failed)?);
                }
                Ok(metadata) if metadata.is_dir() => {
                    return Err(StoreError::Folder { path: given });
                }
                Ok(metadata) if !metadata.is_file() => {
                    return Err(StoreError::NotAFile { path: given });
                }
                Ok(_) => {
                    // Once more as a whole: on file systems that ignore case this gives the name
                    // its true spelling.
                    let resolved = fs::canonicalize(&file).map_err(failed)?;
                    return Ok(Target {
                        given,
                        spelled: spelled.clone(),
                        resolved,
                        folder,
                    });
                }
                // An open file that was deleted: its link names what is no longer there.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && fs::metadata(path).is_ok() =>
                {
                    return Err(StoreError::NotAFile { path: given });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Target {
                        given,
                        spelled: spelled.clone(),
                        resolved: file,
                        folder,
                    });
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Err(StoreError::LinkLoop { path: given })
    }

    /// kubectl's lock files for this target: beside the path as spelled, and beside the resolved
    /// file where that is another.
    pub(crate) fn kubectl_locks(&self) -> Vec<PathBuf> {
        let beside = |path: &Path| {
            let mut name = path
                .file_name()
                .map(OsStr::to_os_string)
                .unwrap_or_default();
            name.push(".lock");
            path.with_file_name(name)
        };
        let mut locks = vec![beside(&self.spelled)];
        if self.resolved != self.spelled {
            locks.push(beside(&self.resolved));
        }
        locks
    }

    /// A name for this target that has the same meaning in every process.
    pub(crate) fn key(&self) -> u64 {
        crate::fingerprint::hash(&platform::path_to_bytes(&self.resolved))
    }
}

/// The folder without links; what does not exist of it keeps its spelling.
fn true_folder(folder: &Path) -> io::Result<PathBuf> {
    let mut missing = Vec::<OsString>::new();
    let mut existing = folder;
    loop {
        match fs::canonicalize(existing) {
            Ok(mut path) => {
                path.extend(missing.iter().rev());
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // `..` after a folder that does not exist means nothing.
                let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
                    return Err(error);
                };
                missing.push(name.to_os_string());
                existing = parent;
            }
            Err(error) => return Err(error),
        }
    }
}
