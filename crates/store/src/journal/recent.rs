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
    /// At most `limit` entries, the newest first.
    pub(crate) fn recent(&self, limit: usize) -> Result<Vec<Recent>, StoreError> {
        let mut recent = Vec::new();
        for number in self.numbers()?.into_iter().rev().take(limit) {
            let settled = fs::metadata(self.file(number))
                .and_then(|metadata| metadata.modified())
                .ok();
            // One that is gone was purged since the folder was listed.
            if let Some(details) = self.details(number)? {
                recent.push(Recent { details, settled });
            }
        }
        Ok(recent)
    }
}
