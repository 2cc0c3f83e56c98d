//! A copy of a node's files in a folder of this machine, such as a backup.

mod copy;
mod fetch;
mod glob;
mod replace;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

use std::io;
use std::path::Path;
use std::path::PathBuf;

pub(crate) use fetch::fetch;
pub(crate) use replace::replace;

/// Why a copy of a node's files cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is something else.
    #[error(
        "{} is no copy of a MicroK8s node: it has neither var/snap/microk8s, nor current (as /var/snap/microk8s has), nor args or credentials (as /var/snap/microk8s/current has)",
        .folder.display()
    )]
    NotANode {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no such folder or file.
    #[error("{} does not exist", .path.display())]
    NotThere {
        /// The path.
        path: PathBuf,
    },
    /// The system's reason.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// More matches than any node has.
    #[error("{} has more than {limit} files to look at: is it a copy of a MicroK8s node?", .folder.display())]
    TooMany {
        /// The folder.
        folder: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// The path, or a link on the way, does not stay in the folder.
    #[error("{path:?} leads out of the folder: nothing was written")]
    Outside {
        /// The node's path.
        path: String,
    },
    /// A file is not what it was when it was read.
    #[error("{} has changed since it was read: nothing was written; try again", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A link, a folder or something special.
    #[error("{} is not a file: nothing was written", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file that is to be made exists.
    #[error("{} exists already: nothing was written", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder or file system cannot be written.
    #[error("{} cannot be written ({source}): nothing was changed", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The disk or the quota is full.
    #[error("{}: no space is left for it ({source}): nothing was changed; make room", .path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl FolderError {
    fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotThere { path },
            _ => Self::Io { path, source },
        }
    }

    fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { path, source }
            }
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::io(&path, source),
        }
    }
}
