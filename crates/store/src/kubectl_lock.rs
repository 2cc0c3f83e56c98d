//! kubectl's lock: a file `FILE.lock` that only one process can create.
//!
//! client-go creates it with `O_CREAT|O_EXCL` and deletes it when done
//! (`tools/clientcmd/config.go`, `lockFile`). It carries no owner, and a killed kubectl leaves it
//! behind. Ours names its process, so that a message can say whose it is.

use crate::error::StoreError;
use crate::lock::Wait;
use crate::platform;
use crate::target::Target;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What our lock files begin with, followed by the process number.
const OURS: &str = "bowline ";

/// Every lock that kubectl could look for before it changes the same file; removed when dropped.
#[derive(Debug)]
pub(crate) struct KubectlLock {
    held: Vec<PathBuf>,
}

impl KubectlLock {
    /// Creates the lock files, waiting for each that exists until the time is up.
    pub(crate) fn take(target: &Target, mut wait: Wait) -> Result<KubectlLock, StoreError> {
        let mut lock = KubectlLock { held: Vec::new() };
        for path in target.kubectl_locks() {
            loop {
                match platform::create_private(&path) {
                    Ok(mut file) => {
                        lock.held.push(path);
                        // Only the name of the file excludes; on a full disk it may stay empty, as
                        // kubectl's does.
                        let _ = writeln!(file, "{OURS}{}", std::process::id());
                        break;
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        if !wait.again() {
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

fn locked(target: &Target, lock: PathBuf) -> StoreError {
    let age = fs::metadata(&lock)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|made| made.elapsed().ok());
    let owner = owner(&lock);
    StoreError::Locked {
        path: target.given.clone(),
        lock,
        age,
        owner,
    }
}

/// The process named in a lock file of ours.
fn owner(lock: &Path) -> Option<u32> {
    let mut text = String::new();
    fs::File::open(lock)
        .ok()?
        .take(64)
        .read_to_string(&mut text)
        .ok()?;
    text.strip_prefix(OURS)?.trim_end().parse().ok()
}
