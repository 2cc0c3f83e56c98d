//! Writing entries, and keeping their number and size within bounds.

use super::record::Body;
use super::{EntryState, Journal};
use crate::delta::Delta;
use crate::error::StoreError;
use crate::fingerprint::Fingerprint;
use crate::platform;
use crate::replace::{Temporary, remove_leftovers};
use crate::segments::Note;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The format this program writes, and the newest it understands.
pub(crate) const VERSION: u64 = 2;

/// What every entry begins with, followed by one digit.
const VERSION_KEY: &str = "{\"version\":";
/// What follows that digit, up to the state: of one length in all formats, so that the state can be
/// overwritten in place.
const STATE_KEY: &str = ",\"state\":";
const INTENT: &str = "\"intent\"";
/// As long as [`INTENT`]; blanks mean nothing in JSON.
const DONE: &str = "\"done\"  ";
const GROUP_KEY: &str = ",\"group\":";

/// Where the state is.
const STATE_AT: usize = VERSION_KEY.len() + 1 + STATE_KEY.len();
/// Where the group is, since format 2.
const GROUP_AT: usize = STATE_AT + INTENT.len() + GROUP_KEY.len();

/// As many groups as are kept at least.
const KEPT: usize = 200;

/// As many entries more are let lie before the oldest groups go: to know of which group an entry is, it has to be read,
/// and nobody's change should wait for two hundred of them.
const SLACK: usize = 50;

/// As many bytes as are kept, all entries together; the newest group stays however large it is.
const KEPT_BYTES: u64 = 64 << 20;

/// A change that is about to be made.
pub(crate) struct Intent<'a> {
    /// The file, behind all links.
    pub(crate) path: &'a Path,
    pub(crate) summary: &'a str,
    /// `None` begins a group.
    pub(crate) group: Option<u64>,
    pub(crate) undoes: Option<u64>,
    pub(crate) before: Option<Fingerprint>,
    pub(crate) after: Option<Fingerprint>,
    pub(crate) mode: Option<u32>,
    pub(crate) note: Option<&'a Note>,
    pub(crate) replaces_credentials: bool,
    pub(crate) deltas: &'a [Delta],
}

impl Journal {
    /// Writes down, durably, that a file is about to change.
    pub(crate) fn intend(&self, intent: &Intent<'_>) -> Result<Entry, StoreError> {
        let body = Body {
            time: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            before: intent.before,
            after: intent.after,
            mode: intent.mode,
            undoes: intent.undoes,
            replaces_credentials: intent.replaces_credentials,
            note: intent.note,
            ..Body::about(intent.path, intent.summary, intent.deltas)
        };
        let body = self.serialized(&body)?;
        let _lock = self.guard()?;
        let mut numbers = self.numbers()?;
        if let Some(newest) = numbers.last() {
            refuse_newer(&self.file(*newest))?;
        }
        let spent = fs::read_to_string(self.spent()).ok();
        let spent = spent.and_then(|text| text.trim().parse::<u64>().ok());
        let newest = numbers.last().copied().max(spent).unwrap_or(0);
        let number = newest.saturating_add(1);
        let group = intent.group.unwrap_or(number);
        let path = self.file(number);
        self.place(&path, INTENT, group, &body)?;
        let entry = Entry {
            number,
            group,
            path,
            settled: false,
        };
        platform::sync_folder(&self.folder).map_err(|error| self.undurable(error))?;
        numbers.push(number);
        self.trim(&numbers, group);
        Ok(entry)
    }

    /// Takes up an entry again whose change a crash prevented.
    pub(crate) fn resume(&self, number: u64, group: u64) -> Entry {
        Entry {
            number,
            group,
            path: self.file(number),
            settled: true,
        }
    }

    pub(super) fn serialized(&self, body: &Body<'_>) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(body)
            .map_err(|error| StoreError::io("write", &self.folder, error.into()))
    }

    /// Puts an entry's file in its place, durable but for its name.
    ///
    /// To be called under the [`Journal::guard`].
    fn place(&self, path: &Path, state: &str, group: u64, body: &[u8]) -> Result<(), StoreError> {
        let unnumbered = self.folder.join("entry");
        remove_leftovers(&unnumbered);
        let mut temporary = Temporary::of_ours(&unnumbered)?;
        let head = format!("{VERSION_KEY}{VERSION}{STATE_KEY}{state}{GROUP_KEY}{group},");
        temporary.write(head.as_bytes())?;
        // Without its opening brace, which the head brings.
        temporary.write(body.get(1..).unwrap_or_default())?;
        temporary.sync()?;
        temporary.take_place_of(path)
    }

