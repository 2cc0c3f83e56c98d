//! A temporary file that takes the place of another in one step, and folders that vanish again when
//! nothing came of it.

use crate::error::StoreError;
use crate::fingerprint;
use crate::platform;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What temporary files of ours begin and end with.
const PREFIX: &str = ".bowline-";
const SUFFIX: &str = ".tmp";

/// What ours end with that are, or were, lock files.
const LOCK_SUFFIX: &str = ".lock";

/// No write takes this long; whatever is older was left by a process that died.
const ABANDONED: Duration = Duration::from_hours(1);

/// A file beside its target; removed when dropped before it took the target's place.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    target: PathBuf,
    /// `None` once the file is to be renamed or removed: Windows does neither to an open file at
    /// all times.
    file: Option<File>,
    placed: bool,
}

impl Temporary {
    /// Creates an empty file beside `target`, for its owner alone.
    pub(crate) fn beside(target: &Path) -> Result<Temporary, StoreError> {
        loop {
            let path = unused(target, SUFFIX);
            match platform::create_private(&path) {
                Ok(file) => {
                    return Ok(Temporary {
                        path,
                        target: target.to_path_buf(),
                        file: Some(file),
                        placed: false,
                    });
                }
                // Left by a dead process that had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::create("write", target, error)),
            }
        }
    }

    /// [`Temporary::beside`] for a file of ours, which is its folder's owner's.
    pub(crate) fn of_ours(target: &Path) -> Result<Temporary, StoreError> {
        let temporary = Temporary::beside(target)?;
        if let (Some(file), Some(folder)) = (&temporary.file, target.parent()) {
            platform::hand_over(file, folder);
        }
        Ok(temporary)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.with("write", |mut file| file.write_all(bytes))
    }

    /// Where the bytes go; an error once the file is closed.
    pub(crate) fn writer(&mut self) -> impl io::Write {
        Writer(self.file.as_ref())
    }

    /// Gives the new file owner, mode and attributes of the one it will replace.
    pub(crate) fn keep_identity(&self, original: &Metadata) -> Result<(), StoreError> {
        match &self.file {
            Some(file) => platform::keep_identity(&self.target, original, file),
            None => Ok(()),
        }
    }

    /// Gives the new file the mode that the journal kept.
    pub(crate) fn set_mode(&self, mode: u32) -> Result<(), StoreError> {
        self.with("set the mode of", |file| platform::set_mode(file, mode))
    }

    /// Makes the bytes durable.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.with("make durable", File::sync_all)
    }

    /// Takes the place of `target`, which need not be the one the file was created for but must be
    /// in its folder.
    pub(crate) fn take_place_of(mut self, target: &Path) -> Result<(), StoreError> {
        drop(self.file.take());
        platform::rename(&self.path, target)
            .map_err(|error| StoreError::create("replace", target, error))?;
        self.placed = true;
        Ok(())
    }

    fn with(
        &self,
        action: &'static str,
        work: impl FnOnce(&File) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        match &self.file {
            Some(file) => work(file).map_err(|error| StoreError::io(action, &self.target, error)),
            None => Ok(()),
        }
    }
}

struct Writer<'a>(Option<&'a File>);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(file) => file.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.placed {
            drop(self.file.take());
            // Nothing more can be done here; the next update removes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what dead processes left beside `target`.
///
/// To be called with the locks of `target` held: then no living process has a temporary file for
/// it. Those of other targets may be in use, unless they are old.
pub(crate) fn remove_leftovers(target: &Path) {
    let Some(entries) = target.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
        return;
    };
    let ours = prefix(target);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name
            .to_str()
            .filter(|name| name.starts_with(PREFIX))
            .filter(|name| name.ends_with(SUFFIX) || name.ends_with(LOCK_SUFFIX))
        else {
            continue;
        };
        let old = || {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            modified
                .ok()
                .and_then(|at| at.elapsed().ok())
                .is_some_and(|age| age > ABANDONED)
        };
        if name.starts_with(&ours) || old() {
            // Litter is no reason to refuse a change. It may be a folder of new files.
            let path = entry.path();
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }
}

/// Whether there are temporary files for `target`.
pub(crate) fn has_leftovers(target: &Path) -> bool {
    let entries = target.parent().and_then(|folder| fs::read_dir(folder).ok());
    let ours = prefix(target);
    entries.is_some_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(&ours))
        })
    })
}

/// A new name beside `folder`, for what becomes it.
pub(crate) fn staged(folder: &Path) -> PathBuf {
    unused(folder, SUFFIX)
}

/// A new name beside `lock`, for a lock file that is none yet or no more.
pub(crate) fn lock_aside(lock: &Path) -> PathBuf {
    unused(lock, LOCK_SUFFIX)
}

/// A new name beside `target`.
fn unused(target: &Path, suffix: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let (prefix, process) = (prefix(target), std::process::id());
    target.with_file_name(format!("{prefix}{process}-{count}{suffix}"))
}

/// What the temporary files for one target begin with.
fn prefix(target: &Path) -> String {
    let name = target
        .file_name()
        .map(|name| platform::path_to_bytes(Path::new(name)))
        .unwrap_or_default();
    format!("{PREFIX}{:016x}-", fingerprint::hash(&name))
}

/// Folders that were made for a file; removed again unless the file came to be.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    made: Vec<PathBuf>,
}

impl Folders {
    /// Creates `folder` and what is missing above it, for their owner alone.
    pub(crate) fn create(folder: &Path) -> Result<Folders, StoreError> {
        let mut missing = Vec::new();
        let mut current = Some(folder);
        while let Some(path) = current
            && !path.as_os_str().is_empty()
            && !path.exists()
        {
            missing.push(path);
            current = path.parent();
        }
        let mut folders = Folders::default();
        for path in missing.into_iter().rev() {
            match platform::create_private_folder(path) {
                Ok(()) => {
                    platform::hand_over_folder(path);
                    folders.made.push(path.to_path_buf());
                }
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(error) => return Err(StoreError::create("create the folder", path, error)),
            }
        }
        Ok(folders)
    }

    /// Keeps the folders, and makes their names durable.
    pub(crate) fn keep(mut self) -> Result<(), StoreError> {
        for folder in std::mem::take(&mut self.made) {
            if let Some(parent) = folder.parent() {
                platform::sync_folder(parent)
                    .map_err(|error| StoreError::io("make durable", parent, error))?;
            }
        }
        Ok(())
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in self.made.drain(..).rev() {
            // Only an empty folder is removed; whoever put something there keeps it.
            let _ = fs::remove_dir(folder);
        }
    }
}
