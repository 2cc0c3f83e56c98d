//! Deleting entries.

use super::Journal;
use crate::error::StoreError;
use crate::platform;
use crate::replace::Temporary;
use serde::de::IgnoredAny;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

/// Which groups to delete from the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Purge {
    /// Every one, even one that cannot be understood.
    All,
    /// Those with these numbers.
    Groups(Vec<u64>),
    /// Those that began longer ago than this.
    OlderThan(Duration),
}

impl Journal {
    /// Deletes groups and returns how many there were.
    pub(crate) fn purge(&self, what: &Purge) -> Result<usize, StoreError> {
        if self.numbers()?.is_empty() {
            return Ok(0);
        }
        let _lock = self.guard()?;
        let numbers = self.numbers()?;
        let now = SystemTime::now();
        let mut groups = BTreeSet::new();
        let mut entries = Vec::new();
        for number in &numbers {
            let (group, time) = match self.record::<IgnoredAny>(*number) {
                Ok(Some(record)) => (record.summary.group, Some(record.summary.time)),
                Ok(None) => continue,
                // What cannot be understood can still be deleted; another program's is kept unless
                // everything is to go.
                Err(StoreError::DamagedEntry { .. }) => (*number, None),
                Err(_) if *what == Purge::All => (*number, None),
                Err(error) => return Err(error),
            };
            let fits = match what {
                Purge::All => true,
                Purge::Groups(wanted) => wanted.contains(&group),
                Purge::OlderThan(age) => time
                    .and_then(|time| now.duration_since(time).ok())
                    .is_some_and(|since| since > *age),
            };
            if fits {
                groups.insert(group);
            }
            entries.push((*number, group));
        }
        let gone: Vec<u64> = entries
            .iter()
            .filter(|(_, group)| groups.contains(group))
            .map(|(number, _)| *number)
            .collect();
        if let Some(newest) = numbers.last().filter(|newest| gone.contains(newest)) {
            // Numbers are not given twice: a later undo would take back the wrong change.
            let mut spent = Temporary::of_ours(&self.spent())?;
            spent.write(format!("{newest}\n").as_bytes())?;
            spent.sync()?;
            spent.take_place_of(&self.spent())?;
        }
        for number in gone {
            let path = self.file(number);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("delete", &path, error));
                }
                _ => {}
            }
        }
        platform::sync_folder(&self.folder).map_err(|error| self.undurable(error))?;
        Ok(groups.len())
    }
}
