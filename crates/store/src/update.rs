//! The protocol of a change, step by step.

use crate::change::{Change, Changer, Written};
use crate::error::{StoreError, UpdateError};
use crate::journal::{EntrySummary, Journal};
use crate::kubectl_lock::{Holder, KubectlLock};
use crate::lock::{OwnLock, Wait};
use crate::platform;
use crate::replace::{Folders, Temporary, remove_leftovers};
use crate::segments::{Rewrite, Segment, between};
use crate::snapshot::{LOOKS_AT_CHANGING, PAUSE, Snapshot, settled};
use crate::stage::{About, Prepared, Staged};
use crate::target::Target;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How often a change starts over because a program that knows no lock wrote meanwhile.
pub(crate) const ATTEMPTS: u32 = 8;

/// Changes files, and remembers what it changed.
///
/// Cheap to make: nothing is read or created before the first change.
#[derive(Clone)]
pub struct Store {
    state: PathBuf,
    pub(crate) check: Arc<Check>,
    pub(crate) passing: fn(&Path) -> bool,
    pub(crate) lock_wait: Duration,
    own_wait: Duration,
}

/// Says whether bytes are what a file may hold.
pub(crate) type Check = dyn Fn(&Path, &[u8]) -> bool + Send + Sync;

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
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
            check: Arc::new(|_, _| true),
            passing: |_| false,
            lock_wait: Duration::from_secs(5),
            // Its holder lives and gets on, and who waits has no place in a queue.
            own_wait: Duration::from_secs(30),
        }
    }

    /// What to ask whether bytes are what the file of that path may hold, before an undo beneath later
    /// changes writes a state that never was. The path is that behind all links.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Path, &[u8]) -> bool + Send + Sync + 'static) -> Store {
        self.check = Arc::new(check);
        self
    }

    /// Which files, by their paths behind all links, are soon gone and nobody's but those who work with them now. A
    /// change of nothing else is only taken back by its number, and one that is gone is in nobody's way.
    #[must_use]
    pub fn passing(mut self, passing: fn(&Path) -> bool) -> Store {
        self.passing = passing;
        self
    }

    /// How long to wait for each lock, instead of 5 seconds for kubectl's and 30 for our own, which is
    /// gone with its process.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Store {
        self.lock_wait = wait;
        self.own_wait = wait;
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
        change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        self.change(summary).update(path, change)
    }

    /// [`Store::update`] for files that are too large to be held in memory.
    ///
    /// `change` reads what it needs and returns the new file as ranges of the old one and new
    /// bytes; `None` means that there is nothing to do. Where reading fails because the file
    /// changes meanwhile, it is called again whatever it returns.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`], and [`StoreError::Segments`] for ranges that do not ascend or are
    /// not in the file.
    pub fn rewrite<E>(
        &self,
        path: &Path,
        summary: &str,
        mut change: impl FnMut(Option<&mut Snapshot>) -> Result<Option<Vec<Segment>>, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        self.change(summary)
            .rewrite(path, |old| Ok(change(old)?.map(Rewrite::from)))
    }

    /// A change of several files that history and undo take as one.
    ///
    /// `summary` says what the change is; it must contain nothing secret.
    pub fn change<'a>(&'a self, summary: &'a str) -> Change<'a> {
        Change::new(self, summary)
    }

    /// Changes one file as part of a group.
    pub(crate) fn run<E>(
        &self,
        path: &Path,
        about: About<'_>,
        change: &mut Changer<'_, E>,
    ) -> Result<Option<Written>, UpdateError<E>> {
        self.prepare()?;
        let (mut attempts, mut looks) = (0, 0);
        let given = || path.to_path_buf();
        loop {
            if attempts == ATTEMPTS {
                return Err(StoreError::Contended { path: given() }.into());
            }
            if looks == LOOKS_AT_CHANGING {
                return Err(StoreError::Unsettled { path: given() }.into());
            }
            let target = Target::resolve(path)?;
            let _own = self.own_lock(&target)?;
            let folders = Folders::create(&target.folder)?;
            let _kubectl = self.kubectl_lock(&target)?;
            if Target::resolve(path)? != target {
                // A link was turned elsewhere while we waited: these are the wrong locks.
                attempts += 1;
                continue;
            }
            remove_leftovers(&target.resolved);
            let mut snapshot = Snapshot::open(&target.resolved)?;
            let changed = change(snapshot.as_mut());
            if snapshot.as_ref().is_some_and(Snapshot::disturbed) {
                looks += 1;
                thread::sleep(PAUSE);
                continue;
            }
            let Some(rewrite) = changed? else {
                return Ok(None);
            };
            let journal = self.open_journal();
            match Staged::prepare(&journal, &target, snapshot, &rewrite, about, None)? {
                Prepared::Unchanged => return Ok(None),
                Prepared::Staged(staged) if staged.is_undisturbed()? => {
                    let group = staged.group();
                    let entry = staged.commit(false)?;
                    folders.keep()?;
                    return Ok(Some(Written { entry, group }));
                }
                Prepared::Staged(_) | Prepared::Disturbed => attempts += 1,
            }
        }
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
        change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<bool, UpdateError<E>> {
        self.replace_own(path, durability, |_| Ok(()), change)
    }

    /// [`Store::replace_private`] under one more lock.
    pub(crate) fn replace_own<L, E>(
        &self,
        path: &Path,
        durability: Durability,
        lock: impl FnOnce(&Target) -> Result<L, StoreError>,
        mut change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<bool, UpdateError<E>> {
        self.prepare()?;
        let target = Target::resolve(path)?;
        let _own = self.own_lock(&target)?;
        let folders = Folders::create(&target.folder)?;
        let _lock = lock(&target)?;
        remove_leftovers(&target.resolved);
        let before = settled(&target.resolved, Snapshot::take_bytes)?;
        let bytes = before.as_ref().map(|(bytes, _)| bytes.as_slice());
        let after = match change(bytes).map_err(UpdateError::Change)? {
            Some(after) if Some(after.as_slice()) != bytes => after,
            _ => return Ok(false),
        };
        let mut temporary = Temporary::of_ours(&target.resolved)?;
        temporary.write(&after)?;
        if durability == Durability::Durable {
            temporary.sync()?;
        }
        temporary.take_place_of(&target.resolved)?;
        if durability == Durability::Durable {
            platform::sync_folder(&target.folder)
                .map_err(|error| StoreError::io("make durable", &target.folder, error))?;
        }
        folders.keep()?;
        Ok(true)
    }

    /// [`Store::replace_private`] for a file of the state folder, which a crash may lose.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`].
    pub fn replace_state<E>(
        &self,
        name: &str,
        change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<bool, UpdateError<E>> {
        self.replace_private(&self.state.join(name), Durability::Cached, change)
    }

    /// Removes what [`Store::replace_private`] needed for a file that is gone, and whose name is never used again.
    pub fn retire(&self, path: &Path) {
        if let Ok(target) = Target::resolve(path) {
            // An empty file is no reason to fail.
            let _ = fs::remove_file(self.locks().join(own_name(&target)));
        }
    }

    /// What the journal tells, entry by entry, oldest first; empty when nothing was changed yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerJournal`] when a newer bowline wrote it, [`StoreError::DamagedEntry`]
    /// when an entry cannot be understood.
    pub fn journal(&self) -> Result<Vec<EntrySummary>, StoreError> {
        self.open_journal().entries()
    }

    /// Takes a lock by which bowlines do one thing one after the other; `name` is the thing's, and its letters
    /// and digits make the file's name. `None` when somebody else still holds it after `wait`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] when the lock's file cannot be made.
    pub fn alone(&self, name: &str, wait: Duration) -> Result<Option<Alone>, StoreError> {
        self.prepare()?;
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let path = self.locks().join(format!("{name}.lock"));
        let mut waited = false;
        loop {
            let wait = if waited { wait } else { Duration::ZERO };
            match OwnLock::take(&path, &path, wait) {
                Ok(lock) => {
                    return Ok(Some(Alone { lock, path, waited }));
                }
                Err(StoreError::Busy { .. }) if !waited => waited = true,
                Err(StoreError::Busy { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn own_lock(&self, target: &Target) -> Result<OwnLock, StoreError> {
        let lock = self.locks().join(own_name(target));
        OwnLock::take(&lock, &target.given, self.own_wait)
    }

    /// Takes kubectl's locks; to be called with our own held.
    pub(crate) fn kubectl_lock(&self, target: &Target) -> Result<KubectlLock, StoreError> {
        self.kubectl_lock_for(target, self.lock_wait)
    }

    pub(crate) fn kubectl_lock_for(
        &self,
        target: &Target,
        wait: Duration,
    ) -> Result<KubectlLock, StoreError> {
        let holder = Holder {
            locks: &self.locks(),
            own: &own_name(target),
        };
        KubectlLock::take(target, holder, Wait::new(wait))
    }

    /// Makes the folders that the first lock needs.
    pub(crate) fn prepare(&self) -> Result<(), StoreError> {
        Folders::create(&self.locks())?.keep()
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.state.join("locks")
    }

    pub(crate) fn open_journal(&self) -> Journal {
        Journal::new(
            self.state.join("journal"),
            self.locks().join("journal.lock"),
            self.own_wait,
        )
    }
}

/// A lock that [`Store::alone`] took, released when dropped.
#[derive(Debug)]
pub struct Alone {
    lock: OwnLock,
    path: PathBuf,
    waited: bool,
}

impl Alone {
    /// Whether somebody else held it before, and may have done what was to be done.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Releases it for good: nobody takes a lock of this name again, so its file goes.
    pub fn retire(self) {
        drop(self.lock);
        // An empty file is no reason to fail.
        let _ = fs::remove_file(&self.path);
    }
}

/// The name of our own lock for a target.
pub(crate) fn own_name(target: &Target) -> String {
    format!("{:016x}.lock", target.key())
}

/// The change that gives `after` for a file's whole bytes, as segments.
pub(crate) fn whole<E>(
    snapshot: Option<&mut Snapshot>,
    change: &mut impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
) -> Result<Option<Rewrite>, UpdateError<E>> {
    let before = snapshot.map(Snapshot::bytes).transpose()?;
    let after = change(before.as_deref()).map_err(UpdateError::Change)?;
    Ok(after.map(|after| match &before {
        Some(before) => between(before, &after).into(),
        None => vec![Segment::Put(after)].into(),
    }))
}
