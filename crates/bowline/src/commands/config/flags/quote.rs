//! Go's quoting (`strconv.Quote`), in which kubectl shows what it was given.

use std::fmt::Write as _;

/// The text as a Go string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        push(&mut out, char, '"');
    }
    out.push('"');
    out
}

/// The byte as the Go literal of the character with its number: what Go makes of a byte.
pub(super) fn quoted_byte(byte: u8) -> String {
    let mut out = String::from("'");
    push(&mut out, char::from(byte), '\'');
    out.push('\'');
    out
}

fn push(out: &mut String, char: char, quote: char) {
    match char {
        '\\' => out.push_str("\\\\"),
        _ if char == quote => {
            out.push('\\');
            out.push(char);
        }
        _ if is_printable(char) => out.push(char),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ => {
            let number = u32::from(char);
            // Writing to a string does not fail.
            let _ = match number {
                0..=0x1f | 0x7f => write!(out, "\\x{number:02x}"),
                0..=0xffff => write!(out, "\\u{number:04x}"),
                _ => write!(out, "\\U{number:08x}"),
            };
        }
    }
}

/// Rust's debug form escapes what Unicode calls neither letter, mark, number, punctuation, symbol nor plain
/// space, as Go does; and a mark where no character precedes it, so one is given.
fn is_printable(char: char) -> bool {
    match char {
        '"' | '\'' => true,
        _ => ['a', char]
            .into_iter()
            .collect::<String>()
            .escape_debug()
            .eq(['a', char]),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use super::quoted_byte;

    #[test]
    fn quotes_as_go_does() {
        // What kubectl 1.33 says of `--embed-certs=` with these.
        for (text, expected) in [
            ("", r#""""#),
            ("a\"b\\c'", r#""a\"b\\c'""#),
            (
                "\u{1}\n\u{200b}\u{ad}😀é\u{7f}\u{85}\u{feff}\u{e000}\u{378}",
                r#""\x01\n\u200b\u00ad😀é\x7f\u0085\ufeff\ue000\u0378""#,
            ),
            ("e\u{301}\u{e0001}", "\"e\u{301}\\U000e0001\""),
            ("\u{7}\u{8}\t\u{b}\u{c}\r", r#""\a\b\t\v\f\r""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
        for (byte, expected) in [
            (b'x', "'x'"),
            (b'\'', r"'\''"),
            (b'\\', r"'\\'"),
            (b'\n', r"'\n'"),
            (1, r"'\x01'"),
            (0x7f, r"'\x7f'"),
            (0xa0, r"'\u00a0'"),
            (0xc3, "'Ã'"),
        ] {
            assert_eq!(quoted_byte(byte), expected);
        }
    }
}
