//! Which of the user's files were written after a session.
//!
//! What bowline itself brings home from one session does not make the file later than another: of several, the one
//! that was written last has the last word.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

/// When files were last written by somebody else.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// By file: its time after something was brought there, and what its time is taken for as long as it is that.
    brought: BTreeMap<PathBuf, (SystemTime, SystemTime)>,
}

impl Ages {
    /// Those of `own` that were written after `session`.
    pub(super) fn later(&self, session: &Path, own: &[PathBuf]) -> Vec<PathBuf> {
        let Some(session) = written(session) else {
            return Vec::new();
        };
        let is_later = |path: &&PathBuf| self.of(path).is_some_and(|at| at > session);
        own.iter().filter(is_later).cloned().collect()
    }

    /// What was in `session` was brought into some of `own`.
    pub(super) fn harvested(&mut self, session: &Path, own: &[PathBuf]) {
        let Some(session) = written(session) else {
            return;
        };
        for path in own {
            if let Some(now) = written(path) {
                let known = self.brought.get(path).map_or(session, |(_, as_of)| *as_of);
                self.brought.insert(path.clone(), (now, known.max(session)));
            }
        }
    }

    fn of(&self, path: &Path) -> Option<SystemTime> {
        let found = written(path)?;
        match self.brought.get(path) {
            Some((then, as_of)) if *then == found => Some(*as_of),
            _ => Some(found),
        }
    }
}

/// When a file was last written.
pub(super) fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
