//! The journal: what was about to change, written down before it did.
//!
//! Each entry is a file `NNNNNN.json`, private, with the byte ranges that a change replaced, the
//! fingerprints of the file before and after, and its state. An entry is `intent` until the file
//! has been replaced, then `done`. After a crash the fingerprints tell whether an intent came true;
//! nothing has to be repaired. Entries may contain credentials.

use crate::delta::{self, Delta};
use crate::error::StoreError;
use crate::fingerprint::Fingerprint;
use crate::lock::{OwnLock, Wait};
use crate::platform;
use crate::replace::{Folders, Temporary, remove_leftovers};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The format this program writes, and the newest it understands.
const VERSION: u64 = 1;

/// How every entry begins, up to its state: fixed, so that the state can be overwritten in place.
const HEAD: &str = "{\"version\":1,\"state\":";
const INTENT: &str = "\"intent\"";
/// As long as [`INTENT`]; blanks mean nothing in JSON.
const DONE: &str = "\"done\"  ";

/// As many entries as are kept.
const KEPT: usize = 200;

/// What a journal entry is about; without the bytes themselves, which may be secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntrySummary {
    /// The entry's number; larger is later.
    pub entry: u64,
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

/// Everything in an entry after its head.
#[derive(Serialize)]
struct Body<'a> {
    time: u64,
    summary: &'a str,
    path: String,
    /// The path as bytes in base64, only where it is not Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    /// `null` when there was no file.
    before: Option<Fingerprint>,
    after: Fingerprint,
    deltas: Vec<Delta>,
}

/// What [`EntrySummary`] needs of an entry.
#[derive(Deserialize)]
struct Record {
    state: EntryState,
    time: u64,
    summary: String,
    path: String,
    path_bytes: Option<String>,
}

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

    /// Writes down, durably, that `path` is about to change.
    pub(crate) fn intend(
        &self,
        path: &Path,
        summary: &str,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> Result<Entry, StoreError> {
        let body = Body {
            time: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            summary,
            path: path.to_string_lossy().into_owned(),
            path_bytes: path
                .to_str()
                .is_none()
                .then(|| STANDARD.encode(platform::path_to_bytes(path))),
            before: before.map(Fingerprint::of),
            after: Fingerprint::of(after),
            deltas: delta::between(before.unwrap_or_default(), after),
        };
        let body = serde_json::to_vec(&body)
            .map_err(|error| StoreError::io("write", &self.folder, error.into()))?;

        Folders::create(&self.folder)?.keep()?;
        let failed = |error| StoreError::io("make durable", &self.folder, error);
        platform::close_folder(&self.folder).map_err(failed)?;
        let _lock = OwnLock::take(&self.lock, &self.folder, Wait::new(self.wait))?;
        let unnumbered = self.folder.join("entry");
        remove_leftovers(&unnumbered);
        let mut numbers = self.numbers()?;
        if let Some(newest) = numbers.last() {
            refuse_newer(&self.file(*newest))?;
        }
        let number = numbers.last().map_or(1, |newest| newest.saturating_add(1));
        let path = self.file(number);
        let mut temporary = Temporary::beside(&unnumbered)?;
        // The body without its opening brace, which the head brings.
        temporary.write(&[HEAD.as_bytes(), INTENT.as_bytes(), b",", &body[1..]].concat())?;
        temporary.sync()?;
        temporary.take_place_of(&path)?;
        let entry = Entry {
            number,
            path,
            settled: false,
        };
        platform::sync_folder(&self.folder).map_err(failed)?;

        numbers.push(number);
        for old in numbers.iter().take(numbers.len().saturating_sub(KEPT)) {
            // Too many entries are no reason to refuse a change.
            let _ = fs::remove_file(self.file(*old));
        }
        Ok(entry)
    }

    /// Every entry, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<EntrySummary>, StoreError> {
        let mut entries = Vec::new();
        for number in self.numbers()? {
            let path = self.file(number);
            refuse_newer(&path)?;
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                // Dropped as one of the oldest, or withdrawn, since the folder was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::io("read", &path, error)),
            };
            entries.push(
                summary(number, &bytes)
                    .map_err(|reason| StoreError::DamagedEntry { path, reason })?,
            );
        }
        Ok(entries)
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:06}.json"))
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

/// An entry whose change is under way; withdrawn when dropped before it is settled.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    path: PathBuf,
    settled: bool,
}

impl Entry {
    /// From here on the file may have been replaced: the entry stays, whatever happens.
    pub(crate) fn commit(&mut self) {
        self.settled = true;
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
        file.seek(SeekFrom::Start(HEAD.len() as u64))?;
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

/// Fails when an entry was written by a program that may know more than this one.
fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io("read", path, error)),
        Ok(_) => {}
    }
    let version = head.strip_prefix(b"{\"version\":").map_or(0, |rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    });
    if version > VERSION {
        return Err(StoreError::NewerJournal {
            path: path.to_path_buf(),
            version,
        });
    }
    Ok(())
}

fn summary(entry: u64, bytes: &[u8]) -> Result<EntrySummary, String> {
    let record: Record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let path = match record.path_bytes {
        Some(bytes) => {
            platform::path_from_bytes(STANDARD.decode(bytes).map_err(|error| error.to_string())?)
        }
        None => PathBuf::from(record.path),
    };
    let time = UNIX_EPOCH
        .checked_add(Duration::from_secs(record.time))
        .ok_or("its time is out of range")?;
    Ok(EntrySummary {
        entry,
        time,
        summary: record.summary,
        path,
        state: record.state,
    })
}
