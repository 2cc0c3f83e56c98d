//! What a picker looks like in a window of some size.

use kubeconfig::redact::escape;

use super::model::Model;
use super::text::Line;
use super::text::Style;
use super::text::shorten;
use super::text::width;

/// The whole of it, however tall the window is.
const MOST_LINES: usize = 15;
/// More of a preview is not looked at.
const MOST_PREVIEW: usize = 7;
/// Narrower windows show names only.
const COLUMNS_FOR_NOTES: usize = 60;
/// With fewer lines than this there is no preview.
const LINES_FOR_PREVIEW: usize = 10;

/// A picture of the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// From above; the first has the query.
    pub(crate) lines: Vec<Line>,
    /// The column of the cursor in the first line.
    pub(crate) cursor: usize,
}

impl Model<'_> {
    /// What to show in a window of this size. `preview` is that of the highlighted choice, once it is known.
    pub(crate) fn frame(&mut self, rows: usize, columns: usize, preview: &[String]) -> Frame {
        // The last column stays free: some terminals go on to the next line there.
        let columns = columns.saturating_sub(1);
        // One row stays for what was there before.
        let most = rows.saturating_sub(1).clamp(1, MOST_LINES);
        let below = if most < LINES_FOR_PREVIEW {
            0
        } else {
            // Room for all of any preview, so that the list keeps its place while one walks through it.
            MOST_PREVIEW
        };
        let (first, cursor) = self.query_line(columns);
        let mut lines = vec![first];
        self.page = (most - 1).saturating_sub(below).max(1);
        self.scroll();
        let shown: Vec<usize> = self
            .fitting
            .iter()
            .skip(self.first_shown)
            .take(self.page.min(most - 1))
            .copied()
            .collect();
        let names = self.name_column(&shown, columns);
        for (row, index) in shown.into_iter().enumerate() {
            let highlighted = self.first_shown + row == self.highlighted;
            lines.push(self.choice_line(index, highlighted, names, columns));
        }
        if self.fitting.is_empty() && most > 1 {
            let mut line = Line::default();
            let text = if self.choices.is_empty() {
                "  there is nothing to choose from"
            } else {
                "  nothing fits"
            };
            line.add(Style::Faint, &shorten(text, columns), columns);
            lines.push(line);
        }
        if below > 0 && !preview.is_empty() {
            lines.push(rule(columns));
            for text in preview.iter().take(MOST_PREVIEW - 1) {
                let mut line = Line::default();
                let text = format!("  {}", escape(text));
                line.add(Style::Plain, &shorten(&text, columns), columns);
                lines.push(line);
            }
        }
        Frame { lines, cursor }
    }

    /// Keeps the highlighted choice in sight.
    fn scroll(&mut self) {
        if self.highlighted < self.first_shown {
            self.first_shown = self.highlighted;
        }
        let end = self.first_shown + self.page;
        if self.highlighted >= end {
            self.first_shown = self.highlighted + 1 - self.page;
        }
    }

    /// `context> query   12/300`.
    fn query_line(&self, columns: usize) -> (Line, usize) {
        let mut line = Line::default();
        line.add(Style::Faint, &format!("{}> ", escape(self.title)), columns);
        let query = escape(&self.query);
        let room = columns.saturating_sub(line.width());
        // Of a query that is too long its end is seen: there one types.
        let mut seen: &str = &query;
        while width(seen) > room {
            let mut letters = seen.chars();
            letters.next();
            seen = letters.as_str();
        }
        line.add(Style::Plain, seen, columns);
        let cursor = line.width();
        let count = format!("  {}/{}", self.fitting.len(), self.choices.len());
        if line.width() + width(&count) <= columns {
            line.add(Style::Faint, &count, columns);
        }
        (line, cursor)
    }

    /// The column in which the notes begin; the last one where there is no room for them.
    fn name_column(&self, shown: &[usize], columns: usize) -> usize {
        if columns < COLUMNS_FOR_NOTES {
            return columns;
        }
        let names = shown.iter().filter_map(|index| self.choices.get(*index));
        let widest = names.map(|choice| width(&escape(&choice.name))).max();
        let widest = widest.unwrap_or(0) + 4;
        widest.clamp(24, columns * 2 / 3)
    }

    fn choice_line(
        &mut self,
        index: usize,
        highlighted: bool,
        names: usize,
        columns: usize,
    ) -> Line {
        let places = self.places(index);
        let mut line = Line::default();
        let Some(choice) = self.choices.get(index) else {
            return line;
        };
        let (plain, typed) = if highlighted {
            (Style::Highlighted, Style::TypedHighlighted)
        } else {
            (Style::Plain, Style::Typed)
        };
        line.add(plain, if highlighted { "> " } else { "  " }, columns);
        let alone = choice.note.is_empty() || names >= columns;
        let end = if alone {
            columns
        } else {
            names.saturating_sub(2)
        };
        let room = end.saturating_sub(line.width());
        let letters: Vec<char> = choice.name.chars().collect();
        let (head, tail) = both_ends(&letters, room);
        let style = |place: usize| {
            if places.contains(&place) {
                typed
            } else {
                plain
            }
        };
        for (part, range) in [(0, 0..head), (1, tail..letters.len())] {
            if part == 1 && tail > head {
                line.add(plain, "…", end);
            }
            let letters: Vec<(usize, char)> = letters
                .get(range.clone())
                .map(|part| range.zip(part.iter().copied()).collect())
                .unwrap_or_default();
            // Runs of one style: what joins (accents, emoji) stays in one piece as far as it can.
            for run in letters.chunk_by(|(one, _), (next, _)| style(*one) == style(*next)) {
                let text: String = run.iter().map(|(_, letter)| letter).collect();
                if let Some((place, _)) = run.first() {
                    line.add(style(*place), &escape(&text), end);
                }
            }
        }
        if !alone {
            line.fill(Style::Plain, names, columns);
            let room = columns.saturating_sub(line.width());
            line.add(Style::Faint, &shorten(&escape(&choice.note), room), columns);
        }
        line
    }
}

/// How many letters of a name to show from its beginning, and from where on its end: long names (of cloud
/// providers) begin alike, and end in what tells them apart.
fn both_ends(letters: &[char], room: usize) -> (usize, usize) {
    let cells = |letter: &char| width(&escape(letter.encode_utf8(&mut [0; 4])));
    let name: String = letters.iter().collect();
    if width(&escape(&name)) <= room {
        return (letters.len(), letters.len());
    }
    let room = room.saturating_sub(1);
    let mut left = room / 3;
    let mut head = 0;
    for letter in letters {
        let Some(rest) = left.checked_sub(cells(letter)) else {
            break;
        };
        left = rest;
        head += 1;
    }
    let mut left = room - room / 3 + left;
    let mut tail = letters.len();
    for letter in letters.iter().skip(head).rev() {
        let Some(rest) = left.checked_sub(cells(letter)) else {
            break;
        };
        left = rest;
        tail -= 1;
    }
    (head, tail)
}

fn rule(columns: usize) -> Line {
    const WIDEST: usize = 60;
    let mut line = Line::default();
    let cells = columns.saturating_sub(2).min(WIDEST);
    line.add(Style::Faint, &format!("  {}", "─".repeat(cells)), columns);
    line
}
