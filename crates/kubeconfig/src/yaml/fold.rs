//! The value of a scalar, borrowed as long as it is written as it reads.

use std::borrow::Cow;

/// Collects pieces; while each begins where the one before ended, nothing is copied.
pub(super) struct Folded<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    owned: Option<String>,
}

impl<'t> Folded<'t> {
    pub(super) fn new(text: &'t str, start: usize) -> Self {
        Self {
            text,
            start,
            end: start,
            owned: None,
        }
    }

    /// Adds a piece of the text itself.
    pub(super) fn written(&mut self, start: usize, end: usize) {
        if self.owned.is_none() {
            if self.start == self.end {
                (self.start, self.end) = (start, end);
                return;
            }
            if self.end == start {
                self.end = end;
                return;
            }
        }
        let piece = self.text.get(start..end).unwrap_or_default();
        self.other(piece);
    }

    /// Adds what is not written so.
    pub(super) fn other(&mut self, piece: &str) {
        if !piece.is_empty() {
            self.own().push_str(piece);
        }
    }

    fn own(&mut self) -> &mut String {
        let (text, start, end) = (self.text, self.start, self.end);
        self.owned
            .get_or_insert_with(|| text.get(start..end).unwrap_or_default().to_owned())
    }

    pub(super) fn finish(self) -> Cow<'t, str> {
        match self.owned {
            Some(owned) => Cow::Owned(owned),
            None => Cow::Borrowed(self.text.get(self.start..self.end).unwrap_or_default()),
        }
    }
}

/// Line breaks between two pieces of a scalar.
#[derive(Default)]
pub(super) struct Breaks {
    pub(super) leading: Option<String>,
    pub(super) trailing: String,
}

impl Breaks {
    pub(super) fn push(&mut self, meaning: &str) {
        match self.leading {
            None => self.leading = Some(meaning.to_owned()),
            Some(_) => self.trailing.push_str(meaning),
        }
    }

    /// One line break becomes a space, several lose the first.
    pub(super) fn fold_into(&mut self, folded: &mut Folded<'_>) {
        let leading = self.leading.take().unwrap_or_default();
        if !leading.starts_with('\n') {
            folded.other(&leading);
        } else if self.trailing.is_empty() {
            folded.other(" ");
        }
        folded.other(&self.trailing);
        self.trailing.clear();
    }
}
