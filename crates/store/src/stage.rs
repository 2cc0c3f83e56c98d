//! One change of one file, between its intent and its end.

use crate::error::StoreError;
use crate::fingerprint::{Fingerprint, Hasher};
use crate::journal::{Entry, Intent, Journal};
use crate::platform;
use crate::replace::Temporary;
use crate::segments::{self, Piece, Rewrite, walk};
use crate::snapshot::Snapshot;
use crate::target::Target;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// For the owner alone.
const PRIVATE: u32 = 0o600;

/// What the journal is told beside the change itself.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) summary: &'a str,
    /// The group to join; `None` begins one.
    pub(crate) group: Option<u64>,
    pub(crate) undoes: Option<u64>,
    /// The mode of a file that is created; `None` for its owner alone.
    pub(crate) mode: Option<u32>,
    /// Whether a file that is replaced becomes its owner's alone.
    pub(crate) private: bool,
}

/// How a change's preparation ended.
pub(crate) enum Prepared<'a> {
    /// The file already is as wanted.
    Unchanged,
    /// It is no longer the file that the change was computed from.
    Disturbed,
    /// Only the rename is left.
    Staged(Box<Staged<'a>>),
}

/// A change that is journalled and whose new file is ready.
///
/// Dropped before [`Staged::commit`], it leaves nothing.
pub(crate) struct Staged<'a> {
    target: &'a Target,
    entry: Entry,
    /// `None` to remove the file.
    temporary: Option<Temporary>,
    snapshot: Option<Snapshot>,
    before: Option<Fingerprint>,
    after: Option<Fingerprint>,
}

impl<'a> Staged<'a> {
    /// Journals a change and writes its new file beside the old one.
    ///
    /// To be called with the locks of `target` held. `snapshot` is the file as the change was
    /// computed from it. A change that a crash interrupted has its entry already.
    pub(crate) fn prepare(
        journal: &Journal,
        target: &'a Target,
        mut snapshot: Option<Snapshot>,
        rewrite: &Rewrite,
        about: About<'_>,
        entry: Option<Entry>,
    ) -> Result<Prepared<'a>, StoreError> {
        let path = &target.resolved;
        let segments = rewrite.segments.as_deref();
        let survey = match segments::survey(path, snapshot.as_mut(), segments) {
            Err(_) if snapshot.as_ref().is_some_and(Snapshot::disturbed) => {
                return Ok(Prepared::Disturbed);
            }
            result => result?,
        };
        if survey.before.is_some() == survey.after.is_some()
            && survey.deltas.is_empty()
            && (survey.before == survey.after)
        {
            return Ok(Prepared::Unchanged);
        }
        if let Some(snapshot) = &snapshot {
            let links = platform::hard_links(snapshot.metadata());
            if links > 1 {
                return Err(StoreError::HardLinked {
                    path: target.given.clone(),
                    links,
                });
            }
        }
        let mode = snapshot
            .as_ref()
            .map(Snapshot::metadata)
            .and_then(platform::mode);
        let intent = Intent {
            path,
            summary: about.summary,
            group: about.group,
            undoes: about.undoes,
            before: survey.before,
            after: survey.after,
            mode,
            note: rewrite.note.as_ref(),
            replaces_credentials: rewrite.replaces_credentials,
            deltas: &survey.deltas,
        };
        let entry = match entry {
            Some(entry) => entry,
            None => journal.intend(&intent)?,
        };
        let mut temporary = None;
        if let Some(segments) = segments {
            let mut new = Temporary::beside(path)?;
            match write(&mut new, target, snapshot.as_mut(), segments) {
                Ok(written) if Some(written) == survey.after => {}
                Err(_) if snapshot.as_ref().is_some_and(Snapshot::disturbed) => {
                    return Ok(Prepared::Disturbed);
                }
                Ok(_) => return Ok(Prepared::Disturbed),
                Err(error) => return Err(error),
            }
            match (&snapshot, about.mode) {
                (Some(snapshot), _) => {
                    new.keep_identity(snapshot.metadata())?;
                    if about.private {
                        new.set_mode(PRIVATE)?;
                    }
                }
                (None, Some(mode)) => new.set_mode(mode)?,
                (None, None) => {}
            }
            new.sync()?;
            temporary = Some(new);
        }
        Ok(Prepared::Staged(Box::new(Staged {
            target,
            entry,
            temporary,
            snapshot,
            before: survey.before,
            after: survey.after,
        })))
    }

    /// The group of the change's journal entry.
    pub(crate) fn group(&self) -> u64 {
        self.entry.group
    }

    /// The file that is to be replaced.
    pub(crate) fn path(&self) -> &Path {
        &self.target.resolved
    }

    /// What the file will be; `None` when it is to be removed.
    pub(crate) fn after(&self) -> Option<Fingerprint> {
        self.after
    }

    /// Gives up, but keeps the intent for another attempt.
    pub(crate) fn leave(mut self) {
        self.entry.commit();
    }

    /// Whether nobody has written since the snapshot.
    pub(crate) fn is_undisturbed(&self) -> Result<bool, StoreError> {
        match (&self.snapshot, self.before) {
            (Some(snapshot), Some(before)) => snapshot.is_still(before),
            _ => Ok(Snapshot::open(&self.target.resolved)?.is_none()),
        }
    }

    /// Makes the change, and returns its entry's number.
    ///
    /// `resumable` keeps the intent even when the system refuses, for another attempt.
    pub(crate) fn commit(self, resumable: bool) -> Result<u64, StoreError> {
        let Staged {
            target,
            mut entry,
            temporary,
            ..
        } = self;
        let path = &target.resolved;
        entry.commit();
        let replaced = match temporary {
            Some(temporary) => temporary.take_place_of(path),
            None => {
                fs::remove_file(path).map_err(|error| StoreError::create("remove", path, error))
            }
        };
        if let Err(error) = replaced {
            if error.is_refusal() && !resumable {
                entry.withdraw();
            }
            return Err(error);
        }
        let synced = platform::sync_folder(&target.folder)
            .map_err(|error| StoreError::io("make durable", &target.folder, error));
        let number = entry.done();
        synced.map(|()| number)
    }
}

/// Writes the new file and returns its fingerprint.
fn write(
    temporary: &mut Temporary,
    target: &Target,
    snapshot: Option<&mut Snapshot>,
    segments: &[segments::Segment],
) -> Result<Fingerprint, StoreError> {
    let failed = |error: io::Error| StoreError::io("write", &target.resolved, error);
    let mut hasher = Hasher::new();
    // Many small pieces are written as few large ones.
    let mut writer = io::BufWriter::with_capacity(64 << 10, temporary.writer());
    walk(
        &target.resolved,
        snapshot,
        segments,
        &mut |piece| match piece {
            Piece::Kept(bytes) | Piece::Put(bytes) => {
                hasher.update(bytes);
                writer.write_all(bytes).map_err(failed)
            }
            Piece::Removed(_) => Ok(()),
        },
    )?;
    writer.flush().map_err(failed)?;
    Ok(hasher.finish())
}
