//! Removing a lock that somebody left behind.

use crate::error::StoreError;
use crate::kubectl_lock::LockFile;
use crate::lock::OwnLock;
use crate::target::Target;
use crate::update::{Store, own_name};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A lock file whose owner cannot be read yet may be one that a bowline is just writing.
const YOUNG: Duration = Duration::from_secs(2);

/// A lock file that was removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RemovedLock {
    /// The lock file.
    pub lock: PathBuf,
    /// The process of the bowline that left it; `None` when it was not one of ours.
    pub owner: Option<u32>,
    /// How old it was, where the file system tells.
    pub age: Option<Duration>,
}

impl Store {
    /// Removes kubectl's lock files of `path`, beside the path as spelled and beside the file
    /// behind all links, and says which there were.
    ///
    /// A kubectl that is running cannot be told from one that died: this is for the user to ask
    /// for. A lock that was taken after this call had looked stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when a living bowline holds the lock; nothing is removed then.
    pub fn unlock(&self, path: &Path) -> Result<Vec<RemovedLock>, StoreError> {
        self.prepare()?;
        let target = Target::resolve(path)?;
        let locks = self.locks();
        let own = locks.join(own_name(&target));
        // Held, it keeps other bowlines from starting meanwhile. One that holds it may itself be
        // waiting for the lock file that is to be removed.
        let ours = match OwnLock::take(&own, path, Duration::ZERO) {
            Ok(lock) => Some(lock),
            Err(StoreError::Busy { .. }) => None,
            Err(error) => return Err(error),
        };
        let found: Vec<LockFile> = target
            .kubectl_locks()
            .iter()
            .filter_map(|lock| LockFile::look(lock))
            .collect();
        let name = own_name(&target);
        let in_use = |lock: &LockFile| match (&ours, lock.owner) {
            (Some(_), Some(_)) => !lock.names(&locks, &name) && lock.is_alive(&locks),
            (Some(_), None) => false,
            (None, Some(_)) => true,
            (None, None) => lock.age.is_none_or(|age| age < YOUNG),
        };
        if found.iter().any(in_use) {
            return Err(StoreError::Busy {
                path: path.to_path_buf(),
                waited: Duration::ZERO,
            });
        }
        let removed = found.into_iter().filter(|lock| lock.shatter(&locks));
        Ok(removed
            .map(|lock| RemovedLock {
                lock: lock.path,
                owner: lock.owner,
                age: lock.age,
            })
            .collect())
    }
}
