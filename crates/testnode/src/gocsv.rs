//! CSV as Go's `encoding/csv` reads it with any number of columns: so kube-apiserver reads its token file.

/// The records of a file; the error is Go's own text, but for the column in it.
pub(crate) fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    // Go drops a carriage return at the very end, too.
    let text = text.strip_suffix('\r').unwrap_or(&text);
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if record.is_empty() && rest.starts_with('\n') {
            rest = &rest[1..];
            continue;
        }
        let at = line_of(text, rest);
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted).map_err(|(why, end)| {
                let end = line_of(text, end);
                if end == at {
                    format!("parse error on line {at}: {why}")
                } else {
                    format!("record on line {at}; parse error on line {end}: {why}")
                }
            })?,
            None => bare_field(rest).map_err(|why| format!("parse error on line {at}: {why}"))?,
        };
        record.push(field);
        rest = after.get(1..).unwrap_or_default();
        match after.chars().next() {
            // A comma at the very end opens one more column, which is empty.
            Some(',') if rest.is_empty() => {
                record.push(String::new());
                records.push(std::mem::take(&mut record));
            }
            Some(',') if rest.starts_with('\n') => {
                record.push(String::new());
                records.push(std::mem::take(&mut record));
                rest = &rest[1..];
            }
            Some(',') => {}
            _ => records.push(std::mem::take(&mut record)),
        }
    }
    Ok(records)
}

/// A field without quotes, and what follows it: a comma, a line's end, or nothing.
fn bare_field(text: &str) -> Result<(String, &str), &'static str> {
    let (field, after) = text.split_at(text.find([',', '\n']).unwrap_or(text.len()));
    if field.contains('"') {
        return Err("bare \" in non-quoted field");
    }
    Ok((field.to_owned(), after))
}

/// What stands between quotes, and what follows; the error says where it was noticed.
fn quoted_field(text: &str) -> Result<(String, &str), (&'static str, &str)> {
    const WHY: &str = "extraneous or missing \" in quoted-field";
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err((WHY, &rest[rest.len()..]));
        };
        field.push_str(before);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
        } else if after.is_empty() || after.starts_with([',', '\n']) {
            return Ok((field, after));
        } else {
            return Err((WHY, after));
        }
    }
}

/// The number of the line on which `rest`, the end of `text`, begins.
fn line_of(text: &str, rest: &str) -> usize {
    let before = text.len().saturating_sub(rest.len());
    1 + text
        .bytes()
        .take(before)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The cases are those of Go's encoding/csv/reader_test.go, with FieldsPerRecord -1.
    #[test]
    fn reads_what_go_reads() {
        for (text, expected) in [
            ("a,b,c\n", &[&["a", "b", "c"][..]][..]),
            ("a,b\r\nc,d\r\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\rc,d\r\n", &[&["a", "b\rc", "d"]]),
            ("\"a\",\"b,\"\"c\",d", &[&["a", "b,\"c", "d"]]),
            ("\"two\nlines\",x", &[&["two\nlines", "x"]]),
            ("\n\na\n\n\nb", &[&["a"], &["b"]]),
            (" a,  b", &[&[" a", "  b"]]),
            ("x,,,\nx,\n,", &[&["x", "", "", ""], &["x", ""], &["", ""]]),
            ("\"\"\n", &[&[""]]),
            ("a,b\r", &[&["a", "b"]]),
            ("#1,2", &[&["#1", "2"]]),
            ("", &[]),
        ] {
            assert_eq!(records(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for (text, expected) in [
            (
                "a \"word\",b\n",
                "parse error on line 1: bare \" in non-quoted field",
            ),
            (
                "x\n\"a \"word\",b",
                "parse error on line 2: extraneous or missing \" in quoted-field",
            ),
            (
                "\"a\nb",
                "record on line 1; parse error on line 2: extraneous or missing \" in quoted-field",
            ),
            (
                "\"a\" ,b",
                "parse error on line 1: extraneous or missing \" in quoted-field",
            ),
        ] {
            assert_eq!(records(text).unwrap_err(), expected, "{text:?}");
        }
    }
}
