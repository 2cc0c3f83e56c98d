//! Everything that can go wrong, each with the file it is about.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a file could not be read or changed.
///
/// The file is as it was, with one exception: when the system refuses to make its folder durable
/// after the replacement ([`StoreError::Io`], "make durable"), the new file is there, but might not
/// survive a power cut.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An extended attribute, access control list or label of the file cannot be given to a new
    /// one, and replacing the file would lose it.
    #[error("{} carries the attribute {name}, which cannot be kept when it is changed ({source}); remove the attribute, or change the file as a user who may set it", path.display())]
    Attribute {
        /// The file to be changed.
        path: PathBuf,
        /// The attribute's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },

    /// Another bowline held our lock for longer than the wait.
    #[error("{} is being changed by another bowline (waited {:.1} s for it)", path.display(), waited.as_secs_f64())]
    Busy {
        /// The file to be changed.
        path: PathBuf,
        /// How long the lock was waited for.
        waited: Duration,
    },

    /// Programs that take no lock kept writing the file while it was to be changed.
    #[error("{} kept changing while bowline was writing it; another program does not take the lock", path.display())]
    Contended {
        /// The file to be changed.
        path: PathBuf,
    },

    /// A journal entry cannot be understood.
    #[error("the journal entry {} is damaged: {reason}", path.display())]
    DamagedEntry {
        /// The entry's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The path names a folder.
    #[error("{} is a folder, not a file", path.display())]
    Folder {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The file has other names (hard links); replacing it would leave them with the old content.
    #[error("{} has {links} names (hard links), and replacing it would leave the others with the old content; make the others symbolic links: ln -sf {} OTHER", path.display(), path.display())]
    HardLinked {
        /// The file to be changed.
        path: PathBuf,
        /// How many names it has.
        links: u64,
    },

    /// Any other failure of the operating system.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// kubectl's lock file was there for longer than the wait.
    #[error("{} is locked by {}{}{}; if no kubectl is running: bowline unlock {}",
        path.display(), lock.display(), OwnedBy(*owner), Aged(*age), path.display())]
    Locked {
        /// The file to be changed.
        path: PathBuf,
        /// The lock file that is in the way.
        lock: PathBuf,
        /// How old it is, where the file system tells.
        age: Option<Duration>,
        /// The process of the bowline that left it; `None` when it is not one of ours.
        owner: Option<u32>,
    },

    /// Symbolic links lead back to themselves.
    #[error("{} is a symbolic link that leads nowhere: too many links in a row", path.display())]
    LinkLoop {
        /// The path as it was given.
        path: PathBuf,
    },

    /// Something is mounted on the file itself, as containers do with single files; it cannot be
    /// replaced from within.
    #[error("{} is mounted by itself (a bind mount), so it cannot be replaced; mount its folder instead, or change it outside", path.display())]
    MountPoint {
        /// The file to be changed.
        path: PathBuf,
    },

    /// The journal was written by a newer bowline.
    #[error("{} was written by a newer bowline (journal version {version}, this one knows {known}); update bowline", path.display())]
    NewerJournal {
        /// The newest entry's file.
        path: PathBuf,
        /// Its version.
        version: u64,
        /// The newest version that this program knows.
        known: u64,
    },

    /// The path does not end in a file name.
    #[error("\"{}\" does not name a file", path.display())]
    NoFileName {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The disk or a quota is full.
    #[error("no space left to {action} {}: {source}", path.display())]
    NoSpace {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A new file was to be written where there is one.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },

    /// The path names a device, pipe or socket, which cannot be replaced.
    #[error("{} is a device, pipe or socket: it can be read, but not changed", path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
    },

    /// Replacing the file would give it to another user.
    #[error("{} belongs to user {owner}, and this user may not write a file on their behalf", path.display())]
    Owner {
        /// The file to be changed.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
    },

    /// The file is marked read-only.
    #[error("{} is read-only; make it writable to have it changed", path.display())]
    ReadOnlyFile {
        /// The file to be changed.
        path: PathBuf,
    },

    /// The file is on a file system that is mounted read-only.
    #[error("cannot {action} {}: it is on a read-only file system", path.display())]
    ReadOnlyFileSystem {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
    },

    /// The folder of the file cannot be written to.
    #[error("cannot {action} {}: its folder cannot be written to ({source})", path.display())]
    ReadOnlyFolder {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A caller described a change by ranges that do not ascend or are not in the file.
    #[error("cannot change {}: the change does not fit the file", path.display())]
    Segments {
        /// The file to be changed.
        path: PathBuf,
    },

    /// The file is larger than any kubeconfig could be.
    #[error("{} is larger than {} MiB: not a kubeconfig", path.display(), limit >> 20)]
    TooLarge {
        /// The path as it was given.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },

    /// The file may not be read.
    #[error("{} may not be read: {source}", path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The file never held still for long enough to be read whole.
    #[error("{} keeps changing while it is read", path.display())]
    Unsettled {
        /// The path as it was given.
        path: PathBuf,
    },
}

impl StoreError {
    /// A failure of the system, with its kind told apart where a user can act on it.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> StoreError {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::NoSpace {
                action,
                path,
                source,
            },
            _ => StoreError::Io {
                action,
                path,
                source,
            },
        }
    }

    /// A failure to create something in the folder of `path`.
    pub(crate) fn create(action: &'static str, path: &Path, source: io::Error) -> StoreError {
        match source.kind() {
            io::ErrorKind::PermissionDenied => StoreError::ReadOnlyFolder {
                action,
                path: path.to_path_buf(),
                source,
            },
            io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnlyFileSystem {
                action,
                path: path.to_path_buf(),
            },
            io::ErrorKind::ResourceBusy => StoreError::MountPoint {
                path: path.to_path_buf(),
            },
            _ => StoreError::io(action, path, source),
        }
    }

    /// Whether the system refused to begin, so that nothing can have happened.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            StoreError::MountPoint { .. }
                | StoreError::NoSpace { .. }
                | StoreError::ReadOnlyFileSystem { .. }
                | StoreError::ReadOnlyFolder { .. }
        )
    }
}

/// Why [`Store::update`](crate::Store::update) did not change a file.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError<E> {
    /// The file could not be read, locked or replaced.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The caller's own change failed; nothing was written.
    #[error(transparent)]
    Change(E),
}

/// The end of "is locked by X": who left the lock, where that is known.
struct OwnedBy(Option<u32>);

impl std::fmt::Display for OwnedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, ", left by bowline process {pid}"),
            None => Ok(()),
        }
    }
}

/// How long ago the lock was made, in the largest unit that fits.
struct Aged(Option<Duration>);

impl std::fmt::Display for Aged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(age) = self.0 else { return Ok(()) };
        match age.as_secs() {
            seconds @ 0..120 => write!(f, ", {seconds} s old"),
            seconds @ 120..7200 => write!(f, ", {} min old", seconds / 60),
            seconds @ 7200..172_800 => write!(f, ", {} h old", seconds / 3600),
            seconds => write!(f, ", {} days old", seconds / 86_400),
        }
    }
}
