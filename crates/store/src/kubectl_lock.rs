//! kubectl's lock: a file `FILE.lock` that only one process can create.
//!
//! client-go creates it with `O_CREAT|O_EXCL` and deletes it when done
//! (`tools/clientcmd/config.go`, `lockFile`). It carries no owner, and a killed kubectl leaves it
//! behind. Ours names its process and the advisory lock that the process holds: where nobody holds
//! that any more, the process is dead, and its lock file is broken.

use crate::error::StoreError;
use crate::fingerprint::hash;
use crate::lock::{OwnLock, Wait};
use crate::platform::{self, Stamp};
use crate::replace::{has_leftovers, lock_aside, remove_leftovers};
use crate::target::Target;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What our lock files begin with, followed by the process number, the state folder and the
/// advisory lock.
const OURS: &str = "bowline ";

/// The advisory lock that is held by who breaks a lock file.
const BREAK: &str = "break.lock";

/// Who takes lock files: a bowline that holds an advisory lock in a state folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder<'a> {
    /// The folder of advisory locks.
    pub(crate) locks: &'a Path,
    /// The name in it of the one that is held.
    pub(crate) own: &'a str,
}

impl Holder<'_> {
    /// What a lock file of ours says.
    fn text(&self) -> String {
        let (state, own) = (state(self.locks), self.own);
        format!("{OURS}{} {state:016x} {own}\n", std::process::id())
    }
}

/// Every lock that kubectl could look for before it changes the same file; removed when dropped.
#[derive(Debug)]
pub(crate) struct KubectlLock {
    held: Vec<PathBuf>,
}

impl KubectlLock {
    /// Creates the lock files, waiting for each that exists until the time is up. One that a dead
    /// bowline left is broken.
    pub(crate) fn take(
        target: &Target,
        holder: Holder<'_>,
        mut wait: Wait,
    ) -> Result<KubectlLock, StoreError> {
        let mut lock = KubectlLock { held: Vec::new() };
        for path in target.kubectl_locks() {
            sweep(&path, holder.locks);
            loop {
                match create(&path, &holder.text()) {
                    Ok(()) => {
                        lock.held.push(path);
                        break;
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        let dead = LockFile::look(&path).is_some_and(|found| {
                            found.is_dead(holder) && found.shatter(holder.locks)
                        });
                        if !dead && !wait.again() {
                            return Err(locked(target, path));
                        }
                    }
                    // Windows denies access to a file that is being deleted.
                    Err(error) if platform::is_transient(&error) && wait.again() => {}
                    Err(error) => return Err(StoreError::create("create the lock", &path, error)),
                }
            }
        }
        Ok(lock)
    }
}

impl Drop for KubectlLock {
    fn drop(&mut self) {
        for path in self.held.drain(..).rev() {
            // Whoever deleted it before us did our work.
            let _ = fs::remove_file(path);
        }
    }
}

/// Creates a lock file that says `text` from its first moment, so that one who is killed leaves none
/// whose owner nobody can know.
fn create(lock: &Path, text: &str) -> io::Result<()> {
    if fs::symlink_metadata(lock).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let unnamed = lock_aside(lock);
    let linked = platform::create_private(&unnamed)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::hard_link(&unnamed, lock));
    let _ = fs::remove_file(&unnamed);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // A file system without links, or a full disk. Only the name of the file excludes; it may
            // stay empty, as kubectl's does.
            let mut file = platform::create_private(lock)?;
            let _ = file.write_all(text.as_bytes());
            Ok(())
        }
        linked => linked,
    }
}

/// Removes what a bowline left that was killed while it made a lock or broke a dead one.
fn sweep(lock: &Path, locks: &Path) {
    // Not from under the hands of one that is alive.
    if has_leftovers(lock)
        && let Ok(_guard) = OwnLock::take(&locks.join(BREAK), lock, Duration::ZERO)
    {
        remove_leftovers(lock);
    }
}

fn locked(target: &Target, lock: PathBuf) -> StoreError {
    let found = LockFile::look(&lock);
    StoreError::Locked {
        path: target.given.clone(),
        lock,
        age: found.as_ref().and_then(|found| found.age),
        owner: found.and_then(|found| found.owner),
    }
}

