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

/// The deltas that take `entry` back in a file that `later` led to; `None` where that cannot be
/// proved.
pub(super) fn through(
    entry: &Details,
    later: &[Details],
    file: &mut Snapshot,
) -> Result<Option<Vec<Delta>>, StoreError> {
    let mut state = (entry.format, entry.after);
    for next in later {
        let there = next.before.is_some() && next.after.is_some() && !next.forgotten;
        if (next.format, next.before) != state || !there {
            return Ok(None);
        }
        state = (next.format, next.after);
    }
    if state.1 != Some(file.fingerprint()?) {
        return Ok(None);
    }
    let changes: Vec<&[Delta]> = later.iter().map(|next| next.deltas.as_slice()).collect();
    Ok(moved(
        &file.bytes()?,
        delta::inverse(&entry.deltas),
        &changes,
    ))
}

/// Where the deltas `back` apply in `file`, which `changes` made of the state they are for.
fn moved(file: &[u8], mut back: Vec<Delta>, changes: &[&[Delta]]) -> Option<Vec<Delta>> {
    // The states in between, from the last to the first, for what surrounds each change.
    let mut before = file.to_vec();
    let mut steps = Vec::new();
    for change in changes.iter().rev() {
        before = delta::apply(&before, &delta::inverse(change))?;
        let slacks: Vec<Slack> = change.iter().map(|it| Slack::of(&before, it)).collect();
        steps.push((*change, slacks));
    }
    let ours: Vec<Slack> = back.iter().map(|delta| Slack::of(&before, delta)).collect();
    for (change, slacks) in steps.iter().rev() {
        for (delta, slack) in back.iter_mut().zip(&ours) {
            delta.offset = place_after(delta, *slack, change, slacks)?;
        }
    }
    Some(back)
}

/// How far the same change could have been somewhere else with the same result: one of two equal
/// lines was added, and nobody can tell which.
#[derive(Clone, Copy, Default)]
struct Slack {
    left: u64,
    right: u64,
    /// Whether whole lines were changed, so that only whole lines count.
    lines: bool,
}

impl Slack {
    /// The slack of a delta in the state that it applies to.
    fn of(file: &[u8], delta: &Delta) -> Slack {
        let start = usize::try_from(delta.offset).unwrap_or(usize::MAX);
        let (Some(before), Some(after)) = (
            file.get(..start),
            file.get(start.saturating_add(delta.removed.len())..),
        ) else {
            return Slack::default();
        };
        let begins = before.is_empty() || before.ends_with(b"\n");
        let lines = begins && is_of_lines(delta);
        let text = match (delta.removed.is_empty(), delta.inserted.is_empty()) {
            (false, true) => &delta.removed,
            (true, false) => &delta.inserted,
            _ => {
                return Slack {
                    lines,
                    ..Slack::default()
                };
            }
        };
        let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
        let around = text.iter().cycle();
        let mut right = after.iter().zip(around).take_while(same).count();
        let around = text.iter().rev().cycle();
        let mut left = before.iter().rev().zip(around).take_while(same).count();
        if lines {
            while right > 0 && after.get(right - 1) != Some(&b'\n') {
                right -= 1;
            }
            while left > 0 && !before[..before.len() - left].ends_with(b"\n") {
                if left == before.len() {
                    break;
                }
                left -= 1;
            }
        }
        Slack {
            left: left as u64,
            right: right as u64,
            lines,
        }
    }
}

