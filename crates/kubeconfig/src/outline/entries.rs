//! Where entries are and what they are called, in few bytes: files have tens of thousands.

/// Part of [`Names`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

/// Many short texts, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(String);

impl Names {
    pub(super) fn add(&mut self, text: &str) -> Option<Span> {
        let start = u32::try_from(self.0.len()).ok()?;
        let len = u32::try_from(text.len()).ok()?;
        self.0.push_str(text);
        Some(Span { start, len })
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// A text that was added; one of another `Names` is any text.
    pub(super) fn text(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.0
            .get(start..start + span.len as usize)
            .unwrap_or_default()
    }
}

/// An entry of one of the three lists: whole lines from its dash to its last value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) name: Span,
}

/// What a context puts together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct References {
    pub(super) cluster: Span,
    pub(super) user: Span,
    pub(super) namespace: Span,
}
