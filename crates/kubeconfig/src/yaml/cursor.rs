//! A text, a place in it, and what kind of character stands there.

use super::Mark;

/// Reads like libyaml's buffer: a NUL stands behind the end, and in no valid text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub(super) mark: Mark,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            mark: Mark::default(),
        }
    }

    /// The byte `ahead` bytes further on.
    #[inline]
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        let at = self.mark.offset + ahead;
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    #[inline]
    pub(super) fn at(&self, byte: u8) -> bool {
        self.peek(0) == byte
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.mark.offset).unwrap_or_default()
    }

    /// The text between two offsets.
    pub(super) fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Goes one character on.
    #[inline]
    pub(super) fn skip(&mut self) {
        let width = match self.peek(0) {
            0x00..=0xbf => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
        };
        self.mark.offset = (self.mark.offset + width).min(self.text.len());
        self.mark.index += 1;
        self.mark.column += 1;
    }

    pub(super) fn skip_many(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    /// Goes over a line break, of whatever kind, and returns what it means in a scalar.
    pub(super) fn skip_line(&mut self) -> &'t str {
        let (width, meaning) = match self.break_width(0) {
            0 => return "",
            2 if self.at(b'\r') => {
                self.mark.index += 1;
                (2, "\n")
            }
            // LS and PS stay what they are.
            3 => (3, self.between(self.mark.offset, self.mark.offset + 3)),
            width => (width, "\n"),
        };
        self.mark.offset += width;
        self.mark.index += 1;
        self.mark.column = 0;
        self.mark.line += 1;
        meaning
    }

    /// How many bytes the line break has that stands `ahead` bytes further on: 0 for none.
    #[inline]
    fn break_width(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\n' | b'\r' => 1,
            0xc2 if self.peek(ahead + 1) == 0x85 => 2,
            0xe2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xa8 | 0xa9) => {
                3
            }
            _ => 0,
        }
    }

    /// A space or a tab.
    #[inline]
    pub(super) fn blank(&self) -> bool {
        matches!(self.peek(0), b' ' | b'\t')
    }

    #[inline]
    pub(super) fn line_break(&self) -> bool {
        self.break_width(0) != 0
    }

    pub(super) fn line_break_at(&self, ahead: usize) -> bool {
        self.break_width(ahead) != 0
    }

    pub(super) fn end(&self) -> bool {
        self.at(0)
    }

    #[inline]
    pub(super) fn line_break_or_end(&self) -> bool {
        self.end() || self.line_break()
    }

    /// A blank, a line break or the end, `ahead` bytes further on.
    #[inline]
    pub(super) fn blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t' | 0) || self.break_width(ahead) != 0
    }

    /// A letter that names may have.
    pub(super) fn word(&self) -> bool {
        matches!(self.peek(0), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-')
    }

    /// Three times `byte`, as in `---`, at the start of a line and alone.
    pub(super) fn document_indicator(&self, byte: u8) -> bool {
        self.mark.column == 0
            && (0..3).all(|ahead| self.peek(ahead) == byte)
            && self.blank_or_end(3)
    }

    /// Blanks, then a comment.
    pub(super) fn skip_comment(&mut self) {
        while self.blank() {
            self.skip();
        }
        if self.at(b'#') {
            while !self.line_break_or_end() {
                self.skip();
            }
        }
    }
}
