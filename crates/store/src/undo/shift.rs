//! Taking back a change under later ones.
//!
//! The journal knows where the later changes were, byte by byte, as long as it has seen every one
//! of them: their fingerprints must form a chain from the change to the file as it is. Then it is
//! certain where the bytes of the change are now, however often they occur. After a write by
//! another program nothing is certain.

use crate::delta::{self, Delta};
use crate::error::StoreError;
use crate::journal::Details;
use crate::snapshot::Snapshot;
use std::ops::Range;
use std::slice;

/// The deltas that take `entry` back in a file that `later` led to; `None` where that cannot be
/// proved.
pub(super) fn through(
    entry: &Details,
    later: &[Details],
    file: &mut Snapshot,
) -> Result<Option<Vec<Delta>>, StoreError> {
    let mut state = (entry.format, entry.after);
    let mut deltas = delta::inverse(&entry.deltas);
    // Where a neighbour's lines begin at the end of these: these must be whole lines then too.
    let mut whole_lines = vec![false; deltas.len()];
    for next in later {
        if (next.format, next.before) != state || next.forgotten || next.after.is_none() {
            return Ok(None);
        }
        if next.before.is_none() {
            return Ok(None);
        }
        state = (next.format, next.after);
        for (delta, whole) in deltas.iter_mut().zip(&mut whole_lines) {
            let Some(place) = place_after(delta, &next.deltas) else {
                return Ok(None);
            };
            delta.offset = place.offset;
            *whole |= place.touched;
        }
    }
    if state.1 != Some(file.fingerprint()?) {
        return Ok(None);
    }
    let ranges: Vec<Range<u64>> = deltas
        .iter()
        .map(|delta| delta.offset..delta.offset.saturating_add(delta.removed.len() as u64))
        .collect();
    if file.ranges(&ranges)?
        != deltas
            .iter()
            .flat_map(|it| it.removed.clone())
            .collect::<Vec<_>>()
    {
        return Ok(None);
    }
    for (delta, _) in deltas.iter().zip(whole_lines).filter(|(_, whole)| *whole) {
        let before = delta.offset.saturating_sub(1)..delta.offset;
        if delta.offset > 0 && file.ranges(slice::from_ref(&before))? != b"\n" {
            return Ok(None);
        }
    }
    Ok(Some(deltas))
}

struct Place {
    offset: u64,
    /// Whether something changed directly after it.
    touched: bool,
}

/// Where the range of `delta` is after `changes`; `None` when they changed it or its edge.
fn place_after(delta: &Delta, changes: &[Delta]) -> Option<Place> {
    let start = delta.offset;
    let end = start.checked_add(delta.removed.len() as u64)?;
    let mut place = Place {
        offset: start,
        touched: false,
    };
    for change in changes {
        let from = change.offset;
        let to = from.checked_add(change.removed.len() as u64)?;
        if to < start {
            let grown = place.offset.checked_add(change.inserted.len() as u64)?;
            place.offset = grown.checked_sub(change.removed.len() as u64)?;
        } else if from > end {
            break;
        } else if from == end && start < end && [delta, change].into_iter().all(is_of_lines) {
            // The next lines, as when one entry of a list was added after another.
            place.touched = true;
        } else {
            return None;
        }
    }
    Some(place)
}

/// Whether a delta replaces lines by lines, if it begins with one.
fn is_of_lines(delta: &Delta) -> bool {
    let sides = [&delta.removed, &delta.inserted];
    sides
        .iter()
        .all(|side| side.is_empty() || side.ends_with(b"\n"))
}

#[cfg(test)]
mod tests {
    use super::place_after;
    use crate::delta::Delta;

    fn delta(offset: u64, removed: &str, inserted: &str) -> Delta {
        Delta {
            offset,
            removed: removed.into(),
            inserted: inserted.into(),
        }
    }

    fn place(ours: &Delta, changes: &[Delta]) -> Option<(u64, bool)> {
        place_after(ours, changes).map(|place| (place.offset, place.touched))
    }

    #[test]
    fn a_range_moves_with_what_is_before_it() {
        let ours = delta(10, "line\n", "");
        assert_eq!(place(&ours, &[]), Some((10, false)));
        let around = [
            delta(0, "abc", "a"),
            delta(5, "", "1234"),
            delta(20, "x", ""),
        ];
        assert_eq!(place(&ours, &around), Some((12, false)));
    }

    #[test]
    fn what_touches_it_is_in_the_way_unless_both_are_whole_lines() {
        let ours = delta(10, "line\n", "");
        assert_eq!(place(&ours, &[delta(15, "", "next\n")]), Some((10, true)));
        assert_eq!(place(&ours, &[delta(15, "", "next")]), None);
        assert_eq!(place(&ours, &[delta(10, "", "before\n")]), None);
        assert_eq!(place(&ours, &[delta(12, "n", "N")]), None);
        assert_eq!(
            place(&delta(10, "part", ""), &[delta(14, "", "next\n")]),
            None
        );
        assert_eq!(
            place(&delta(10, "", "line\n"), &[delta(10, "", "x\n")]),
            None
        );
    }
}
