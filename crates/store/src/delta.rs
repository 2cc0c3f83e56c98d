//! What changed between two states of a file, as byte ranges.
//!
//! The journal keeps these instead of whole files: switching a context in a file of 58 MB costs a
//! few dozen bytes, and an entry carries no more credentials than the change touched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;

/// How far, in lines, two states may run apart before the rest of the file counts as one change.
const WINDOW: usize = 2048;

/// How many lines must agree before two states count as together again: a kubeconfig repeats lines
/// such as `  user:`.
const AGREEING: usize = 3;

/// One replaced byte range. Its bytes may be secret.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct Delta {
    /// Where the range begins, counted in the state before all deltas.
    pub offset: u64,
    /// The bytes that were there.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub removed: Vec<u8>,
    /// The bytes that took their place.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub inserted: Vec<u8>,
}

impl std::fmt::Debug for Delta {
    /// Without the bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (removed, inserted) = (self.removed.len(), self.inserted.len());
        write!(f, "Delta({}: -{removed} +{inserted})", self.offset)
    }
}

/// The deltas that lead from `before` to `after`, in order and apart from each other; none when
/// they are equal.
pub fn between(before: &[u8], after: &[u8]) -> Vec<Delta> {
    let end = common_suffix(before, after);
    let (old, new) = (&before[..before.len() - end], &after[..after.len() - end]);
    let mut deltas = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        let same = common_prefix(&old[i..], &new[j..]);
        i += same;
        j += same;
        if i == old.len() && j == new.len() {
            align(before, &mut deltas);
            return deltas;
        }
        let (next_i, next_j) = rejoin(old, new, i, j);
        let (removed, inserted) = (&old[i..next_i], &new[j..next_j]);
        let kept = common_suffix(removed, inserted);
        deltas.push(Delta {
            offset: i as u64,
            removed: removed[..removed.len() - kept].to_vec(),
            inserted: inserted[..inserted.len() - kept].to_vec(),
        });
        (i, j) = (next_i, next_j);
    }
}

/// Moves added and removed text, where it can be moved without another result, so that it ends with
/// a line: `"two\n"` and not `"\ntwo"` was added. Only so can it be told from its neighbours.
fn align(before: &[u8], deltas: &mut [Delta]) {
    let mut end = before.len();
    for delta in deltas.iter_mut().rev() {
        let start = usize::try_from(delta.offset).unwrap_or(usize::MAX);
        let text = match (delta.removed.is_empty(), delta.inserted.is_empty()) {
            (true, false) => &delta.inserted,
            (false, true) => &delta.removed,
            _ => {
                end = start.saturating_sub(1);
                continue;
            }
        };
        let next = before.get(start.saturating_add(delta.removed.len())..end);
        let same = next.map_or(0, |next| common_prefix(text, next));
        let ends_line = |by: &usize| {
            let last = by.checked_sub(1).unwrap_or(text.len() - 1);
            text[last] == b'\n'
        };
        if let Some(by) = (0..=same).find(ends_line) {
            let turn = by % text.len();
            delta.offset += by as u64;
            let moved = if delta.removed.is_empty() {
                &mut delta.inserted
            } else {
                &mut delta.removed
            };
            moved.rotate_left(turn);
        }
        // Deltas stay apart: at least one byte is between them.
        end = start.saturating_sub(1);
    }
}

/// `before` with `deltas` applied, or `None` when it is not the state they were made from.
pub fn apply(before: &[u8], deltas: &[Delta]) -> Option<Vec<u8>> {
    let mut after = Vec::with_capacity(before.len());
    let mut at = 0;
    for delta in deltas {
        let offset = usize::try_from(delta.offset).ok()?;
        after.extend_from_slice(before.get(at..offset)?);
        if !before.get(offset..)?.starts_with(&delta.removed) {
            return None;
        }
        after.extend_from_slice(&delta.inserted);
        at = offset + delta.removed.len();
    }
    after.extend_from_slice(before.get(at..)?);
    Some(after)
}

/// The deltas that lead back.
pub fn inverse(deltas: &[Delta]) -> Vec<Delta> {
    let (mut removed, mut inserted) = (0_u64, 0_u64);
    deltas
        .iter()
        .map(|delta| {
            let offset = delta
                .offset
                .saturating_add(inserted)
                .saturating_sub(removed);
            removed = removed.saturating_add(delta.removed.len() as u64);
            inserted = inserted.saturating_add(delta.inserted.len() as u64);
            Delta {
                offset,
                removed: delta.inserted.clone(),
                inserted: delta.removed.clone(),
            }
        })
        .collect()
}

/// Where two states that differ from `i` and `j` on agree again at the beginning of a line; their
/// ends when nowhere near.
fn rejoin(old: &[u8], new: &[u8], i: usize, j: usize) -> (usize, usize) {
    let old_lines = line_starts(old, i);
    let new_lines = line_starts(new, j);
    let mut first = HashMap::<&[u8], Vec<usize>>::new();
    for window in old_lines.windows(AGREEING + 1) {
        first
            .entry(&old[window[0]..window[AGREEING]])
            .or_default()
            .push(window[0]);
    }
    let mut best: Option<(usize, usize)> = None;
    for window in new_lines.windows(AGREEING + 1) {
        let b = window[0];
        let cost = |(a, b): (usize, usize)| (a - i) + (b - j);
        if best.is_some_and(|best| b - j >= cost(best)) {
            break;
        }
        if let Some(&a) = first
            .get(&new[b..window[AGREEING]])
            .and_then(|starts| starts.first())
            && best.is_none_or(|best| cost((a, b)) < cost(best))
        {
            best = Some((a, b));
        }
    }
    best.unwrap_or((old.len(), new.len()))
}

/// The beginnings of up to [`WINDOW`] lines after `from`.
fn line_starts(bytes: &[u8], from: usize) -> Vec<usize> {
    bytes[from..]
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| from + at + 1)
        .take(WINDOW)
        .collect()
}

/// How many bytes two slices have in common at the beginning.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    // Whole blocks first: their comparison is one memcmp.
    const BLOCK: usize = 4096;
    let blocks = a
        .chunks_exact(BLOCK)
        .zip(b.chunks_exact(BLOCK))
        .take_while(|(a, b)| a == b)
        .count();
    let start = blocks * BLOCK;
    start
        + a[start..]
            .iter()
            .zip(&b[start..])
            .take_while(|(a, b)| a == b)
            .count()
}

/// How many bytes two slices have in common at the end.
fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    let blocks = a
        .rchunks_exact(BLOCK)
        .zip(b.rchunks_exact(BLOCK))
        .take_while(|(a, b)| a == b)
        .count();
    let done = blocks * BLOCK;
    let (a, b) = (&a[..a.len() - done], &b[..b.len() - done]);
    done + a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count()
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
