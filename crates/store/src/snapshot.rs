//! A file as it was at one moment, read in pieces.

use crate::error::StoreError;
use crate::fingerprint::{Fingerprint, Hasher};
use crate::platform::{self, Stamp};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// Ten times the largest kubeconfig ever measured; a device that never ends must not fill the
/// memory.
const LIMIT: u64 = 1 << 30;

/// Between two looks at a file that is not whole yet.
pub(crate) const PAUSE: Duration = Duration::from_millis(5);

/// Looks at an empty file before it is believed, about 30 ms.
const LOOKS_AT_EMPTY: u32 = 7;

/// Looks at a file that changes while it is read, about half a second.
pub(crate) const LOOKS_AT_CHANGING: u32 = 100;

/// Read at once and kept: nearly every kubeconfig.
const SMALL: u64 = 1 << 20;

/// As much as is read at a time of a larger file.
const CHUNK: usize = 256 << 10;

/// A file that changed less than this before it was read may change again without its times telling
/// so: file systems count in ticks, some in seconds.
const RACY: Duration = Duration::from_secs(2);

/// A file's bytes as they were when it was opened; an error where they no longer are.
///
/// Small files, pipes and devices are kept in memory; of a larger file only a buffer is.
pub struct Snapshot {
    path: PathBuf,
    source: Source,
    len: u64,
    metadata: Metadata,
    stamp: Stamp,
    /// Whether an equal [`Stamp`] proves that the bytes are equal.
    trusted: bool,
    /// What was read, where the stamp does not prove it.
    seen: Option<Fingerprint>,
    disturbed: bool,
    buffer: Vec<u8>,
}

/// What proves that two snapshots of one path have the same bytes.
///
/// Only of a file that had not changed for two seconds: file systems count in ticks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proof(Stamp);

enum Source {
    File(File),
    Memory(Vec<u8>),
}

impl std::fmt::Debug for Snapshot {
    /// Without the bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("path", &self.path)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Opens a file; `None` when there is none.
    ///
    /// kubectl writes in place: it truncates the file and then writes it. So an empty file is
    /// looked at again for about 30 ms before it is believed. Pipes and devices (`<(command)`,
    /// `/dev/null`) are read once, as they come.
    ///
    /// # Errors
    ///
    /// A folder, a file that may not be read, one larger than 1 GiB, and one that never holds still
    /// each have their own [`StoreError`].
    pub fn open(path: &Path) -> Result<Option<Snapshot>, StoreError> {
        let given = || path.to_path_buf();
        let mut looks = 0;
        loop {
            looks += 1;
            match look(path) {
                Ok(Look::Missing) => return Ok(None),
                Ok(Look::Open(snapshot))
                    if snapshot.len > 0
                        || !snapshot.metadata.is_file()
                        || looks >= LOOKS_AT_EMPTY =>
                {
                    return Ok(Some(*snapshot));
                }
                Ok(Look::Changing) if looks >= LOOKS_AT_CHANGING => {
                    return Err(StoreError::Unsettled { path: given() });
                }
                Ok(Look::Folder) => return Err(StoreError::Folder { path: given() }),
                Ok(Look::TooLarge) => {
                    return Err(StoreError::TooLarge {
                        path: given(),
                        limit: LIMIT,
                    });
                }
                Err(error) if looks < LOOKS_AT_EMPTY && platform::is_transient(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(StoreError::Unreadable {
                        path: given(),
                        source: error,
                    });
                }
                Err(error) => return Err(StoreError::io("read", path, error)),
                Ok(Look::Open(_) | Look::Changing) => {}
            }
            thread::sleep(PAUSE);
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What proves that nothing changed since, if the system can tell: number, size and times of the
    /// file, as they were when it was opened.
    pub fn proof(&self) -> Option<Proof> {
        let proves = self.trusted && self.metadata.is_file() && !self.disturbed;
        proves.then_some(Proof(self.stamp))
    }

    /// Reads the whole file from its beginning, in pieces whose borders mean nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsettled`] when the file has changed since it was opened: what was fed is
    /// worthless then.
    pub fn chunks(&mut self, feed: &mut dyn FnMut(&[u8])) -> Result<(), StoreError> {
        self.pieces(&mut |piece| {
            feed(piece);
            Ok(())
        })
    }

    /// Reads some ranges and returns their bytes, one after the other.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsettled`] as for [`Snapshot::chunks`]; [`StoreError::Segments`] for a range
    /// that is not in the file.
    pub fn ranges(&mut self, ranges: &[Range<u64>]) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        for range in ranges {
            if range.start > range.end || range.end > self.len {
                return Err(StoreError::Segments {
                    path: self.path.clone(),
                });
            }
            self.read(range.clone(), &mut |piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })?;
        }
        self.check()?;
        if !self.trusted && matches!(self.source, Source::File(_)) {
            // Only all the bytes can tell whether these are of the same moment as the others.
            self.pieces(&mut |_| Ok(()))?;
        }
        Ok(bytes)
    }

