//! Replacements of byte ranges, applied all at once.

use std::ops::Range;

use crate::emit::Dialect;

struct Splice {
    range: Range<usize>,
    text: String,
    /// Whole lines, to stand at the start of a line; the last one may lack its line break where
    /// the text ends without one.
    lines: bool,
}

/// Splices of one text in the order in which they were planned: what is planned for a node comes
/// before what is added behind it.
pub(super) struct Splices {
    planned: Vec<Splice>,
    /// How the lines are written.
    pub(super) dialect: Dialect,
}

impl Splices {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            planned: Vec::new(),
            dialect,
        }
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.planned.push(Splice {
            range,
            text: text.into(),
            lines: false,
        });
    }

    /// Inserts lines at the start of a line, or at the end of the text.
    pub(super) fn lines(&mut self, at: usize, lines: &[String], newline: &str) {
        self.planned.push(Splice {
            range: at..at,
            text: lines
                .iter()
                .fold(String::new(), |out, line| out + line + newline),
            lines: true,
        });
    }

    /// Sorts the splices and joins those that touch; `None` when two of them overlap.
    pub(super) fn join(mut self, text: &str) -> Option<Vec<(Range<usize>, String)>> {
        self.planned
            .sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut joined: Vec<(Range<usize>, String)> = Vec::new();
        for splice in self.planned {
            let Splice {
                range,
                text: mut new,
                lines,
            } = splice;
            if lines && range.start == text.len() {
                let before = match joined.last() {
                    Some((last, new)) if last.end == range.start => {
                        new.chars().next_back().or_else(|| last_char(text, last))
                    }
                    _ => last_char(text, &range),
                };
                end_without_line_break(text, &mut new, before);
            }
            match joined.last_mut() {
                Some((last, _)) if range.start < last.end => return None,
                Some((last, old)) if range.start == last.end => {
                    last.end = range.end;
                    old.push_str(&new);
                }
                _ => joined.push((range, new)),
            }
        }
        Some(joined)
    }
}

fn last_char(text: &str, before: &Range<usize>) -> Option<char> {
    text.get(..before.start)?.chars().next_back()
}

/// Fits lines to the end of a text that has no final line break, which it then keeps lacking.
fn end_without_line_break(text: &str, lines: &mut String, before: Option<char>) {
    if text.is_empty() || text.ends_with(['\n', '\r']) {
        return;
    }
    let line = lines.trim_end_matches(['\n', '\r']).len();
    let newline = lines.split_off(line);
    if !matches!(before, None | Some('\n' | '\r')) {
        lines.insert_str(0, &newline);
    }
}
