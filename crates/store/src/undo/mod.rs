//! Taking changes back, and taking that back.
//!
//! An undo is a change like any other, journalled as a group that says which group it undoes; a
//! redo is the undo of an undo. All files are checked before the first is touched, and all intents
//! are written before the first file is replaced: after a crash in between, the same undo again
//! finishes what was begun.

mod error;
mod plan;
mod shift;

pub use error::{ChangedFile, UndoError};

use crate::error::StoreError;
use crate::journal::{Came, Details, Entry, Group, GroupState, History, Journal, Purge, Recent};
use crate::replace::{Folders, remove_leftovers};
use crate::snapshot::Snapshot;
use crate::stage::{About, Prepared, Staged};
use crate::target::Target;
use crate::update::{ATTEMPTS, Check, Store, own_name};
use plan::Plan;
use std::path::{Path, PathBuf};

/// What an undo did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Undone {
    /// The group that was taken back.
    pub number: u64,
    /// What that group was, in the words of its caller.
    pub summary: String,
    /// The new group that took it back; `None` when the files already were as before it.
    pub undo: Option<u64>,
    /// The files that were changed.
    pub files: Vec<PathBuf>,
}

/// Which group to take back.
#[derive(Clone, Copy)]
enum Choice {
    /// The newest change that stands.
    Newest,
    /// This group.
    Group(u64),
    /// The newest undo that stands.
    NewestUndo,
    /// The undo of this group, or this undo.
    UndoOf(u64),
}

impl Store {
    /// Takes a change back: every file of its group is again, byte for byte, what it was before;
    /// files that the change created are removed, and removed ones come back with their mode.
    ///
    /// Without a number it is the newest change that was not taken back yet. Nothing is touched
    /// unless every file still is as the change left it, or has only been changed since by journalled
    /// changes of other lines. `reinstate` brings back even credentials that the change replaced
    /// because they were worth nothing any more.
    ///
    /// # Errors
    ///
    /// [`UndoError`] says why nothing was taken back, or, as [`UndoError::Unfinished`], why not
    /// everything.
    pub fn undo(&self, number: Option<u64>, reinstate: bool) -> Result<Undone, UndoError> {
        self.take_back(number.map_or(Choice::Newest, Choice::Group), reinstate)
    }

    /// Takes an undo back, so that the change stands again.
    ///
    /// Without a number it is the newest undo; the number may be that of the undo, or of the change
    /// that was undone.
    ///
    /// # Errors
    ///
    /// As for [`Store::undo`].
    pub fn redo(&self, number: Option<u64>) -> Result<Undone, UndoError> {
        self.take_back(number.map_or(Choice::NewestUndo, Choice::UndoOf), false)
    }

    /// All changes that the journal knows, oldest first. Where a crash left open whether one
    /// happened, its files are read to find out.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerJournal`], [`StoreError::DamagedEntry`], or what keeps the journal from
    /// being read.
    pub fn history(&self) -> Result<Vec<Group>, StoreError> {
        Ok(self.open_journal().history()?.groups)
    }

    /// One entry of the journal with its bytes, which may be secret; `None` when there is none of
    /// that number.
    ///
    /// # Errors
    ///
    /// As for [`Store::history`].
    pub fn entry(&self, number: u64) -> Result<Option<Details>, StoreError> {
        self.open_journal().details(number)
    }

    /// The entries with their bytes, the newest first; each is read when it is asked for.
    ///
    /// # Errors
    ///
    /// As for [`Store::history`].
    pub fn recent(
        &self,
    ) -> Result<impl Iterator<Item = Result<Recent, StoreError>> + use<>, StoreError> {
        self.open_journal().recent()
    }

    /// Deletes groups from the journal, for good; returns how many there were.
    ///
    /// # Errors
    ///
    /// What keeps an entry from being read or deleted.
    pub fn purge(&self, what: &Purge) -> Result<usize, StoreError> {
        self.prepare()?;
        self.open_journal().purge(what)
    }

    /// Takes the bytes and the note from every entry that holds one of these secrets, be it as it
    /// is, in base64, or in the part that a delta keeps; returns how many entries there were. They
    /// can no longer be undone, and say so.
    ///
    /// # Errors
    ///
    /// What keeps an entry from being read or written.
    pub fn forget(&self, secrets: &[&[u8]]) -> Result<usize, StoreError> {
        self.prepare()?;
        self.open_journal().forget(secrets)
    }

