//! The journal as its user sees it: one line for each command.

use super::record::Record;
use super::{EntryState, Journal};
use crate::error::StoreError;
use crate::fingerprint::Fingerprint;
use crate::snapshot::{Snapshot, settled};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The changes of one command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// The group's number, which undo and redo go by; larger is later.
    pub number: u64,
    /// When it began.
    pub time: SystemTime,
    /// What the change was, in the words of the caller.
    pub summary: String,
    /// The changed files, behind all links, each once.
    pub files: Vec<PathBuf>,
    /// The numbers of its entries.
    pub entries: Vec<u64>,
    /// Whether it happened.
    pub state: GroupState,
    /// The group that this one took back: it is an undo, or the undo of an undo.
    pub undoes: Option<u64>,
    /// The group that took this one back and was not itself taken back.
    pub undone_by: Option<u64>,
    /// Whether it replaced credentials that are worth nothing now.
    pub replaces_credentials: bool,
    /// Whether its bytes were deleted because of a secret in them: it cannot be undone.
    pub forgotten: bool,
}

/// Whether the changes of a group happened; after a crash their files tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GroupState {
    /// All of them.
    Done,
    /// Some of them: undoing it takes these back, and an undo is finished by the same undo again.
    Partly,
    /// None of them.
    NotDone,
    /// A crash left it open, and the files have changed since.
    Unknown,
}

/// What became of one entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Came {
    True,
    ToNothing,
    Unknown,
}

/// All groups, and what became of each entry.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) groups: Vec<Group>,
    pub(crate) came: BTreeMap<u64, Came>,
}

impl History {
    pub(crate) fn group(&self, number: u64) -> Option<&Group> {
        self.groups.iter().find(|group| group.number == number)
    }

    /// How many times a group is the undo of another: 0 is a change, 1 its undo, 2 its redo.
    pub(crate) fn depth(&self, group: &Group) -> u32 {
        let mut depth = 0;
        let mut current = group;
        while let Some(undone) = current.undoes {
            depth += 1;
            match self.group(undone) {
                // An undo is always later; anything else is no journal of ours.
                Some(earlier) if earlier.number < current.number => current = earlier,
                _ => break,
            }
        }
        depth
    }

    /// The change at the bottom of a chain of undos.
    pub(crate) fn root<'a>(&'a self, group: &'a Group) -> &'a Group {
        let mut current = group;
        while let Some(earlier) = current.undoes.and_then(|undone| self.group(undone))
            && earlier.number < current.number
        {
            current = earlier;
        }
        current
    }
}

impl Journal {
    /// Everything the journal tells, with the files asked where a crash left it open.
    pub(crate) fn history(&self) -> Result<History, StoreError> {
        let records = self.records::<IgnoredAny>()?;
        let came = resolve(&records);
        let mut groups = BTreeMap::<u64, Vec<&Record<IgnoredAny>>>::new();
        for record in &records {
            groups.entry(record.summary.group).or_default().push(record);
        }
        let mut groups: Vec<Group> = groups
            .into_iter()
            .filter_map(|(number, records)| group(number, &records, &came))
            .collect();
        let mut undone_by = BTreeMap::new();
        for group in groups.iter().rev() {
            if let Some(undone) = group.undoes
                && matches!(group.state, GroupState::Done | GroupState::Partly)
                && !undone_by.contains_key(&group.number)
            {
                undone_by.entry(undone).or_insert(group.number);
            }
        }
        for group in &mut groups {
            group.undone_by = undone_by.get(&group.number).copied();
        }
        Ok(History { groups, came })
    }
}

fn group(
    number: u64,
    records: &[&Record<IgnoredAny>],
    came: &BTreeMap<u64, Came>,
) -> Option<Group> {
    let first = records.first()?;
    let mut files: Vec<PathBuf> = Vec::new();
    for record in records {
        if !files.contains(&record.summary.path) {
            files.push(record.summary.path.clone());
        }
    }
    let count = |wanted: Came| {
        let fits = |record: &&&Record<IgnoredAny>| came.get(&record.summary.entry) == Some(&wanted);
        records.iter().filter(fits).count()
    };
    let state = match (count(Came::True), count(Came::ToNothing)) {
        (done, _) if done == records.len() => GroupState::Done,
        (_, not) if not == records.len() => GroupState::NotDone,
        (0, _) => GroupState::Unknown,
        _ => GroupState::Partly,
    };
    Some(Group {
        number,
        time: first.summary.time,
        summary: first.summary.summary.clone(),
        files,
        entries: records.iter().map(|it| it.summary.entry).collect(),
        state,
        undoes: records.iter().find_map(|it| it.undoes),
        undone_by: None,
        replaces_credentials: records.iter().any(|it| it.replaces_credentials),
        forgotten: records.iter().any(|it| it.forgotten),
    })
}

/// What became of each entry: what its file was afterwards tells, be it the beginning of the next
/// change or the file as it is.
fn resolve(records: &[Record<IgnoredAny>]) -> BTreeMap<u64, Came> {
    let mut came = BTreeMap::new();
    let mut next = BTreeMap::<&Path, (u64, Option<Fingerprint>)>::new();
    for record in records.iter().rev() {
        let path = record.summary.path.as_path();
        let outcome = match record.summary.state {
            EntryState::Done => Came::True,
            EntryState::Intent => {
                let found = match next.get(path) {
                    Some((format, before)) => (*format == record.format).then_some(*before),
                    None => fingerprint(path, record.format).ok(),
                };
                match found {
                    Some(found) if found == record.after => Came::True,
                    Some(found) if found == record.before => Came::ToNothing,
                    _ => Came::Unknown,
                }
            }
        };
        came.insert(record.summary.entry, outcome);
        if outcome == Came::True {
            next.insert(path, (record.format, record.before));
        }
    }
    came
}

/// The fingerprint of a file as entries of that format have it.
pub(crate) fn fingerprint(path: &Path, format: u64) -> Result<Option<Fingerprint>, StoreError> {
    let read = settled(path, |snapshot| fingerprint_of(snapshot, format))?;
    Ok(read.map(|(fingerprint, _)| fingerprint))
}

/// [`fingerprint`] of an open file.
pub(crate) fn fingerprint_of(
    snapshot: &mut Snapshot,
    format: u64,
) -> Result<Fingerprint, StoreError> {
    if format < 2 {
        return Ok(Fingerprint::of_format_1(&snapshot.bytes()?));
    }
    snapshot.fingerprint()
}
