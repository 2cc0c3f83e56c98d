//! One record of Go's `encoding/csv`, as pflag's string slices are written.

/// Why a text is no record, in Go's words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// Nothing but empty lines.
    #[error("EOF")]
    Empty,
    /// A quote where none may stand.
    #[error("{}parse error on line {line}, column {column}: {problem}",
        if .line > .start { format!("record on line {start}; ") } else { String::new() })]
    Quote {
        /// Where the record begins: the line, from 1.
        start: usize,
        /// The line, from 1.
        line: usize,
        /// The byte in it, from 1.
        column: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// The fields of the first record; what follows it is dropped, as by pflag's `readAsCSV`.
pub(super) fn record(text: &str) -> Result<Vec<String>, CsvError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = Lines { rest: text };
    let mut start = 1;
    let mut line = loop {
        match lines.next() {
            Some(line) if line == "\n" => start += 1,
            Some(line) => break line,
            None => return Err(CsvError::Empty),
        }
    };
    let mut fields = Vec::new();
    let mut number = start;
    let mut column = 1;
    loop {
        let Some(quoted) = line.strip_prefix('"') else {
            let (field, after) = line.split_once(',').map_or_else(
                || (line.strip_suffix('\n').unwrap_or(&line), None),
                |(field, after)| (field, Some(after)),
            );
            if let Some(at) = field.find('"') {
                return Err(CsvError::Quote {
                    start,
                    line: number,
                    column: column + at,
                    problem: "bare \" in non-quoted-field",
                });
            }
            fields.push(field.to_owned());
            match after {
                Some(after) => {
                    column += field.len() + 1;
                    line = after.to_owned();
                }
                None => return Ok(fields),
            }
            continue;
        };
        let mut field = String::new();
        let mut rest = quoted.to_owned();
        column += 1;
        let unbalanced = |line, column| CsvError::Quote {
            start,
            line,
            column,
            problem: "extraneous or missing \" in quoted-field",
        };
        loop {
            let Some((before, after)) = rest.split_once('"') else {
                // The field goes on in the next line, line break included.
                field.push_str(&rest);
                column += rest.len();
                match lines.next() {
                    Some(next) => {
                        rest = next;
                        number += 1;
                        column = 1;
                        continue;
                    }
                    None => return Err(unbalanced(number, column)),
                }
            };
            field.push_str(before);
            column += before.len();
            if let Some(after) = after.strip_prefix('"') {
                field.push('"');
                column += 2;
                rest = after.to_owned();
            } else if let Some(after) = after.strip_prefix(',') {
                fields.push(field);
                column += 2;
                after.clone_into(&mut line);
                break;
            } else if after.is_empty() || after == "\n" {
                fields.push(field);
                return Ok(fields);
            } else {
                return Err(unbalanced(number, column));
            }
        }
    }
}

/// Lines with their line break, which is LF however it is written; a CR that ends the text is dropped.
struct Lines<'a> {
    rest: &'a str,
}

impl Iterator for Lines<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(match line.strip_suffix("\r\n") {
            Some(line) => format!("{line}\n"),
            None if rest.is_empty() => line.strip_suffix('\r').unwrap_or(line).to_owned(),
            None => line.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn records_as_go_reads_them() {
        // What kubectl 1.33 makes of `--exec-arg`.
        let cases: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("a", &["a"]),
            ("a,b", &["a", "b"]),
            (",", &["", ""]),
            ("\"\"", &[""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\",", &["a", ""]),
            ("a,\"b\"\"c\"", &["a", "b\"c"]),
            ("a\nb", &["a"]),
            ("\na", &["a"]),
            ("\"a\nb\",c", &["a\nb", "c"]),
            ("a\r\nb", &["a"]),
            ("a\rb", &["a\rb"]),
            ("\"\r\n\"", &["\n"]),
        ];
        for (text, expected) in cases {
            assert_eq!(record(text).unwrap(), expected, "{text:?}");
        }
        assert_eq!(record("a\r").unwrap(), ["a"]);
    }

    #[test]
    fn refusals_as_go_words_them() {
        for (text, expected) in [
            ("\n", "EOF"),
            ("\r\n", "EOF"),
            (
                "\"a",
                "parse error on line 1, column 3: extraneous or missing \" in quoted-field",
            ),
            (
                "\"a\"b",
                "parse error on line 1, column 3: extraneous or missing \" in quoted-field",
            ),
            (
                "\"",
                "parse error on line 1, column 2: extraneous or missing \" in quoted-field",
            ),
            (
                "a,\"b",
                "parse error on line 1, column 5: extraneous or missing \" in quoted-field",
            ),
            (
                "é,\"b\"c",
                "parse error on line 1, column 6: extraneous or missing \" in quoted-field",
            ),
            (
                "a\"b=1",
                "parse error on line 1, column 2: bare \" in non-quoted-field",
            ),
            (
                "a,b\"",
                "parse error on line 1, column 4: bare \" in non-quoted-field",
            ),
            (
                " \"b\"",
                "parse error on line 1, column 2: bare \" in non-quoted-field",
            ),
            (
                "\"a\",b\"",
                "parse error on line 1, column 6: bare \" in non-quoted-field",
            ),
            (
                "\"a\n",
                "parse error on line 1, column 4: extraneous or missing \" in quoted-field",
            ),
            (
                "\"a\nb",
                "record on line 1; parse error on line 2, column 2: extraneous or missing \" in quoted-field",
            ),
            (
                "\"a\nb\"c",
                "record on line 1; parse error on line 2, column 2: extraneous or missing \" in quoted-field",
            ),
        ] {
            assert_eq!(record(text).unwrap_err().to_string(), expected, "{text:?}");
        }
    }
}