    fn take_back(&self, choice: Choice, reinstate: bool) -> Result<Undone, UndoError> {
        self.prepare()?;
        let mut contended = PathBuf::new();
        for _ in 0..ATTEMPTS {
            let journal = self.open_journal();
            let history = journal.history()?;
            let group = self.choose(&history, choice)?;
            let mut targets = Vec::new();
            for path in &group.files {
                let is_gone = (self.passing)(path) && path.symlink_metadata().is_err();
                if !is_gone {
                    targets.push(Target::resolve(path)?);
                }
            }
            // Everybody takes several locks in the same order, so that nobody waits in a circle.
            targets.sort_by_key(own_name);
            let mut own = Vec::new();
            let mut kubectl = Vec::new();
            let mut folders = Vec::new();
            for target in &targets {
                own.push(self.own_lock(target)?);
            }
            for target in &targets {
                folders.push(Folders::create(&target.folder)?);
                kubectl.push(self.kubectl_lock(target)?);
                remove_leftovers(&target.resolved);
            }
            let history = journal.history()?;
            if self.choose(&history, choice)? != group {
                // Another bowline took it back while this one waited.
                continue;
            }
            if let Some(path) = group.files.first() {
                contended.clone_from(path);
            }
            let group = &group;
            let undo = Undo {
                journal: &journal,
                history: &history,
                group,
                check: &*self.check,
            };
            undo.permit(reinstate)?;
            if let Some(undone) = undo.run(&targets)? {
                for folder in folders {
                    folder.keep()?;
                }
                return Ok(undone);
            }
        }
        Err(StoreError::Contended { path: contended }.into())
    }

    /// The group that is meant; one of passing files alone only by its number.
    fn choose(&self, history: &History, choice: Choice) -> Result<Group, UndoError> {
        let lasts = |group: &Group| !group.files.iter().all(|path| (self.passing)(path));
        choose(history, choice, lasts)
    }
}

fn choose(
    history: &History,
    choice: Choice,
    lasts: impl Fn(&Group) -> bool,
) -> Result<Group, UndoError> {
    let happened = |group: &&Group| matches!(group.state, GroupState::Done | GroupState::Partly);
    // An undo that a crash interrupted is not over.
    let stands = |group: &&Group| {
        let by = group.undone_by.and_then(|by| history.group(by));
        by.is_none_or(|by| by.state == GroupState::Partly)
    };
    let newest = |wanted: fn(u32) -> bool| {
        let mut groups = history.groups.iter().rev().filter(happened).filter(stands);
        groups.find(|group| wanted(history.depth(group)) && lasts(group))
    };
    let found = |number| {
        let group = history.group(number);
        group.ok_or(UndoError::NoSuchGroup { number })
    };
    let group = match choice {
        Choice::Newest => newest(|depth| depth == 0).ok_or(UndoError::Nothing)?,
        Choice::NewestUndo => newest(|depth| depth % 2 == 1).ok_or(UndoError::NothingUndone)?,
        Choice::Group(number) => found(number)?,
        Choice::UndoOf(number) => {
            let group = found(number)?;
            match group.undone_by {
                _ if history.depth(group) % 2 == 1 => group,
                Some(by) => found(by)?,
                None => return Err(UndoError::NotUndone { number }),
            }
        }
    };
    let number = group.number;
    if let (Choice::UndoOf(_), Some(by)) = (&choice, group.undone_by.filter(|_| !stands(&group))) {
        return Err(UndoError::AlreadyRedone { number, by });
    }
    if group.state == GroupState::NotDone {
        return Err(UndoError::NotDone { number });
    }
    match group.undone_by {
        Some(by) if !stands(&group) => Err(UndoError::AlreadyUndone { number, by }),
        _ => Ok(group.clone()),
    }
}

/// One undo with all locks held.
struct Undo<'a> {
    journal: &'a Journal,
    history: &'a History,
    group: &'a Group,
    check: &'a Check,
}

