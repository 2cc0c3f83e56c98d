//! Text that is kept up to date in place, on a terminal.
//!
//! It moves up, writes each line over the old one and clears what is left: nothing blinks, nothing scrolls, and
//! no mode of the terminal is changed.

use std::fmt::Write as _;

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

/// The terminal's, or what they all had once.
pub(crate) fn size() -> Size {
    let (columns, rows) = terminal_size::terminal_size()
        .map_or((0, 0), |(columns, rows)| (columns.0.into(), rows.0.into()));
    if columns == 0 || rows == 0 {
        return Size {
            columns: 80,
            rows: 24,
        };
    }
    Size { columns, rows }
}

/// What was drawn last.
#[derive(Debug, Default)]
pub(crate) struct Redraw {
    lines: usize,
    size: Option<Size>,
}

impl Redraw {
    /// What puts these lines in the place of the last ones. They hold nothing that acts on a terminal, and are no
    /// more than it has rows.
    pub(crate) fn next(&mut self, lines: Vec<String>, size: Size) -> String {
        let mut text = String::new();
        match self.size.replace(size) {
            // The terminal has broken the old lines anew, where nobody knows: start from the top.
            Some(before) if before != size => text.push_str("\x1b[H\x1b[2J"),
            Some(_) if self.lines > 0 => {
                let _ = write!(text, "\r\x1b[{}A", self.lines);
            }
            _ => {}
        }
        self.lines = lines.len();
        for line in lines {
            text.push_str(fitting(&line, size.columns));
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        text
    }
}

/// As much of a line as surely fits: a line that the terminal broke would be two to go up. What may be wide is
/// counted as wide (Hangul and all that follows, Unicode's East Asian Width).
fn fitting(line: &str, columns: usize) -> &str {
    let mut left = columns;
    for (at, char) in line.char_indices() {
        let width = if char < '\u{1100}' { 1 } else { 2 };
        let Some(rest) = left.checked_sub(width) else {
            return line.get(..at).unwrap_or_default();
        };
        left = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        columns: 8,
        rows: 24,
    };

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn writes_over_what_it_wrote() {
        let mut redraw = Redraw::default();
        assert_eq!(
            redraw.next(lines("one\ntwo"), SIZE),
            "one\x1b[K\ntwo\x1b[K\n\x1b[J"
        );
        assert_eq!(
            redraw.next(lines("1"), SIZE),
            "\r\x1b[2A1\x1b[K\n\x1b[J",
            "what was longer is cleared"
        );
        assert_eq!(
            redraw.next(lines("a\nb"), SIZE),
            "\r\x1b[1Aa\x1b[K\nb\x1b[K\n\x1b[J"
        );
        assert_eq!(redraw.next(Vec::new(), SIZE), "\r\x1b[2A\x1b[J");
        assert_eq!(redraw.next(lines("x"), SIZE), "x\x1b[K\n\x1b[J");
    }

    #[test]
    fn starts_from_the_top_when_the_size_changed() {
        let mut redraw = Redraw::default();
        redraw.next(lines("one"), SIZE);
        let wider = Size { columns: 9, ..SIZE };
        assert_eq!(
            redraw.next(lines("one"), wider),
            "\x1b[H\x1b[2Jone\x1b[K\n\x1b[J"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for (line, part) in [
            ("12345678", "12345678"),
            ("123456789", "12345678"),
            ("überlänge", "überläng"),
            ("集群集群集", "集群集群"),
            ("a集群集群", "a集群集"),
            ("", ""),
        ] {
            assert_eq!(fitting(line, 8), part);
        }
        assert_eq!(fitting("x", 0), "");
    }
}
