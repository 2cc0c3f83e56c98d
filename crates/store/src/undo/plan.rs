//! What taking a change back means for one file.

use super::error::ChangedFile;
use super::{open, shift};
use crate::delta::{self, Delta};
use crate::error::StoreError;
use crate::fingerprint::Fingerprint;
use crate::journal::{Details, fingerprint_of};
use crate::segments::{Rewrite, Segment, between, of_deltas};
use crate::snapshot::Snapshot;
use crate::target::Target;
use crate::update::Check;

/// The way back for one file.
pub(super) struct Plan<'a> {
    pub(super) target: &'a Target,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) rewrite: Rewrite,
    /// The mode of a file that comes back.
    pub(super) mode: Option<u32>,
    pub(super) restores: Restores,
    /// The entry and group of an undo that a crash interrupted.
    pub(super) resumed: Option<(u64, u64)>,
}

/// What a file must be in the end.
pub(super) enum Restores {
    /// Exactly this; `None` is no file.
    State(Option<Fingerprint>),
    /// A state that never was: later changes stay.
    New,
}

impl Restores {
    pub(super) fn allows(&self, after: Option<Fingerprint>) -> bool {
        match self {
            Restores::State(state) => *state == after,
            Restores::New => true,
        }
    }
}

/// A plan, or the file as it is in the way of one.
type Planned<'a> = Result<Plan<'a>, ChangedFile>;

impl<'a> Plan<'a> {
    /// The way back over the entries of one group about one file, oldest first.
    pub(super) fn take_back(
        target: &'a Target,
        entries: &[Details],
        later: impl Fn() -> Result<Vec<Details>, StoreError>,
        check: &Check,
    ) -> Result<Planned<'a>, StoreError> {
        let mut snapshot = open(target)?;
        let mut plan = Plan {
            target,
            snapshot: None,
            rewrite: Rewrite::default(),
            mode: entries.first().and_then(|first| first.mode),
            restores: Restores::New,
            resumed: None,
        };
        let [entry] = entries else {
            return plan.take_back_in_memory(snapshot, entries);
        };
        if entry.format < 2 {
            return plan.take_back_in_memory(snapshot, entries);
        }
        let found = snapshot.as_mut().map(Snapshot::fingerprint).transpose()?;
        let in_place = target.resolved == entry.summary.path;
        let segments = match (&entry.before, &entry.after, snapshot.as_mut()) {
            _ if !in_place => None,
            (before, after, file) if found == *after => {
                plan.restores = Restores::State(*before);
                let len = file.map_or(0, |file| file.len());
                let back = || of_deltas(len, delta::inverse(&entry.deltas));
                Some(before.map(|_| back()))
            }
            // The change may have made the file: what later changes put into it stays.
            (_, Some(_), Some(file)) => {
                // A state that never was: its bytes are apart, but what they say may not go together.
                let moved = match shift::through(entry, &later()?, file)? {
                    Some(deltas) => {
                        let state = delta::apply(&file.bytes()?, &deltas);
                        state
                            .is_some_and(|state| check(&target.resolved, &state))
                            .then_some(deltas)
                    }
                    None => None,
                };
                moved.map(|deltas| Some(of_deltas(file.len(), deltas)))
            }
            _ => None,
        };
        let Some(segments) = segments else {
            return Ok(Err(changed(entry, found)));
        };
        plan.rewrite.segments = segments;
        plan.snapshot = snapshot;
        Ok(Ok(plan))
    }

    /// [`Plan::take_back`] for several entries, or those of format 1: state by state, each proved
    /// by its fingerprint.
    fn take_back_in_memory(
        mut self,
        mut snapshot: Option<Snapshot>,
        entries: &[Details],
    ) -> Result<Planned<'a>, StoreError> {
        let original = snapshot.as_mut().map(Snapshot::bytes).transpose()?;
        let mut state = original.clone();
        for entry in entries.iter().rev() {
            let found = state.as_deref().map(|bytes| of(bytes, entry.format));
            if found != entry.after || self.target.resolved != entry.summary.path {
                return Ok(Err(changed(entry, found)));
            }
            let inverse = delta::inverse(&entry.deltas);
            state = match entry.before {
                None => None,
                Some(_) => delta::apply(state.as_deref().unwrap_or_default(), &inverse),
            };
            if state.as_deref().map(|bytes| of(bytes, entry.format)) != entry.before {
                return Err(StoreError::DamagedEntry {
                    path: entry.summary.path.clone(),
                    reason: format!("entry {} does not lead back", entry.summary.entry),
                });
            }
        }
        self.rewrite.segments = state.map(|state| match &original {
            Some(original) => between(original, &state),
            None => vec![Segment::Put(state)],
        });
        self.snapshot = snapshot;
        Ok(Ok(self))
    }

    /// The rest of an undo that was journalled as `entry` and not made.
    pub(super) fn resume(target: &'a Target, entry: &Details) -> Result<Planned<'a>, StoreError> {
        let mut snapshot = open(target)?;
        let found = match &mut snapshot {
            Some(snapshot) => Some(fingerprint_of(snapshot, entry.format)?),
            None => None,
        };
        if found != entry.before || target.resolved != entry.summary.path {
            return Ok(Err(ChangedFile {
                expected: entry.before,
                ..changed(entry, found)
            }));
        }
        let len = snapshot.as_ref().map_or(0, Snapshot::len);
        let deltas = || -> Vec<Delta> { entry.deltas.clone() };
        Ok(Ok(Plan {
            target,
            snapshot,
            rewrite: Rewrite {
                segments: entry.after.map(|_| of_deltas(len, deltas())),
                ..Rewrite::default()
            },
            mode: entry.mode,
            restores: Restores::State(entry.after),
            resumed: Some((entry.summary.entry, entry.summary.group)),
        }))
    }
}

fn of(bytes: &[u8], format: u64) -> Fingerprint {
    if format < 2 {
        Fingerprint::of_format_1(bytes)
    } else {
        Fingerprint::of(bytes)
    }
}

fn changed(entry: &Details, found: Option<Fingerprint>) -> ChangedFile {
    ChangedFile {
        path: entry.summary.path.clone(),
        expected: entry.after,
        found,
        changes: entry.deltas.clone(),
    }
}