impl Undo<'_> {
    fn permit(&self, reinstate: bool) -> Result<(), UndoError> {
        let number = self.group.number;
        if self.group.forgotten {
            return Err(UndoError::Forgotten { number });
        }
        if self.group.replaces_credentials && !reinstate {
            return Err(UndoError::Credentials { number });
        }
        Ok(())
    }

    /// Takes the group back; `None` when a file changed meanwhile.
    fn run(&self, targets: &[Target]) -> Result<Option<Undone>, UndoError> {
        let (plans, changed) = self.plans(targets)?;
        if !changed.is_empty() {
            return Err(UndoError::Changed {
                number: self.group.number,
                files: changed,
            });
        }
        let summary = self.summary();
        let mut group = plans
            .iter()
            .find_map(|plan| plan.resumed.map(|(_, group)| group));
        let mut staged: Vec<Staged<'_>> = Vec::new();
        // To take a redo back is to bring back what the first change had replaced.
        let below = self
            .group
            .undoes
            .and_then(|below| self.history.group(below));
        for mut plan in plans {
            plan.rewrite.replaces_credentials = below.is_some_and(|it| it.replaces_credentials);
            let about = About {
                summary: &summary,
                group,
                undoes: Some(self.group.number),
                mode: plan.mode,
                private: false,
            };
            let entry: Option<Entry> = plan
                .resumed
                .map(|(number, group)| self.journal.resume(number, group));
            let target = plan.target;
            let prepared = Staged::prepare(
                self.journal,
                target,
                plan.snapshot,
                &plan.rewrite,
                about,
                entry,
            )?;
            match prepared {
                Prepared::Unchanged => {}
                Prepared::Disturbed => return Ok(None),
                Prepared::Staged(ready) if !plan.restores.allows(ready.after()) => {
                    return Err(UndoError::Damaged {
                        number: self.group.number,
                        path: target.resolved.clone(),
                    });
                }
                Prepared::Staged(ready) => {
                    group.get_or_insert(ready.group());
                    staged.push(*ready);
                }
            }
        }
        for ready in &staged {
            if !ready.is_undisturbed()? {
                return Ok(None);
            }
        }
        Ok(Some(Undone {
            number: self.group.number,
            summary: self.group.summary.clone(),
            undo: group,
            files: self.commit(staged)?,
        }))
    }

    /// What has to be done to each file, and which cannot be taken back.
    fn plans<'t>(
        &self,
        targets: &'t [Target],
    ) -> Result<(Vec<Plan<'t>>, Vec<ChangedFile>), UndoError> {
        let begun = self.group.undone_by.and_then(|by| self.history.group(by));
        let (mut plans, mut changed) = (Vec::new(), Vec::new());
        for target in targets {
            let unfinished = begun.map(|begun| self.details(begun, &target.given));
            let plan = match unfinished.transpose()?.as_deref() {
                Some([entry]) if self.came(entry) == Some(Came::True) => continue,
                Some([entry]) => Plan::resume(target, entry)?,
                _ => {
                    let mut entries = self.details(self.group, &target.given)?;
                    entries.retain(|entry| self.came(entry) == Some(Came::True));
                    if entries.is_empty() {
                        continue;
                    }
                    let later = || self.later(&entries);
                    Plan::take_back(target, &entries, later, self.check)?
                }
            };
            match plan {
                Ok(plan) => plans.push(plan),
                Err(file) => changed.push(file),
            }
        }
        Ok((plans, changed))
    }

    fn came(&self, entry: &Details) -> Option<Came> {
        self.history.came.get(&entry.summary.entry).copied()
    }

    /// The entries of a group about one file, oldest first.
    fn details(&self, group: &Group, path: &Path) -> Result<Vec<Details>, StoreError> {
        let mut found = Vec::new();
        for number in &group.entries {
            let entry = self.journal.details(*number)?;
            found.extend(entry.filter(|entry| entry.summary.path == path));
        }
        Ok(found)
    }

    /// What happened to the file of `entries` after the last of them, oldest first.
    fn later(&self, entries: &[Details]) -> Result<Vec<Details>, StoreError> {
        let Some(last) = entries.last() else {
            return Ok(Vec::new());
        };
        let mut later = Vec::new();
        for (number, came) in self.history.came.range(last.summary.entry + 1..) {
            if *came == Came::True {
                let entry = self.journal.details(*number)?;
                later.extend(entry.filter(|entry| entry.summary.path == last.summary.path));
            }
        }
        Ok(later)
    }

    fn summary(&self) -> String {
        let root = self.history.root(self.group);
        let deed = match self.history.depth(self.group) % 2 {
            0 => "undo",
            _ => "redo",
        };
        format!("{deed} {}: {}", root.number, root.summary)
    }

    /// Replaces the files, one after the other.
    fn commit(&self, staged: Vec<Staged<'_>>) -> Result<Vec<PathBuf>, UndoError> {
        let mut files = Vec::new();
        let mut staged = staged.into_iter();
        while let Some(ready) = staged.next() {
            let path = ready.path().to_path_buf();
            match ready.commit(!files.is_empty()) {
                Ok(_) => files.push(path),
                Err(source) if files.is_empty() => return Err(source.into()),
                Err(source) => {
                    // The intents tell the next attempt what is left to do.
                    staged.for_each(Staged::leave);
                    return Err(UndoError::Unfinished {
                        number: self.group.number,
                        done: files,
                        source,
                    });
                }
            }
        }
        Ok(files)
    }
}

/// Opens the file of a target that is to be taken back.
fn open(target: &Target) -> Result<Option<Snapshot>, StoreError> {
    Snapshot::open(&target.resolved)
}
