//! The journal: what was about to change, written down before it did.
//!
//! Each entry is a file `NNNNNN.json`, private, about one change of one file: the byte ranges that
//! it replaced, the fingerprints of the file before and after, the caller's note, and its state. An
//! entry is `intent` until the file has been replaced, then `done`. After a crash the fingerprints
//! tell whether an intent came true; nothing has to be repaired. Entries may contain credentials.
//!
//! The changes of one command are a group, which carries the number of its first entry.

mod forget;
mod group;
mod purge;
mod recent;
mod record;
mod write;

pub use group::{Group, GroupState};
pub use purge::Purge;
pub use recent::Recent;
pub use record::{Details, EntryState, EntrySummary};

pub(crate) use group::{Came, History, fingerprint_of};
pub(crate) use write::{Entry, Intent};

use crate::error::StoreError;
use crate::lock::OwnLock;
use crate::platform;
use crate::replace::Folders;
use record::Record;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The folder of entries.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    lock: PathBuf,
    wait: Duration,
}

impl Journal {
    /// The journal in `folder`, guarded by the lock file `lock`.
    pub(crate) fn new(folder: PathBuf, lock: PathBuf, wait: Duration) -> Journal {
        Journal { folder, lock, wait }
    }

    /// Every entry, oldest first, without its bytes.
    pub(crate) fn entries(&self) -> Result<Vec<EntrySummary>, StoreError> {
        let records = self.records::<serde::de::IgnoredAny>()?;
        Ok(records.into_iter().map(|it| it.summary).collect())
    }

    /// One entry with everything in it; `None` when there is none of that number.
    pub(crate) fn details(&self, number: u64) -> Result<Option<Details>, StoreError> {
        let record = self.record(number)?;
        Ok(record.map(Record::into_details))
    }

    /// Every entry, oldest first, with its deltas as a `D`.
    fn records<D: DeserializeOwned>(&self) -> Result<Vec<Record<D>>, StoreError> {
        let mut records = Vec::new();
        for number in self.numbers()? {
            // `None`: dropped as one of the oldest, or withdrawn, since the folder was listed.
            records.extend(self.record(number)?);
        }
        Ok(records)
    }

    fn record<D: DeserializeOwned>(&self, number: u64) -> Result<Option<Record<D>>, StoreError> {
        let path = self.file(number);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path, error)),
        };
        write::refuse_newer_head(&path, &bytes)?;
        let record = Record::parse(number, &bytes);
        record
            .map(Some)
            .map_err(|reason| StoreError::DamagedEntry { path, reason })
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:06}.json"))
    }

    /// Where the greatest number is kept whose entry was purged.
    fn spent(&self) -> PathBuf {
        self.folder.join("spent")
    }

    /// Keeps other bowlines from changing the journal.
    fn guard(&self) -> Result<OwnLock, StoreError> {
        Folders::create(&self.folder)?.keep()?;
        platform::close_folder(&self.folder).map_err(|error| self.undurable(error))?;
        OwnLock::take(&self.lock, &self.folder, self.wait)
    }

    fn undurable(&self, error: io::Error) -> StoreError {
        StoreError::io("make durable", &self.folder, error)
    }

    /// The numbers of all entries, ascending; none when there is no journal.
    fn numbers(&self) -> Result<Vec<u64>, StoreError> {
        let failed = |error| StoreError::io("list", &self.folder, error);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_suffix(".json"))
                .and_then(|number| number.parse::<u64>().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}