/// A name for a state folder that every process knows it by.
fn state(locks: &Path) -> u64 {
    let locks = fs::canonicalize(locks).unwrap_or_else(|_| locks.to_path_buf());
    hash(&platform::path_to_bytes(&locks))
}

/// A lock file that was found.
#[derive(Debug)]
pub(crate) struct LockFile {
    pub(crate) path: PathBuf,
    /// The process of the bowline that wrote it; `None` for any other program.
    pub(crate) owner: Option<u32>,
    /// How old it is, where the file system tells.
    pub(crate) age: Option<Duration>,
    text: String,
    stamp: Identity,
}

/// What is the same for a lock file under any name, and another for another lock file.
type Identity = (Option<(u64, u64)>, Option<std::time::SystemTime>);

fn identity(metadata: &fs::Metadata) -> Identity {
    (Stamp::of(metadata).number(), metadata.modified().ok())
}

impl LockFile {
    /// Looks at a lock file; `None` when there is none, or nothing that is a lock.
    pub(crate) fn look(path: &Path) -> Option<LockFile> {
        if !fs::symlink_metadata(path).ok()?.is_file() {
            return None;
        }
        let metadata = fs::metadata(path).ok()?;
        let mut text = Vec::new();
        // kubectl's have mode 0000: that nobody can read them says that they are not ours.
        if let Ok(file) = File::open(path) {
            file.take(128).read_to_end(&mut text).ok()?;
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        // `Cargo.lock` stands beside `Cargo`, too: kubectl's locks are empty, and ours say so.
        if metadata.len() > 0 && !text.starts_with(OURS) {
            return None;
        }
        let owner = text
            .strip_prefix(OURS)
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        Some(LockFile {
            path: path.to_path_buf(),
            owner,
            age: metadata
                .modified()
                .ok()
                .and_then(|made| made.elapsed().ok()),
            text,
            stamp: identity(&metadata),
        })
    }

    /// Whether it is certain that the bowline which left it has ended.
    ///
    /// The advisory lock it names must be free, and be one of our own state folder; of another
    /// folder's nothing can be known.
    pub(crate) fn is_dead(&self, holder: Holder<'_>) -> bool {
        let Some(own) = self.advisory(holder.locks) else {
            return false;
        };
        // What this process itself holds, the one that wrote the file no longer does.
        own == holder.own || OwnLock::is_free(&holder.locks.join(own))
    }

    /// Whether a living bowline left it, as far as can be known.
    pub(crate) fn is_alive(&self, locks: &Path) -> bool {
        self.advisory(locks)
            .is_some_and(|own| !OwnLock::is_free(&locks.join(own)))
    }

    /// Whether it names that advisory lock.
    pub(crate) fn names(&self, locks: &Path, own: &str) -> bool {
        self.advisory(locks) == Some(own)
    }

    /// The name of the advisory lock that goes with it, if that is in our state folder.
    fn advisory(&self, locks: &Path) -> Option<&str> {
        let mut words = self.text.strip_prefix(OURS)?.split_whitespace().skip(1);
        let theirs = u64::from_str_radix(words.next()?, 16).ok()?;
        let own = words.next()?;
        let digits = own.strip_suffix(".lock")?;
        // The text is anybody's: it must not name a file elsewhere.
        let plain = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        (plain && theirs == state(locks)).then_some(own)
    }

    /// Removes the lock file, if it still is the one that was looked at.
    ///
    /// It is renamed, and looked at again under its new name, where nobody replaces it any more; a
    /// lock that was taken meanwhile is put back. Bowlines do this one after the other, so that
    /// none removes the lock that another took after it.
    pub(crate) fn shatter(&self, locks: &Path) -> bool {
        let guard = locks.join(BREAK);
        let Ok(_guard) = OwnLock::take(&guard, &self.path, Duration::from_secs(5)) else {
            return false;
        };
        let same = |path: &Path| {
            LockFile::look(path).is_some_and(|now| now.stamp == self.stamp && now.text == self.text)
        };
        if !same(&self.path) {
            return false;
        }
        let aside = lock_aside(&self.path);
        if platform::rename(&self.path, &aside).is_err() {
            return false;
        }
        let ours = same(&aside);
        if !ours {
            // Back, unless somebody has taken the lock already.
            let _ = fs::hard_link(&aside, &self.path);
        }
        let _ = fs::remove_file(&aside);
        ours
    }
}
