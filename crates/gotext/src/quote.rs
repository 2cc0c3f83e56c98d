//! Quoted text (`strconv.Quote`, `%q`), in which kubectl shows what it was given.

use std::fmt::Write as _;

/// The text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        push(&mut out, char, '"');
    }
    out.push('"');
    out
}

/// The byte as the literal of the character with its number, in single quotes: what Go makes of a byte.
pub fn quoted_byte(byte: u8) -> String {
    let mut out = String::from("'");
    push(&mut out, char::from(byte), '\'');
    out.push('\'');
    out
}

/// A character as `%#U` writes it: `U+002C ','`.
pub fn code_point(char: char) -> String {
    let number = u32::from(char);
    if is_printable(char) {
        format!("U+{number:04X} '{char}'")
    } else {
        format!("U+{number:04X}")
    }
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
        '"' | '\'' | '\\' => true,
        _ => ['a', char]
            .into_iter()
            .collect::<String>()
            .escape_debug()
            .eq(['a', char]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        // What kubectl 1.33 says of `--embed-certs=` with these.
        for (given, expected) in [
            ("", r#""""#),
            ("a\"b\\c'", r#""a\"b\\c'""#),
            (
                "\u{1}\n\u{200b}\u{ad}😀é\u{7f}\u{85}\u{a0}\u{feff}\u{e000}\u{378}",
                r#""\x01\n\u200b\u00ad😀é\x7f\u0085\u00a0\ufeff\ue000\u0378""#,
            ),
            ("e\u{301}\u{e0001}", "\"e\u{301}\\U000e0001\""),
            ("\u{7}\u{8}\t\u{b}\u{c}\r", r#""\a\b\t\v\f\r""#),
        ] {
            assert_eq!(quoted(given), expected);
        }
        for (given, expected) in [
            (b'x', "'x'"),
            (b'\'', r"'\''"),
            (b'\\', r"'\\'"),
            (b'\n', r"'\n'"),
            (1, r"'\x01'"),
            (0x7f, r"'\x7f'"),
            (0xa0, r"'\u00a0'"),
            (0xc3, "'Ã'"),
        ] {
            assert_eq!(quoted_byte(given), expected);
        }
        assert_eq!(code_point('⌘'), "U+2318 '⌘'");
        assert_eq!(code_point('\t'), "U+0009");
        assert_eq!(code_point('\\'), r"U+005C '\'");
    }

    #[test]
    fn nothing_that_drives_a_terminal_is_left() {
        let ranges = [
            '\0'..='\u{1f}',
            '\u{7f}'..='\u{a0}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{fff9}'..='\u{fffb}',
            '\u{e0000}'..='\u{e007f}',
        ];
        for char in ranges.into_iter().flatten() {
            assert!(quoted(&char.to_string()).is_ascii(), "{char:?}");
        }
    }
}
