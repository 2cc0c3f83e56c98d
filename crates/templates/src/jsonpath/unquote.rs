//! Quoted text (client-go `UnquoteExtend`, Go `strconv.UnquoteChar`).

/// What `text`, with its quotes, says. `None` when Go calls it invalid syntax. It may not be UTF-8.
pub(super) fn unquote(text: &str) -> Option<Vec<u8>> {
    let quote = text.chars().next()?;
    let mut rest = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = Vec::with_capacity(rest.len());
    while let Some(char) = rest.chars().next() {
        rest = rest.get(char.len_utf8()..)?;
        if char == quote {
            return None;
        }
        if char == '\\' {
            rest = escape(rest, quote, &mut out)?;
        } else {
            out.extend(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Some(out)
}

/// Appends what the escape at the start of `rest` (behind its backslash) stands for.
fn escape<'a>(rest: &'a str, quote: char, out: &mut Vec<u8>) -> Option<&'a str> {
    let char = rest.chars().next()?;
    let after = rest.get(char.len_utf8()..)?;
    let byte = match char {
        'a' => 7,
        'b' => 8,
        't' => b'\t',
        'n' => b'\n',
        'v' => 11,
        'f' => 12,
        'r' => b'\r',
        '\\' => b'\\',
        '\'' | '"' if char == quote => u8::try_from(char).ok()?,
        'x' => {
            let (code, after) = number(after, 2, 16)?;
            out.push(u8::try_from(code).ok()?);
            return Some(after);
        }
        'u' | 'U' => {
            let (code, after) = number(after, if char == 'u' { 4 } else { 8 }, 16)?;
            out.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(after);
        }
        '0'..='7' => {
            let (code, after) = number(rest, 3, 8)?;
            out.push(u8::try_from(code).ok()?);
            return Some(after);
        }
        _ => return None,
    };
    out.push(byte);
    Some(after)
}

fn number(text: &str, digits: usize, radix: u32) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    number
        .bytes()
        .all(|byte| char::from(byte).is_digit(radix))
        .then(|| u32::from_str_radix(number, radix).ok())
        .flatten()
        .map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn as_go_unquotes() {
        let cases: [(&str, Option<&[u8]>); 16] = [
            (r#""""#, Some(b"")),
            ("''", Some(b"")),
            (r#""a'b""#, Some(b"a'b")),
            (r"'it\'s'", Some(b"it's")),
            (r#"'\"'"#, None),
            (r#""\'""#, None),
            (r#""\n\t\r\a\b\f\v\\""#, Some(b"\n\t\r\x07\x08\x0c\x0b\\")),
            (r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀".as_bytes())),
            (r#""\xff\377""#, Some(b"\xff\xff")),
            (r#""\400""#, None),
            (r#""\x4""#, None),
            (r#""\x+4""#, None),
            (r#""\ud800""#, None),
            (r#""\q""#, None),
            (r#""\xé0""#, None),
            (r#"""#, None),
        ];
        for (text, meaning) in cases {
            assert_eq!(unquote(text).as_deref(), meaning, "{text}");
        }
    }
}