/// Where the range of `delta` is after `changes`; `None` when they changed it or its edge.
fn place_after(delta: &Delta, slack: Slack, changes: &[Delta], slacks: &[Slack]) -> Option<u64> {
    let start = delta.offset;
    let end = start.checked_add(delta.removed.len() as u64)?;
    let mut offset = start;
    for (change, theirs) in changes.iter().zip(slacks) {
        let from = change.offset;
        let to = from.checked_add(change.removed.len() as u64)?;
        // The next lines, as when one entry of a list was added after another.
        let next_lines = from == end
            && start < end
            && slack.lines
            && theirs.lines
            && (slack.right, theirs.left) == (0, 0);
        if to.checked_add(theirs.right)? < start.saturating_sub(slack.left) {
            offset = offset
                .checked_add(change.inserted.len() as u64)?
                .checked_sub(change.removed.len() as u64)?;
        } else if !next_lines && from.saturating_sub(theirs.left) <= end.checked_add(slack.right)? {
            return None;
        }
    }
    Some(offset)
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
    use super::moved;
    use crate::delta::{apply, between, inverse};
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// What is left of two changes when the first is taken back.
    fn without_first(before: &str, first: &str, both: &str) -> Option<String> {
        let back = inverse(&between(before.as_bytes(), first.as_bytes()));
        let later = between(first.as_bytes(), both.as_bytes());
        let back = moved(both.as_bytes(), back, &[&later])?;
        let left = apply(both.as_bytes(), &back);
        Some(String::from_utf8(left.unwrap_or_default()).unwrap_or_default())
    }

    #[test]
    fn a_change_is_found_behind_others() {
        let left = without_first("a\nb\nc\n", "a\nb\nC\n", "0\n1\nA\nb\nC\n");
        assert_eq!(left.as_deref(), Some("0\n1\nA\nb\nc\n"));
        let left = without_first("a\n", "a\nb\n", "a\nb\nc\n");
        assert_eq!(left.as_deref(), Some("a\nc\n"));
    }

    #[test]
    fn what_touches_it_or_could_is_in_the_way() {
        assert_eq!(without_first("a\n", "a\nb\n", "a\nbc\n"), None);
        assert_eq!(without_first("a", "ab", "abc"), None);
        assert_eq!(without_first("a\nb\n", "a\n", "a\nc\n"), None);
        // Which of the two was added?
        assert_eq!(without_first("b\n", "b\nb\n", "b\nc\nb\n"), None);
    }

    /// What becomes of a line.
    fn fate() -> impl Strategy<Value = Option<Vec<String>>> {
        prop_oneof![
            4 => Just(None),
            1 => vec("[ab]{0,2}", 0..3).prop_map(Some),
        ]
    }

    fn text<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
        lines.into_iter().flat_map(|line| [line, "\n"]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        /// Two people change different lines; taking back what the first did leaves what the
        /// second did, or is refused.
        #[test]
        fn what_is_taken_back_is_the_change_and_nothing_else(
            lines in vec(("[ab]{0,2}", fate(), fate()), 1..10),
            distinct in any::<bool>(),
            ours_at in any::<prop::sample::Index>(),
            theirs_at in any::<prop::sample::Index>(),
        ) {
            let (ours_at, theirs_at) = (ours_at.index(lines.len()), theirs_at.index(lines.len()));
            let (mut before, mut first, mut both, mut second) = <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
            for (n, (line, ours, theirs)) in lines.iter().enumerate() {
                // Of equal lines nobody can tell which were changed; one each is told or refused.
                let name = |line: &String| if distinct { format!("{line}{n}") } else { line.clone() };
                let named = |fate: &Option<Vec<String>>, at| {
                    let fate = fate.as_ref().filter(|_| distinct || at == n);
                    fate.map(|lines| {
                        let new = lines.iter().enumerate();
                        let new = new.map(|(k, line)| name(&format!("{line}{}", ["n", "nn", "nnn"][k])));
                        new.collect::<Vec<_>>()
                    })
                };
                let ours = named(ours, ours_at);
                let theirs = named(theirs, theirs_at).filter(|_| ours.is_none());
                let old = vec![name(line)];
                first.extend(ours.clone().unwrap_or_else(|| old.clone()));
                both.extend(ours.or_else(|| theirs.clone()).unwrap_or_else(|| old.clone()));
                second.extend(theirs.unwrap_or_else(|| old.clone()));
                before.extend(old);
            }
            let [before, first, both, second] = [before, first, both, second].map(|it| text(&it));
            if let Some(left) = without_first(&before, &first, &both) {
                prop_assert_eq!(left, second);
            }
        }
    }
}
