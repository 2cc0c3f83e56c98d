//! Tables in the way of kubectl: columns as wide as their longest cell, three blanks between them.

use unicode_width::UnicodeWidthStr as _;

/// Blanks between two columns.
const BETWEEN: usize = 3;

/// As much of a table as a terminal has room for: of the columns that may be missing, as many as fit, the first
/// first. Also the titles of those that are.
pub(crate) fn fitting<'a>(
    header: &[&'a str],
    rows: &[Vec<String>],
    spare: &[&str],
    room: usize,
) -> (String, Vec<&'a str>) {
    let widths = widths(header, rows);
    let may_be_missing = |column: &usize| spare.contains(&header[*column]);
    let (mut wanted, mut kept): (Vec<usize>, Vec<usize>) =
        (0..header.len()).partition(may_be_missing);
    wanted.sort_by_key(|column| spare.iter().position(|title| *title == header[*column]));
    let mut taken: usize = kept.iter().map(|column| widths[*column] + BETWEEN).sum();
    wanted.retain(|column| {
        let with = taken + widths[*column] + BETWEEN;
        let fits = with <= room.saturating_add(BETWEEN);
        if fits {
            taken = with;
            kept.push(*column);
        }
        !fits
    });
    kept.sort_unstable();
    wanted.sort_unstable();
    let titles: Vec<&str> = kept.iter().map(|column| header[*column]).collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            kept.iter()
                .filter_map(|column| row.get(*column).cloned())
                .collect()
        })
        .collect();
    let missing = wanted.iter().map(|column| header[*column]).collect();
    (table(&titles, &rows), missing)
}

/// How wide the columns are.
fn widths(header: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
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
    (0..header.len()).map(width).collect()
}

/// Formats rows under a header; the last column is not padded.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let widths = widths(header, rows);
    let mut text = String::new();
    let mut line = |cells: &[&str]| {
        let last = cells.len().saturating_sub(1);
        for (column, cell) in cells.iter().enumerate() {
            text.push_str(cell);
            if column < last {
                let pad = widths[column].saturating_sub(cell.width()) + BETWEEN;
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

    #[test]
    fn leaves_out_what_a_terminal_has_no_room_for() {
        let header = ["NAME", "LONG", "STATE", "AGE"];
        let rows = vec![
            ["a", "0123456789012345", "ok", "3 d"]
                .map(str::to_owned)
                .to_vec(),
        ];
        let spare = ["AGE", "LONG"];
        for (room, lines, missing) in [
            (
                80,
                "NAME   LONG               STATE   AGE\na      0123456789012345   ok      3 d\n",
                &[][..],
            ),
            (
                37,
                "NAME   LONG               STATE   AGE\na      0123456789012345   ok      3 d\n",
                &[],
            ),
            (36, "NAME   STATE   AGE\na      ok      3 d\n", &["LONG"]),
            (17, "NAME   STATE\na      ok\n", &["LONG", "AGE"]),
            // What may not be missing is there, however little room there is.
            (0, "NAME   STATE\na      ok\n", &["LONG", "AGE"]),
        ] {
            let (text, left_out) = fitting(&header, &rows, &spare, room);
            assert_eq!(
                (text.as_str(), left_out.as_slice()),
                (lines, missing),
                "{room}"
            );
        }
    }
}
