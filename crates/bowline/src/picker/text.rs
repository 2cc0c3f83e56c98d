//! Text in the cells of a terminal.

use unicode_width::UnicodeWidthStr as _;

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// Of less weight.
    Faint,
    /// Letters that were typed.
    Typed,
    /// What is about to be chosen.
    Highlighted,
    /// Both.
    TypedHighlighted,
}

/// One line of a frame: pieces that hold nothing that acts on a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) pieces: Vec<(Style, String)>,
    width: usize,
}

impl Line {
    /// Adds text; `false` when it did not fit `columns` and was cut there.
    pub(crate) fn add(&mut self, style: Style, text: &str, columns: usize) -> bool {
        let room = columns.saturating_sub(self.width);
        let kept = cut(text, room);
        self.width += width(kept);
        if !kept.is_empty() {
            match self.pieces.last_mut() {
                Some((last, piece)) if *last == style => piece.push_str(kept),
                _ => self.pieces.push((style, kept.to_owned())),
            }
        }
        kept.len() == text.len()
    }

    /// Adds blanks up to a column.
    pub(crate) fn fill(&mut self, style: Style, column: usize, columns: usize) {
        let blanks = column.saturating_sub(self.width);
        self.add(style, &" ".repeat(blanks), columns);
    }

    /// Its cells.
    pub(crate) fn width(&self) -> usize {
        self.width
    }
}

/// The cells of a text.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As much of the beginning of a text as fits so many cells.
pub(crate) fn cut(text: &str, cells: usize) -> &str {
    if text.len() <= cells || text.width() <= cells {
        return text;
    }
    // A join of several characters may take fewer cells than they do: whole beginnings are measured.
    let ends = text.char_indices().map(|(at, _)| at);
    let fits = |end: &usize| text.get(..*end).is_some_and(|part| part.width() <= cells);
    let end = ends.take_while(fits).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// The same, with an ellipsis where something is missing.
pub(crate) fn shorten(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    match cells.checked_sub(1) {
        Some(cells) => format!("{}…", cut(text, cells)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;
    use super::shorten;
    use super::width;

    #[test]
    fn cells_are_counted_not_letters() {
        assert_eq!(width("東京"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(cut("東京", 3), "東");
        assert_eq!(cut("e\u{301}e", 1), "e\u{301}");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("東京都", 4), "東…");
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("abc", 0), "");
    }
}
