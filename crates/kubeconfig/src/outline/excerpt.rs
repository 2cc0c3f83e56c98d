//! A small file that stands for a large one, and the way back.

use std::ops::Range;

use zeroize::Zeroizing;

use super::Outline;
use crate::config::List;

/// Begins the comment that stands for left out entries. An outline is of ASCII only, so no file
/// that has one holds this.
const MARK: &str = "# … ";

/// How many entries of each list are always there at either end: a list never becomes empty, and
/// a new entry never stands beside a mark.
const ENDS: usize = 2;

/// Some entries of a large kubeconfig and all that is not an entry.
///
/// The excerpt is a kubeconfig itself: it can be parsed and edited, and what was left out be put
/// back. Each run of left out entries has become a comment of one line, never beside a wanted
/// entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    len: u64,
    /// What is there: always one more than gaps.
    ranges: Vec<Range<u64>>,
}

/// A part of a file to be written.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the old file.
    Keep(Range<u64>),
    /// New bytes.
    Put(Zeroizing<Vec<u8>>),
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keep(range) => write!(f, "Keep({range:?})"),
            // New bytes may be secrets.
            Self::Put(bytes) => write!(f, "Put({} bytes)", bytes.len()),
        }
    }
}

impl Excerpt {
    pub(super) fn new(outline: &Outline, wanted: impl Fn(List, &str) -> bool) -> Self {
        let mut gaps = Vec::new();
        for list in [List::Clusters, List::Users, List::Contexts] {
            let entries = outline.list(list);
            let wanted: Vec<bool> = outline.names(list).map(|name| wanted(list, name)).collect();
            let is_wanted = |at: usize| wanted.get(at) == Some(&true);
            let mut open: Option<Range<u64>> = None;
            for (at, entry) in entries.iter().enumerate() {
                let there = at < ENDS
                    || at + ENDS >= entries.len()
                    || is_wanted(at - 1)
                    || is_wanted(at)
                    || is_wanted(at + 1);
                if there {
                    gaps.extend(open.take());
                } else {
                    open.get_or_insert(entry.start.into()..0).end = entry.end.into();
                }
            }
        }
        gaps.sort_unstable_by_key(|gap| gap.start);
        let mut ranges = Vec::with_capacity(gaps.len() + 1);
        let mut start = 0;
        for gap in gaps {
            ranges.push(start..gap.start);
            start = gap.end;
        }
        ranges.push(start..outline.len);
        Self {
            len: outline.len,
            ranges,
        }
    }

    /// Returns the byte ranges of the file that have to be read, ascending and apart.
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Whether nothing is left out.
    pub fn is_whole(&self) -> bool {
        self.ranges.len() == 1
    }

    /// Makes the small kubeconfig of the bytes in [`ranges`](Self::ranges), one after the other.
    ///
    /// `None` when they are not as many as there should be or hold a mark of ours already; the
    /// file has changed then.
    pub fn text(&self, read: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if memchr::memmem::find(read, MARK.as_bytes()).is_some() {
            return None;
        }
        let mut text = Zeroizing::new(Vec::with_capacity(read.len() + 16 * self.ranges.len()));
        for (number, part) in self.parts(read)?.into_iter().enumerate() {
            if number > 0 {
                text.extend_from_slice(mark(number).as_bytes());
            }
            text.extend_from_slice(part);
        }
        Some(text)
    }

    /// Puts back what was left out: the new file, of which `edited` is the excerpt. `read` is
    /// what [`text`](Self::text) was made of.
    ///
    /// `None` unless each mark is there once, whole and in its place.
    pub fn expand(&self, read: &[u8], edited: &[u8]) -> Option<Vec<Piece>> {
        let parts = self.parts(read)?;
        let mut marks = memchr::memmem::find_iter(edited, MARK.as_bytes());
        let mut pieces = Pieces(Vec::new());
        let mut start = 0;
        for (index, (part, range)) in parts.into_iter().zip(&self.ranges).enumerate() {
            let next = self.ranges.get(index + 1);
            let end = match next {
                None if marks.next().is_some() => return None,
                None => edited.len(),
                Some(_) => marks.next()?,
            };
            pieces.changed(range, part, edited.get(start..end)?);
            if let Some(next) = next {
                let before = end.checked_sub(1).and_then(|at| edited.get(at));
                let mark = mark(index + 1);
                if before.is_some_and(|byte| *byte != b'\n')
                    || !edited.get(end..)?.starts_with(mark.as_bytes())
                {
                    return None;
                }
                start = end + mark.len();
                pieces.keep(range.end..next.start);
            }
        }
        Some(pieces.0)
    }

    /// Splits `read` as the ranges say.
    fn parts<'r>(&self, read: &'r [u8]) -> Option<Vec<&'r [u8]>> {
        let mut rest = read;
        let mut parts = Vec::with_capacity(self.ranges.len());
        for range in &self.ranges {
            let len = usize::try_from(range.end - range.start).ok()?;
            let (part, behind) = rest.split_at_checked(len)?;
            parts.push(part);
            rest = behind;
        }
        rest.is_empty().then_some(parts)
    }
}

fn mark(number: usize) -> String {
    format!("{MARK}{number}\n")
}

struct Pieces(Vec<Piece>);

impl Pieces {
    fn keep(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        if let Some(Piece::Keep(last)) = self.0.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
        } else {
            self.0.push(Piece::Keep(range));
        }
    }

    /// The bytes `old` of `range` have become `new`: keeps what is equal at both ends.
    fn changed(&mut self, range: &Range<u64>, old: &[u8], new: &[u8]) {
        let before = equal(old.iter(), new.iter());
        let shorter = old.len().min(new.len());
        let after = equal(old.iter().rev(), new.iter().rev()).min(shorter - before);
        self.keep(range.start..range.start + before as u64);
        let put = new.get(before..new.len() - after).unwrap_or_default();
        if !put.is_empty() {
            self.0.push(Piece::Put(Zeroizing::new(put.to_vec())));
        }
        self.keep(range.end - after as u64..range.end);
    }
}

fn equal<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}
