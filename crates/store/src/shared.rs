//! Files of our own that kubectl writes, too: it is kept out of them by its own lock.

use crate::error::{StoreError, UpdateError};
use crate::kubectl_lock::KubectlLock;
use crate::lock::OwnLock;
use crate::replace::Folders;
use crate::target::Target;
use crate::update::{Durability, Store};
use std::path::Path;
use std::time::Duration;

/// How long kubectl's lock is waited for. It holds one for milliseconds, and somebody waits who wants to go on.
const WAIT: Duration = Duration::from_secs(1);

/// Keeps bowlines and kubectl from writing a file, until it is dropped.
#[derive(Debug)]
pub struct Held {
    // Released first: who waits for ours expects this to be free.
    _kubectl: KubectlLock,
    _own: OwnLock,
}

impl Store {
    /// [`Store::replace_private`] for a file that kubectl writes, too, and that a crash may lose: what it writes
    /// meanwhile is not lost, because it does not write meanwhile.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`]; [`StoreError::Locked`] after a second.
    pub fn replace_shared<E>(
        &self,
        path: &Path,
        change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<bool, UpdateError<E>> {
        let kubectl = |target: &Target| self.kubectl_lock_for(target, self.lock_wait.min(WAIT));
        self.replace_own(path, Durability::Cached, kubectl, change)
    }

    /// Keeps bowlines and kubectl from writing such a file, so that it can be looked at and then be removed or renamed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] after a second, [`StoreError::Busy`], and why a lock cannot be made.
    pub fn hold(&self, path: &Path) -> Result<Held, StoreError> {
        self.prepare()?;
        let target = Target::resolve(path)?;
        let own = self.own_lock(&target)?;
        Folders::create(&target.folder)?.keep()?;
        let kubectl = self.kubectl_lock_for(&target, self.lock_wait.min(WAIT))?;
        Ok(Held {
            _kubectl: kubectl,
            _own: own,
        })
    }
}
