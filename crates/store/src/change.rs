//! Changes of several files that belong together.

use crate::error::UpdateError;
use crate::segments::Rewrite;
use crate::snapshot::Snapshot;
use crate::stage::About;
use crate::update::{Outcome, Store, whole};
use std::path::Path;

/// One change of the user's, in as many files as it takes: one line of the history, undone as one.
///
/// The files change one after the other. Should one fail, those before it stay changed, and undoing
/// the group takes them back.
#[derive(Debug)]
pub struct Change<'a> {
    store: &'a Store,
    summary: &'a str,
    group: Option<u64>,
    private: bool,
}

/// Computes a change of one file; again from the start when the file changes meanwhile.
pub(crate) type Changer<'a, E> =
    dyn FnMut(Option<&mut Snapshot>) -> Result<Option<Rewrite>, UpdateError<E>> + 'a;

/// A change that was made.
pub(crate) struct Written {
    pub(crate) entry: u64,
    pub(crate) group: u64,
}

impl<'a> Change<'a> {
    pub(crate) fn new(store: &'a Store, summary: &'a str) -> Change<'a> {
        Change {
            store,
            summary,
            group: None,
            private: false,
        }
    }

    /// Makes the files their owner's alone, whatever they were before.
    #[must_use]
    pub fn private(mut self) -> Change<'a> {
        self.private = true;
        self
    }

    /// The group's number, once a file has changed.
    pub fn group(&self) -> Option<u64> {
        self.group
    }

    /// Changes one file by its bytes, as [`Store::update`] does.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`].
    pub fn update<E>(
        &mut self,
        path: &Path,
        mut change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        self.run(path, &mut |snapshot| whole(snapshot, &mut change))
    }

    /// Changes or removes one file by segments, as [`Store::rewrite`] does, with a note for the
    /// journal.
    ///
    /// # Errors
    ///
    /// As for [`Store::rewrite`].
    pub fn rewrite<E>(
        &mut self,
        path: &Path,
        mut change: impl FnMut(Option<&mut Snapshot>) -> Result<Option<Rewrite>, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        self.run(path, &mut |snapshot| {
            change(snapshot).map_err(UpdateError::Change)
        })
    }

    fn run<E>(
        &mut self,
        path: &Path,
        change: &mut Changer<'_, E>,
    ) -> Result<Outcome, UpdateError<E>> {
        let about = About {
            summary: self.summary,
            group: self.group,
            undoes: None,
            mode: None,
            private: self.private,
        };
        let Some(written) = self.store.run(path, about, change)? else {
            return Ok(Outcome::Unchanged);
        };
        self.group = Some(written.group);
        Ok(Outcome::Written {
            entry: written.entry,
        })
    }
}
