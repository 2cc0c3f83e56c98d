//! Replacements of byte ranges, applied all at once.

use std::collections::BTreeMap;
use std::ops::Range;

/// Puts `text` in the place of `range`.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self {
            range: at..at,
            text: text.into(),
        }
    }

    pub(super) fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }
}

/// Splices by where they start. Those of one plan may touch; those of different plans do not.
#[derive(Default)]
pub(super) struct Splices(BTreeMap<usize, Splice>);

impl Splices {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of `planned` meets a splice that is here already.
    pub(super) fn touch(&self, planned: &[Splice]) -> bool {
        planned.iter().any(|new| {
            self.0
                .range(..=new.range.end)
                .next_back()
                .is_some_and(|(_, old)| old.range.end >= new.range.start)
        })
    }

    pub(super) fn extend(&mut self, planned: Vec<Splice>) {
        for splice in planned {
            self.0.insert(splice.range.start, splice);
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let added: usize = self.0.values().map(|splice| splice.text.len()).sum();
        let mut out = String::with_capacity(text.len() + added);
        let mut from = 0;
        for splice in self.0.values() {
            out.push_str(text.get(from..splice.range.start).unwrap_or_default());
            out.push_str(&splice.text);
            from = splice.range.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }
}
