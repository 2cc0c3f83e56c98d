//! Two changes of one text, put together.

use std::ops::Range;

use similar::Algorithm;
use similar::DiffTag;
use similar::capture_diff_slices;
use zeroize::Zeroizing;

/// Lines of a text that others take the place of.
#[derive(Clone, PartialEq, Eq)]
struct Hunk<'a> {
    old: Range<usize>,
    new: &'a [&'a [u8]],
}

/// What comes of a text that was changed in two ways; `None` where both changed the same lines, or lines side by side.
pub fn both(before: &[u8], one: &[u8], other: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (before, one, other) = (lines(before), lines(one), lines(other));
    let mut hunks = hunks(&before, &one);
    for hunk in self::hunks(&before, &other) {
        if hunks.contains(&hunk) {
            continue;
        }
        let meets = |it: &Hunk<'_>| it.old.start <= hunk.old.end && hunk.old.start <= it.old.end;
        if hunks.iter().any(meets) {
            return None;
        }
        hunks.push(hunk);
    }
    hunks.sort_by_key(|hunk| hunk.old.start);
    let mut text = Zeroizing::new(Vec::new());
    let mut from = 0;
    for hunk in hunks {
        let kept = before.get(from..hunk.old.start).unwrap_or_default();
        text.extend(kept.iter().chain(hunk.new).copied().flatten());
        from = hunk.old.end;
    }
    let rest = before.get(from..).unwrap_or_default();
    text.extend(rest.iter().copied().flatten());
    Some(text)
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn hunks<'a>(before: &[&[u8]], after: &'a [&'a [u8]]) -> Vec<Hunk<'a>> {
    let changes = capture_diff_slices(Algorithm::Myers, before, after);
    let changes = changes.iter().filter(|it| it.tag() != DiffTag::Equal);
    let hunk = |it: &similar::DiffOp| Hunk {
        old: it.old_range(),
        new: after.get(it.new_range()).unwrap_or_default(),
    };
    changes.map(hunk).collect()
}

#[cfg(test)]
mod tests {
    use super::both;

    fn put(before: &str, one: &str, other: &str) -> Option<String> {
        let text = both(before.as_bytes(), one.as_bytes(), other.as_bytes())?;
        Some(String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn changes_apart_from_each_other_are_both_made() {
        for (one, other, all) in [
            ("A\nb\nc\n", "a\nb\nC\n", Some("A\nb\nC\n")),
            ("a\nb\nC\n", "A\nb\nc\n", Some("A\nb\nC\n")),
            ("b\nc\n", "a\nb\nc\nd\n", Some("b\nc\nd\n")),
            ("a\nb\nc\n", "x\n", Some("x\n")),
            ("A\nb\nc\n", "A\nb\nC\n", Some("A\nb\nC\n")),
            ("A\nb\nc\n", "B\nb\nc\n", None),
            ("a\nB\nc\n", "A\nb\nc\n", None),
            ("a\nb\nc\nd\n", "a\nb\nc\ne\n", None),
            ("", "a\nb\nC\n", None),
        ] {
            let found = put("a\nb\nc\n", one, other);
            assert_eq!(found.as_deref(), all, "{one:?} {other:?}");
        }
        assert_eq!(put("a", "a", "b").as_deref(), Some("b"));
        assert_eq!(put("", "a\n", "b\n"), None);
    }
}
