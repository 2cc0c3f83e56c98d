//! The newest entries, without reading the whole journal.

use super::{Details, Journal};
use crate::error::StoreError;
use std::fs;
use std::time::SystemTime;

/// An entry, and since when it has been as it is.
#[derive(Clone, Debug)]
pub struct Recent {
    /// The entry.
    pub details: Details,
    /// When it was last written: a file that another program wrote since is younger.
    pub settled: Option<SystemTime>,
}

impl Journal {
    /// The entries, the newest first, each read when it is asked for.
    pub(crate) fn recent(
        self,
    ) -> Result<impl Iterator<Item = Result<Recent, StoreError>>, StoreError> {
        let numbers = self.numbers()?;
        // One that is gone was purged since the folder was listed.
        let read = move |number| self.one(number).transpose();
        Ok(numbers.into_iter().rev().filter_map(read))
    }

    fn one(&self, number: u64) -> Result<Option<Recent>, StoreError> {
        let settled = fs::metadata(self.file(number))
            .and_then(|metadata| metadata.modified())
            .ok();
        let details = self.details(number)?;
        Ok(details.map(|details| Recent { details, settled }))
    }
}
