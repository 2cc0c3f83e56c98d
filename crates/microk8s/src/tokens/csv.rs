//! CSV as Go's `encoding/csv` reads it with `FieldsPerRecord = -1` (golang/go, `src/encoding/csv/reader.go`):
//! no comments, blank lines skipped, quotes only around a whole field, line breaks inside quotes allowed.

use std::ops::Range;

use zeroize::Zeroizing;

/// A record: usually one line.
pub(super) struct Record {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    /// Its bytes, line break included.
    pub(super) span: Range<usize>,
    pub(super) fields: Result<Vec<Field>, Malformed>,
}

pub(super) struct Field {
    /// Without quotes.
    pub(super) value: Zeroizing<Vec<u8>>,
    /// With quotes.
    pub(super) span: Range<usize>,
}

/// Go's `ErrBareQuote`, and the two cases of its `ErrQuote`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    BareQuote,
    TextAfterQuote,
    Unclosed,
}

/// All records. Go stops at the first malformed one; here it goes on with the next line. That does not make
/// it slow: an open quote runs up to the next odd one, so few lines are read twice.
pub(super) fn read(bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let (content_end, next) = line_end(bytes, at);
        if content_end == at {
            (at, line) = (next, line + 1);
            continue;
        }
        let (fields, end) = match record(bytes, at) {
            Ok((fields, end)) => (Ok(fields), end),
            Err(error) => (Err(error), next),
        };
        records.push(Record {
            line,
            span: at..end,
            fields,
        });
        let passed = bytes.get(at..end).unwrap_or_default();
        line += passed.split(|byte| *byte == b'\n').count() - 1;
        at = end;
    }
    records
}

/// Where the text of the line at `at` ends (`\r\n` is a line break, and so is `\r` at the end of the file),
/// and where the next begins.
fn line_end(bytes: &[u8], at: usize) -> (usize, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let (mut end, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(offset) => (at + offset, at + offset + 1),
        None => (bytes.len(), bytes.len()),
    };
    if end > at && bytes.get(end - 1) == Some(&b'\r') {
        end -= 1;
    }
    (end, next)
}

/// The record that begins at `start`, and where it ends.
fn record(bytes: &[u8], start: usize) -> Result<(Vec<Field>, usize), Malformed> {
    let mut fields = Vec::new();
    let mut at = start;
    let (mut content_end, mut next) = line_end(bytes, at);
    loop {
        let begin = at;
        let mut value = Zeroizing::new(Vec::new());
        if at < content_end && bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let rest = bytes.get(at..content_end).unwrap_or_default();
                let Some(offset) = rest.iter().position(|byte| *byte == b'"') else {
                    value.extend_from_slice(rest);
                    if next >= bytes.len() {
                        return Err(Malformed::Unclosed);
                    }
                    value.push(b'\n');
                    at = next;
                    (content_end, next) = line_end(bytes, at);
                    continue;
                };
                value.extend_from_slice(rest.get(..offset).unwrap_or_default());
                at += offset + 1;
                match bytes.get(at..content_end).and_then(<[u8]>::first) {
                    Some(b'"') => {
                        value.push(b'"');
                        at += 1;
                    }
                    None | Some(b',') => break,
                    Some(_) => return Err(Malformed::TextAfterQuote),
                }
            }
        } else {
            let rest = bytes.get(at..content_end).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == b',');
            let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
            if text.contains(&b'"') {
                return Err(Malformed::BareQuote);
            }
            value.extend_from_slice(text);
            at += text.len();
        }
        fields.push(Field {
            value,
            span: begin..at,
        });
        if at < content_end {
            // The comma.
            at += 1;
        } else {
            return Ok((fields, next));
        }
    }
}

/// A field as Go reads it back, in quotes where it needs them or where `always`.
pub(super) fn write(out: &mut Vec<u8>, text: &str, always: bool) {
    if always || text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Vec<String> {
        read(text.as_bytes())
            .iter()
            .map(|record| {
                let fields = match &record.fields {
                    Ok(fields) => fields
                        .iter()
                        .map(|field| String::from_utf8_lossy(&field.value).into_owned())
                        .collect::<Vec<_>>()
                        .join("|"),
                    Err(error) => format!("{error:?}"),
                };
                format!("{}: {fields}", record.line)
            })
            .collect()
    }

    /// Cases of golang/go `src/encoding/csv/reader_test.go` that apply with its default settings.
    #[test]
    fn reads_as_go_does() {
        for (text, records) in [
            ("a,b,c\n", &["1: a|b|c"][..]),
            ("a,b\r\nc,d\r\n", &["1: a|b", "2: c|d"]),
            ("a,b\rc,d\r\n", &["1: a|b\rc|d"]),
            ("a,b,c", &["1: a|b|c"]),
            (
                "\"two\nline\",\"one line\",\"three\nline\nfield\"",
                &["1: two\nline|one line|three\nline\nfield"],
            ),
            ("a,b,c\n\nd,e,f\n\n", &["1: a|b|c", "3: d|e|f"]),
            (" a,  b,   c\n", &["1:  a|  b|   c"]),
            (
                "#1,2,3\na,b,c\n#comment",
                &["1: #1|2|3", "2: a|b|c", "3: #comment"],
            ),
            ("a \"word\",\"b\"", &["1: BareQuote"]),
            ("\"a word\",b\"", &["1: BareQuote"]),
            ("\"a \"word\",b", &["1: TextAfterQuote"]),
            ("\"a\"\"b\",c", &["1: a\"b|c"]),
            ("a,b,c,\n", &["1: a|b|c|"]),
            (",,\n", &["1: ||"]),
            ("\"", &["1: Unclosed"]),
            ("\"\n\r\n", &["1: Unclosed"]),
            ("a\r", &["1: a"]),
            ("\r", &[]),
            ("a,\"b\r\nc\"\r\nd,e", &["1: a|b\nc", "3: d|e"]),
            ("x,\"y\nz,1,2\n", &["1: Unclosed", "2: z|1|2"]),
            ("\"x\" ,y", &["1: TextAfterQuote"]),
            ("a,\"\"", &["1: a|"]),
        ] {
            assert_eq!(show(text), records, "{text:?}");
        }
    }

    #[test]
    fn a_file_of_quotes_is_read_in_reasonable_time() {
        for line in [
            "\"\n",
            "x,\"\n",
            "\"\"\"\n",
            "\"\"\"x\n",
            "\"x\"y\n",
            "x\"\n\"\n",
        ] {
            let start = std::time::Instant::now();
            read(line.repeat(100_000).as_bytes());
            assert!(start.elapsed().as_secs() < 20, "{line:?}");
        }
    }
}