    /// Replaces an entry's file by another.
    ///
    /// To be called under the [`Journal::guard`].
    pub(super) fn rewrite(
        &self,
        number: u64,
        group: u64,
        state: EntryState,
        body: &Body<'_>,
    ) -> Result<(), StoreError> {
        let body = self.serialized(body)?;
        let state = match state {
            EntryState::Intent => INTENT,
            EntryState::Done => DONE,
        };
        self.place(&self.file(number), state, group, &body)?;
        platform::sync_folder(&self.folder).map_err(|error| self.undurable(error))
    }

    /// Drops the oldest groups, should there be too many or too large ones.
    ///
    /// Never an error: too many entries are no reason to refuse a change.
    fn trim(&self, numbers: &[u64], current: u64) {
        let size = |number: &u64| fs::metadata(self.file(*number)).map_or(0, |it| it.len());
        let mut bytes: u64 = numbers.iter().map(size).sum();
        if numbers.len() <= KEPT + SLACK && bytes <= KEPT_BYTES {
            return;
        }
        let grouped: Vec<(u64, u64)> = numbers
            .iter()
            .map(|number| (group_of(&self.file(*number)).unwrap_or(*number), *number))
            .collect();
        let groups: BTreeSet<u64> = grouped.iter().map(|(group, _)| *group).collect();
        let mut count = groups.len();
        for group in groups {
            if group == current || (count <= KEPT && bytes <= KEPT_BYTES) {
                return;
            }
            for (_, number) in grouped.iter().filter(|(of, _)| *of == group) {
                bytes = bytes.saturating_sub(size(number));
                let _ = fs::remove_file(self.file(*number));
            }
            count -= 1;
        }
    }
}

/// An entry whose change is under way; withdrawn when dropped before it is settled.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) group: u64,
    path: PathBuf,
    settled: bool,
}

impl Entry {
    /// From here on the file may have been replaced: the entry stays, whatever happens.
    pub(crate) fn commit(&mut self) {
        self.settled = true;
    }

    /// The system refused to replace the file: nothing happened.
    pub(crate) fn withdraw(&mut self) {
        self.settled = false;
    }

    /// Notes that the file was replaced.
    ///
    /// Neither durable nor allowed to fail: the fingerprints say the same, and the change has
    /// happened.
    pub(crate) fn done(mut self) -> u64 {
        self.settled = true;
        let _ = self.mark(DONE);
        self.number
    }

    fn mark(&self, state: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(STATE_AT as u64))?;
        file.write_all(state.as_bytes())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.settled {
            // An intent that stays behind is harmless: its fingerprints say that nothing happened.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The beginning of an entry's file; `None` when there is no such entry.
fn head(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    match File::open(path).and_then(|file| file.take(96).read_to_end(&mut head)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(_) => Ok(Some(head)),
    }
}

/// The number that bytes begin with, 0 if none.
fn leading_number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    })
}

/// The group an entry says it belongs to.
fn group_of(path: &Path) -> Option<u64> {
    let head = head(path).ok()??;
    let key = head.get(GROUP_AT - GROUP_KEY.len()..GROUP_AT)?;
    let group = leading_number(head.get(GROUP_AT..)?);
    (key == GROUP_KEY.as_bytes()).then_some(group)
}

/// Fails when an entry was written by a program that may know more than this one.
pub(super) fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    let head = head(path).map_err(|error| StoreError::io("read", path, error))?;
    refuse_newer_head(path, &head.unwrap_or_default())
}

/// The same for an entry whose beginning was read.
pub(super) fn refuse_newer_head(path: &Path, head: &[u8]) -> Result<(), StoreError> {
    let version = head
        .strip_prefix(VERSION_KEY.as_bytes())
        .map_or(0, leading_number);
    if version > VERSION {
        return Err(StoreError::NewerJournal {
            path: path.to_path_buf(),
            version,
            known: VERSION,
        });
    }
    Ok(())
}
