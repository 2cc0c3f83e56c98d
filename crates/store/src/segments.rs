//! A change as pieces of the old file and new bytes between them.

use crate::delta::{self, Delta};
use crate::error::StoreError;
use crate::fingerprint::{Fingerprint, Hasher};
use crate::snapshot::Snapshot;
use std::ops::Range;
use std::path::Path;

/// A piece of a new file.
#[derive(Clone, Eq, PartialEq)]
pub enum Segment {
    /// These bytes of the old file, in offsets. Ranges ascend and do not overlap; what lies between
    /// them is removed.
    Keep(Range<u64>),
    /// New bytes.
    Put(Vec<u8>),
}

impl std::fmt::Debug for Segment {
    /// Without the bytes, which may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Segment::Keep(range) => write!(f, "Keep({range:?})"),
            Segment::Put(bytes) => write!(f, "Put({} bytes)", bytes.len()),
        }
    }
}

/// A change of one file, and what the journal shall know of it.
#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// The new file, piece by piece; `None` removes it.
    pub segments: Option<Vec<Segment>>,
    /// What the caller needs to find and repeat the change, should another program lose it. It may
    /// be secret: it is kept as the deltas are, and never shown.
    pub note: Option<Note>,
    /// Whether the change replaced credentials that are worth nothing from now on: undoing it would
    /// bring dead ones back, and is refused unless asked for.
    pub replaces_credentials: bool,
}

impl From<Vec<Segment>> for Rewrite {
    fn from(segments: Vec<Segment>) -> Rewrite {
        Rewrite {
            segments: Some(segments),
            ..Rewrite::default()
        }
    }
}

/// Data of the caller's, in JSON, whose meaning is the caller's alone.
#[derive(Clone, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(transparent)]
pub struct Note(pub serde_json::Value);

impl std::fmt::Debug for Note {
    /// Without the data, which may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Note(…)")
    }
}

/// The segments that lead from `before` to `after`.
pub fn between(before: &[u8], after: &[u8]) -> Vec<Segment> {
    of_deltas(before.len() as u64, delta::between(before, after))
}

/// The segments that apply `deltas` to a file of `len` bytes.
pub(crate) fn of_deltas(len: u64, deltas: Vec<Delta>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut at = 0;
    for delta in deltas {
        if at < delta.offset {
            segments.push(Segment::Keep(at..delta.offset));
        }
        at = delta.offset.saturating_add(delta.removed.len() as u64);
        if !delta.inserted.is_empty() {
            segments.push(Segment::Put(delta.inserted));
        }
    }
    if at < len {
        segments.push(Segment::Keep(at..len));
    }
    segments
}

/// What segments do to a file.
pub(crate) struct Survey {
    pub(crate) before: Option<Fingerprint>,
    pub(crate) after: Option<Fingerprint>,
    pub(crate) deltas: Vec<Delta>,
}

/// Reads the old file once, to learn the fingerprints of both states and the bytes that go.
pub(crate) fn survey(
    path: &Path,
    snapshot: Option<&mut Snapshot>,
    segments: Option<&[Segment]>,
) -> Result<Survey, StoreError> {
    let (mut before, mut after) = (Hasher::new(), Hasher::new());
    let (existed, exists) = (snapshot.is_some(), segments.is_some());
    let mut deltas = Vec::new();
    let mut gap = Gap::default();
    walk(path, snapshot, segments.unwrap_or_default(), &mut |piece| {
        match piece {
            Piece::Kept(bytes) => {
                gap.close(&mut deltas);
                gap.at += bytes.len() as u64;
                before.update(bytes);
                after.update(bytes);
            }
            Piece::Removed(bytes) => {
                gap.removed.extend_from_slice(bytes);
                before.update(bytes);
            }
            Piece::Put(bytes) => {
                gap.inserted.extend_from_slice(bytes);
                after.update(bytes);
            }
        }
        Ok(())
    })?;
    gap.close(&mut deltas);
    Ok(Survey {
        before: existed.then(|| before.finish()),
        after: exists.then(|| after.finish()),
        deltas,
    })
}

/// What is between two kept ranges.
#[derive(Default)]
struct Gap {
    at: u64,
    removed: Vec<u8>,
    inserted: Vec<u8>,
}

impl Gap {
    /// Ends the gap, and notes what really changed in it.
    fn close(&mut self, deltas: &mut Vec<Delta>) {
        if self.removed.is_empty() && self.inserted.is_empty() {
            return;
        }
        let offset = self.at;
        self.at += self.removed.len() as u64;
        let removed = std::mem::take(&mut self.removed);
        let inserted = std::mem::take(&mut self.inserted);
        if removed.is_empty() || inserted.is_empty() {
            deltas.push(Delta {
                offset,
                removed,
                inserted,
            });
            return;
        }
        deltas.extend(
            delta::between(&removed, &inserted)
                .into_iter()
                .map(|part| Delta {
                    offset: part.offset + offset,
                    ..part
                }),
        );
    }
}

/// One step through the old file and the new one at once.
pub(crate) enum Piece<'a> {
    /// Bytes of both.
    Kept(&'a [u8]),
    /// Bytes of the old file only.
    Removed(&'a [u8]),
    /// Bytes of the new file only.
    Put(&'a [u8]),
}

/// Goes through the old file from beginning to end and tells what becomes of it.
pub(crate) fn walk(
    path: &Path,
    snapshot: Option<&mut Snapshot>,
    segments: &[Segment],
    each: &mut dyn FnMut(Piece<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let len = snapshot.as_ref().map_or(0, |snapshot| snapshot.len());
    let mut end = 0;
    for segment in segments {
        if let Segment::Keep(range) = segment {
            if range.start < end || range.end < range.start || range.end > len {
                return Err(StoreError::Segments {
                    path: path.to_path_buf(),
                });
            }
            end = range.end;
        }
    }
    let (mut next, mut at) = (0, 0);
    if let Some(snapshot) = snapshot {
        snapshot.pieces(&mut |mut bytes| {
            while !bytes.is_empty() {
                let (until, kept) = match segments.get(next) {
                    Some(Segment::Put(bytes)) => {
                        each(Piece::Put(bytes))?;
                        next += 1;
                        continue;
                    }
                    Some(Segment::Keep(range)) if at < range.start => (range.start, false),
                    Some(Segment::Keep(range)) if at < range.end => (range.end, true),
                    Some(Segment::Keep(_)) => {
                        next += 1;
                        continue;
                    }
                    None => (len, false),
                };
                let count = usize::try_from(until - at).map_or(bytes.len(), |n| n.min(bytes.len()));
                let (piece, rest) = bytes.split_at(count);
                each(if kept {
                    Piece::Kept(piece)
                } else {
                    Piece::Removed(piece)
                })?;
                at += count as u64;
                bytes = rest;
            }
            Ok(())
        })?;
    }
    for segment in segments.iter().skip(next) {
        if let Segment::Put(bytes) = segment {
            each(Piece::Put(bytes))?;
        }
    }
    Ok(())
}
