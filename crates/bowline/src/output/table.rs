//! Tables in the way of kubectl: columns as wide as their longest cell, three blanks between them.

use unicode_width::UnicodeWidthStr as _;

/// Formats rows under a header; the last column is not padded.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width());
        cells
            .chain(header.get(column).map(|title| title.len()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &[&str]| {
        let last = cells.len().saturating_sub(1);
        for (column, cell) in cells.iter().enumerate() {
            text.push_str(cell);
            if column < last {
                let pad = widths[column].saturating_sub(cell.width()) + 3;
                text.extend(std::iter::repeat_n(' ', pad));
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    };
    line(header);
    for row in rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_columns() {
        let rows = vec![
            vec!["a".to_owned(), "bcd".to_owned()],
            vec!["überlang".to_owned(), String::new()],
            // Each of these takes two columns.
            vec!["日本".to_owned(), "c".to_owned()],
        ];
        insta::assert_snapshot!(table(&["NAME", "X"], &rows), @r"
        NAME       X
        a          bcd
        überlang
        日本       c
        ");
    }
}
