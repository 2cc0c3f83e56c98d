//! What an entry's file says.

use crate::delta::Delta;
use crate::fingerprint::Fingerprint;
use crate::platform;
use crate::segments::Note;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a journal entry is about; without the bytes themselves, which may be secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntrySummary {
    /// The entry's number; larger is later.
    pub entry: u64,
    /// The group it belongs to: the number of the group's first entry.
    pub group: u64,
    /// When it was written.
    pub time: SystemTime,
    /// What the change was, in the words of the caller.
    pub summary: String,
    /// The file that was changed, behind all links.
    pub path: PathBuf,
    /// Whether the change is known to have happened.
    pub state: EntryState,
}

/// How far a journalled change came.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum EntryState {
    /// Written down; the file is replaced or not, and its fingerprint tells.
    Intent,
    /// The file was replaced.
    Done,
}

/// A journal entry with all it holds. It may be secret.
#[derive(Clone, Debug)]
pub struct Details {
    /// What the entry is about.
    pub summary: EntrySummary,
    /// The file before the change; `None` when there was none.
    pub before: Option<Fingerprint>,
    /// The file after the change; `None` when the change removed it.
    pub after: Option<Fingerprint>,
    /// What was replaced.
    pub deltas: Vec<Delta>,
    /// What the caller wanted to remember.
    pub note: Option<Note>,
    /// The group that this entry took back, in an undo.
    pub undoes: Option<u64>,
    /// Whether the change replaced credentials that are worth nothing now.
    pub replaces_credentials: bool,
    /// Whether deltas and note were deleted because of a secret in them.
    pub forgotten: bool,
    pub(crate) mode: Option<u32>,
    pub(crate) format: u64,
}

impl Details {
    /// Whether these are a file's bytes after the change.
    pub fn is_after(&self, bytes: &[u8]) -> bool {
        self.after == Some(self.of(bytes))
    }

    /// Whether these are a file's bytes before the change.
    pub fn is_before(&self, bytes: &[u8]) -> bool {
        self.before == Some(self.of(bytes))
    }

    fn of(&self, bytes: &[u8]) -> Fingerprint {
        if self.format < 2 {
            Fingerprint::of_format_1(bytes)
        } else {
            Fingerprint::of(bytes)
        }
    }
}

/// Everything in an entry's file after its head, which holds version, state and group.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    pub(super) time: u64,
    pub(super) summary: &'a str,
    pub(super) path: String,
    /// The path as bytes in base64, only where it is not Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_bytes: Option<String>,
    /// `null` when there was no file.
    pub(super) before: Option<Fingerprint>,
    /// `null` when the file was removed.
    pub(super) after: Option<Fingerprint>,
    /// The mode of the file before, where the system has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undoes: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) replaces_credentials: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) forgotten: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a Note>,
    pub(super) deltas: &'a [Delta],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl<'a> Body<'a> {
    /// A body about `path` that says nothing else yet.
    pub(super) fn about(path: &Path, summary: &'a str, deltas: &'a [Delta]) -> Body<'a> {
        Body {
            time: 0,
            summary,
            path: path.to_string_lossy().into_owned(),
            path_bytes: path
                .to_str()
                .is_none()
                .then(|| STANDARD.encode(platform::path_to_bytes(path))),
            before: None,
            after: None,
            mode: None,
            undoes: None,
            replaces_credentials: false,
            forgotten: false,
            note: None,
            deltas,
        }
    }
}

/// An entry's file, of any format up to the present one.
#[derive(Deserialize)]
struct Stored<D> {
    version: u64,
    state: EntryState,
    /// Since format 2; before it each entry was a group.
    group: Option<u64>,
    time: u64,
    summary: String,
    path: String,
    path_bytes: Option<String>,
    before: Option<Fingerprint>,
    after: Option<Fingerprint>,
    mode: Option<u32>,
    undoes: Option<u64>,
    #[serde(default)]
    replaces_credentials: bool,
    #[serde(default)]
    forgotten: bool,
    note: Option<Note>,
    deltas: D,
}

/// An entry as it was read, with its deltas as a `D`: many readers need none.
pub(super) struct Record<D> {
    pub(super) summary: EntrySummary,
    pub(super) time: u64,
    pub(super) format: u64,
    pub(super) before: Option<Fingerprint>,
    pub(super) after: Option<Fingerprint>,
    pub(super) mode: Option<u32>,
    pub(super) undoes: Option<u64>,
    pub(super) replaces_credentials: bool,
    pub(super) forgotten: bool,
    pub(super) note: Option<Note>,
    pub(super) deltas: D,
}

impl<D: DeserializeOwned> Record<D> {
    pub(super) fn parse(entry: u64, bytes: &[u8]) -> Result<Record<D>, String> {
        let stored: Stored<D> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let path = match stored.path_bytes {
            Some(bytes) => {
                let bytes = STANDARD.decode(bytes).map_err(|error| error.to_string())?;
                platform::path_from_bytes(bytes)
            }
            None => PathBuf::from(stored.path),
        };
        let time = UNIX_EPOCH
            .checked_add(Duration::from_secs(stored.time))
            .ok_or("its time is out of range")?;
        Ok(Record {
            summary: EntrySummary {
                entry,
                group: stored.group.unwrap_or(entry),
                time,
                summary: stored.summary,
                path,
                state: stored.state,
            },
            time: stored.time,
            format: stored.version,
            before: stored.before,
            after: stored.after,
            mode: stored.mode,
            undoes: stored.undoes,
            replaces_credentials: stored.replaces_credentials,
            forgotten: stored.forgotten,
            note: stored.note,
            deltas: stored.deltas,
        })
    }
}

impl Record<Vec<Delta>> {
    pub(super) fn into_details(self) -> Details {
        Details {
            summary: self.summary,
            before: self.before,
            after: self.after,
            deltas: self.deltas,
            note: self.note,
            undoes: self.undoes,
            replaces_credentials: self.replaces_credentials,
            forgotten: self.forgotten,
            mode: self.mode,
            format: self.format,
        }
    }
}
