//! The protocol of a change, step by step.

use crate::error::{StoreError, UpdateError};
use crate::journal::{EntrySummary, Journal};
use crate::kubectl_lock::KubectlLock;
use crate::lock::{OwnLock, Wait};
use crate::platform;
use crate::read::{self, Content};
use crate::replace::{Folders, Temporary, remove_leftovers};
use crate::target::Target;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a change starts over because a program that knows no lock wrote meanwhile.
const ATTEMPTS: u32 = 8;

/// Changes files, and remembers what it changed.
///
/// Cheap to make: nothing is read or created before the first change.
#[derive(Clone, Debug)]
pub struct Store {
    state: PathBuf,
    lock_wait: Duration,
}

/// What an update did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The file already was as wanted; it was not touched.
    Unchanged,
    /// The file was replaced.
    Written {
        /// The number of the journal entry that describes the change.
        entry: u64,
    },
}

/// What a written state file survives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Durability {
    /// A crash of the program. After a power cut the file may be the old one or empty: for what can
    /// be found out again.
    Cached,
    /// A power cut too.
    Durable,
}

impl Store {
    /// A store that keeps its locks and its journal in the folder `state`.
    pub fn new(state: impl Into<PathBuf>) -> Store {
        Store {
            state: state.into(),
            lock_wait: Duration::from_secs(5),
        }
    }

    /// How long to wait for each lock, instead of 5 seconds.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Store {
        self.lock_wait = wait;
        self
    }

    /// Changes a file that others read and write, without losing a byte (see the [crate]
    /// documentation).
    ///
    /// `change` is given the file's bytes (`None` when there is no file) and returns the new ones;
    /// `None` or equal bytes mean that there is nothing to do: the file, its folder and the journal
    /// then stay untouched. It runs with the locks held, and again from the start when another
    /// program wrote meanwhile, so it must depend on its argument alone. `summary` says what the
    /// change is, for the journal; it must contain nothing secret.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Change`] is the failure of `change`. [`UpdateError::Store`] says why the file
    /// could not be changed. In both cases the file is as it was, and no lock and no temporary file
    /// is left.
    pub fn update<E>(
        &self,
        path: &Path,
        summary: &str,
        mut change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        self.prepare()?;
        for _ in 0..ATTEMPTS {
            let target = Target::resolve(path)?;
            let _own = self.own_lock(&target)?;
            let folders = Folders::create(&target.folder)?;
            let _kubectl = KubectlLock::take(&target, Wait::new(self.lock_wait))?;
            if Target::resolve(path)? != target {
                // A link was turned elsewhere while we waited: these are the wrong locks.
                continue;
            }
            remove_leftovers(&target.resolved);
            let before = read::content(&target.resolved)?;
            let bytes = before.as_ref().map(|content| content.bytes.as_slice());
            let after = match change(bytes).map_err(UpdateError::Change)? {
                Some(after) if Some(after.as_slice()) != bytes => after,
                _ => return Ok(Outcome::Unchanged),
            };
            if let Some(entry) = self.replace(&target, summary, before.as_ref(), &after)? {
                folders.keep()?;
                return Ok(Outcome::Written { entry });
            }
        }
        Err(StoreError::Contended {
            path: path.to_path_buf(),
        }
        .into())
    }

    /// Changes a state file of our own, and says whether it was written.
    ///
    /// The same shape as [`Store::update`], so that two processes never lose each other's record,
    /// and the same atomic replacement; but without kubectl's lock and without the journal, and
    /// durable only where asked. The file and the folders made for it are their owner's alone.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`].
    pub fn replace_private<E>(
        &self,
        path: &Path,
        durability: Durability,
        mut change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<bool, UpdateError<E>> {
        self.prepare()?;
        let target = Target::resolve(path)?;
        let _own = self.own_lock(&target)?;
        let folders = Folders::create(&target.folder)?;
        remove_leftovers(&target.resolved);
        let before = read::content(&target.resolved)?;
        let bytes = before.as_ref().map(|content| content.bytes.as_slice());
        let after = match change(bytes).map_err(UpdateError::Change)? {
            Some(after) if Some(after.as_slice()) != bytes => after,
            _ => return Ok(false),
        };
        let mut temporary = Temporary::beside(&target.resolved)?;
        temporary.write(&after)?;
        if durability == Durability::Durable {
            temporary.sync()?;
        }
        temporary.take_place_of(&target.resolved)?;
        if durability == Durability::Durable {
            sync_folder(&target)?;
        }
        folders.keep()?;
        Ok(true)
    }

    /// What the journal tells, oldest first; empty when nothing was changed yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerJournal`] when a newer bowline wrote it, [`StoreError::DamagedEntry`]
    /// when an entry cannot be understood.
    pub fn journal(&self) -> Result<Vec<EntrySummary>, StoreError> {
        self.open_journal().entries()
    }

    /// Journals and replaces; `None` when the file is no longer what `after` was made from.
    fn replace(
        &self,
        target: &Target,
        summary: &str,
        before: Option<&Content>,
        after: &[u8],
    ) -> Result<Option<u64>, StoreError> {
        let path = &target.resolved;
        let bytes = before.map(|content| content.bytes.as_slice());
        if let Some(content) = before {
            let links = platform::hard_links(&content.metadata);
            if links > 1 {
                return Err(StoreError::HardLinked {
                    path: target.given.clone(),
                    links,
                });
            }
        }
        let mut entry = self.open_journal().intend(path, summary, bytes, after)?;
        let mut temporary = Temporary::beside(path)?;
        temporary.write(after)?;
        if let Some(content) = before {
            temporary.keep_identity(&content.metadata)?;
        }
        temporary.sync()?;
        let now = read::content(path)?;
        if now.as_ref().map(|content| content.bytes.as_slice()) != bytes {
            return Ok(None);
        }
        entry.commit();
        temporary.take_place_of(path)?;
        let synced = sync_folder(target);
        let number = entry.done();
        synced.map(|()| Some(number))
    }

    fn own_lock(&self, target: &Target) -> Result<OwnLock, StoreError> {
        let lock = self.locks().join(format!("{:016x}.lock", target.key()));
        OwnLock::take(&lock, &target.given, Wait::new(self.lock_wait))
    }

    /// Makes the folders that the first lock needs.
    fn prepare(&self) -> Result<(), StoreError> {
        Folders::create(&self.locks())?.keep()
    }

    fn locks(&self) -> PathBuf {
        self.state.join("locks")
    }

    fn open_journal(&self) -> Journal {
        Journal::new(
            self.state.join("journal"),
            self.locks().join("journal.lock"),
            self.lock_wait,
        )
    }
}

fn sync_folder(target: &Target) -> Result<(), StoreError> {
    platform::sync_folder(&target.folder)
        .map_err(|error| StoreError::io("make durable", &target.folder, error))
}