    /// Reads the whole file into memory.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::chunks`].
    pub fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0));
        self.chunks(&mut |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// [`Snapshot::bytes`] without a copy of what is in memory already.
    pub(crate) fn take_bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match &mut self.source {
            Source::Memory(bytes) => Ok(std::mem::take(bytes)),
            Source::File(_) => self.bytes(),
        }
    }

    /// What the system said about the file when it was opened.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Whether the file was seen to change since it was opened.
    pub(crate) fn disturbed(&self) -> bool {
        self.disturbed
    }

    /// The fingerprint of all the bytes.
    pub(crate) fn fingerprint(&mut self) -> Result<Fingerprint, StoreError> {
        let mut hasher = Hasher::new();
        self.chunks(&mut |piece| hasher.update(piece))?;
        Ok(hasher.finish())
    }

    /// Whether the file of that path still holds these bytes, of which `fingerprint` is known.
    pub(crate) fn is_still(&self, fingerprint: Fingerprint) -> Result<bool, StoreError> {
        if self.trusted {
            // Opened, not only looked at: network file systems ask their server when opening.
            let stamp = File::open(&self.path).and_then(|file| Ok(Stamp::of(&file.metadata()?)));
            if stamp.is_ok_and(|stamp| stamp == self.stamp) {
                return Ok(true);
            }
        }
        match Snapshot::open(&self.path)? {
            None => Ok(false),
            Some(now) if now.len != fingerprint.len => Ok(false),
            Some(mut now) => match now.fingerprint() {
                Ok(found) => Ok(found == fingerprint),
                Err(StoreError::Unsettled { .. }) => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    /// [`Snapshot::chunks`] for a receiver that may fail.
    pub(crate) fn pieces(
        &mut self,
        feed: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let doubtful = !self.trusted && matches!(self.source, Source::File(_));
        if !doubtful {
            self.read(0..self.len, feed)?;
            return self.check();
        }
        let mut hasher = Hasher::new();
        self.read(0..self.len, &mut |piece| {
            hasher.update(piece);
            feed(piece)
        })?;
        self.check()?;
        let read = hasher.finish();
        if *self.seen.get_or_insert(read) != read {
            return Err(self.unsettled());
        }
        Ok(())
    }

    /// Reads one range of the file; its end must be in the file.
    fn read(
        &mut self,
        range: Range<u64>,
        feed: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut left = range.end - range.start;
        let file = match &mut self.source {
            Source::Memory(bytes) => {
                let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                let bytes = bytes.get(within(range.start)..within(range.end));
                return bytes.unwrap_or_default().chunks(CHUNK).try_for_each(feed);
            }
            Source::File(file) => file,
        };
        let failed = |error| StoreError::io("read", &self.path, error);
        self.buffer.resize(CHUNK, 0);
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        while left > 0 {
            let wanted = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            match file.read(&mut self.buffer[..wanted]) {
                Ok(0) => return Err(self.unsettled()),
                Ok(count) => {
                    feed(&self.buffer[..count])?;
                    left -= count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Fails when the open file has changed.
    fn check(&mut self) -> Result<(), StoreError> {
        let Source::File(file) = &self.source else {
            return Ok(());
        };
        let now = file
            .metadata()
            .map_err(|error| StoreError::io("read", &self.path, error))?;
        if held_still(&self.metadata, &now) {
            return Ok(());
        }
        Err(self.unsettled())
    }

    fn unsettled(&mut self) -> StoreError {
        self.disturbed = true;
        StoreError::Unsettled {
            path: self.path.clone(),
        }
    }
}

/// Opens a file and reads it with `work`, again from the start when it changes meanwhile.
pub(crate) fn settled<T>(
    path: &Path,
    mut work: impl FnMut(&mut Snapshot) -> Result<T, StoreError>,
) -> Result<Option<(T, Snapshot)>, StoreError> {
    let mut looks = 0;
    loop {
        looks += 1;
        let Some(mut snapshot) = Snapshot::open(path)? else {
            return Ok(None);
        };
        match work(&mut snapshot) {
            Ok(result) => return Ok(Some((result, snapshot))),
            Err(_) if snapshot.disturbed && looks < LOOKS_AT_CHANGING => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
}

enum Look {
    Open(Box<Snapshot>),
    Changing,
    Missing,
    Folder,
    TooLarge,
}

fn look(path: &Path) -> io::Result<Look> {
    let began = SystemTime::now();
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Missing),
        // Windows cannot open a folder as a file, and says "access denied".
        Err(error) => {
            return if fs::metadata(path).is_ok_and(|it| it.is_dir()) {
                Ok(Look::Folder)
            } else {
                Err(error)
            };
        }
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok(Look::Folder);
    }
    if metadata.len() > LIMIT {
        return Ok(Look::TooLarge);
    }
    let stamp = Stamp::of(&metadata);
    let trusted = stamp
        .newest()
        .and_then(|changed| changed.checked_add(RACY))
        .is_some_and(|safe| safe < began);
    let (source, len) = if metadata.is_file() && metadata.len() > SMALL {
        (Source::File(file), metadata.len())
    } else {
        // One more than the file has, so that the end is seen without growing the buffer.
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        file.by_ref().take(LIMIT + 1).read_to_end(&mut bytes)?;
        let len = bytes.len() as u64;
        if len > LIMIT {
            return Ok(Look::TooLarge);
        }
        if metadata.is_file()
            && (len != metadata.len() || !held_still(&metadata, &file.metadata()?))
        {
            return Ok(Look::Changing);
        }
        (Source::Memory(bytes), len)
    };
    Ok(Look::Open(Box::new(Snapshot {
        path: path.to_path_buf(),
        source,
        len,
        metadata,
        stamp,
        trusted,
        seen: None,
        disturbed: false,
        buffer: Vec::new(),
    })))
}

/// Whether an open file was written between two looks.
///
/// The time of its last change in the system's eyes would also tell of a rename, which leaves the
/// bytes of an open file alone.
fn held_still(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}
