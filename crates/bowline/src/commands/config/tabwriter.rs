//! Text in columns, as kubectl aligns it (github.com/liggitt/tabwriter, a copy of Go's
//! `text/tabwriter`, with the settings of cli-runtime's `GetNewTabWriter`).
//!
//! A tab ends a cell; a column is a run of lines that have that cell, so a name with a tab or a line
//! break in it moves what is behind it exactly as it does in kubectl.

/// Least width of a column.
const LEAST: usize = 6;
/// Blanks between columns.
const BETWEEN: usize = 3;

/// Aligns the cells of `text`.
pub(super) fn align(text: &str) -> String {
    let mut cells = Vec::new();
    let mut ends = Vec::new();
    for line in text.split('\n') {
        cells.extend(line.split(['\t', '\u{b}']).map(Cell::new));
        ends.push(cells.len());
    }
    let starts = [0].into_iter().chain(ends.iter().copied());
    let lines: Vec<&[Cell<'_>]> = starts
        .zip(&ends)
        .map(|(start, end)| cells.get(start..*end).unwrap_or_default())
        .collect();
    let mut writer = Writer {
        out: String::with_capacity(text.len() * 2),
        widths: Vec::new(),
        widest: Vec::new(),
    };
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        // A line of one cell has no columns: what is before it is done.
        if line.len() == 1 {
            writer.block(lines.get(start..=at).unwrap_or_default());
            start = at + 1;
        }
    }
    writer.block(lines.get(start..).unwrap_or_default());
    // Behind the last line break there is an empty line, which is none.
    writer.out.pop();
    writer.out
}

struct Cell<'a> {
    text: &'a str,
    /// In characters, whatever a terminal makes of them.
    width: usize,
}

impl<'a> Cell<'a> {
    fn new(text: &'a str) -> Self {
        let width = text.chars().count();
        Self { text, width }
    }
}

struct Writer {
    out: String,
    /// Of the columns to the left of the one in hand.
    widths: Vec<usize>,
    /// The widest that each column has been.
    widest: Vec<usize>,
}

impl Writer {
    /// Formats lines by their next column.
    fn block(&mut self, lines: &[&[Cell<'_>]]) {
        let column = self.widths.len();
        let has_column = |line: &&[Cell<'_>]| column + 1 < line.len();
        let mut rest = lines;
        while let Some(first) = rest.iter().position(has_column) {
            let (before, from) = rest.split_at(first);
            self.lines(before);
            let len = from.iter().take_while(|line| has_column(line)).count();
            let (run, after) = from.split_at(len);
            let widest = run
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.width + BETWEEN)
                .fold(LEAST, usize::max);
            let width = self
                .widest
                .get(column)
                .map_or(widest, |known| widest.max(*known));
            match self.widest.get_mut(column) {
                Some(known) => *known = width,
                None => self.widest.push(width),
            }
            self.widths.push(width);
            self.block(run);
            self.widths.pop();
            rest = after;
        }
        self.lines(rest);
    }

    fn lines(&mut self, lines: &[&[Cell<'_>]]) {
        for line in lines {
            for (column, cell) in line.iter().enumerate() {
                self.out.push_str(cell.text);
                if let Some(width) = self.widths.get(column) {
                    self.blanks(width.saturating_sub(cell.width));
                }
            }
            self.out.push('\n');
        }
    }

    fn blanks(&mut self, mut count: usize) {
        const SOME: &str = "                                ";
        while let Some(more) = count.checked_sub(SOME.len()) {
            self.out.push_str(SOME);
            count = more;
        }
        self.out.push_str(SOME.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn columns_are_runs_of_lines() {
        let text = "CURRENT\tNAME\tCLUSTER\n*\tdev\tc\n\ta-long-name\tc\n";
        insta::assert_snapshot!(align(text).replace(' ', "·"), @r"
        CURRENT···NAME··········CLUSTER
        *·········dev···········c
        ··········a-long-name···c
        ");
        // A name with a tab, and one with a line break.
        let text = "\tt\tb\tc\n\tn\nb\tlong-cluster-name\tu\n";
        insta::assert_snapshot!(align(text).replace(' ', "·"), @r"
        ······t·····b·····c
        ······n
        b·····long-cluster-name···u
        ");
        assert_eq!(align(""), "");
    }
}
