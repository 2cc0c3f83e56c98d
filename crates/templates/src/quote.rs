//! Text as Go quotes it (`strconv.Quote`, `%q`).

use std::fmt::Write as _;

/// `text` in double quotes, as `%q` prints it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if printable(char) => out.push(char),
            // Writing to a text cannot fail.
            '\0'..='\u{7f}' => _ = write!(out, "\\x{:02x}", u32::from(char)),
            '\u{80}'..='\u{ffff}' => _ = write!(out, "\\u{:04x}", u32::from(char)),
            _ => _ = write!(out, "\\U{:08x}", u32::from(char)),
        }
    }
    out.push('"');
    out
}

/// `char` as `%#U` prints it: `U+002C ','`.
pub(crate) fn code_point(char: char) -> String {
    let code = u32::from(char);
    if printable(char) {
        format!("U+{code:04X} '{char}'")
    } else {
        format!("U+{code:04X}")
    }
}

/// Nearly `unicode.IsPrint`: Unassigned code points count as printable here.
fn printable(char: char) -> bool {
    char == ' '
        || !(char.is_control()
            || char.is_whitespace()
            || matches!(char,
                '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}'))
}

#[cfg(test)]
mod tests {
    use super::{code_point, quote};

    #[test]
    fn quotes_like_go() {
        assert_eq!(
            quote("a\"\\\n\u{1b}\u{7f}\u{85}é😀\u{200b}\u{a0}"),
            r#""a\"\\\n\x1b\x7f\u0085é😀\u200b\u00a0""#
        );
        assert_eq!(code_point('⌘'), "U+2318 '⌘'");
        assert_eq!(code_point('\t'), "U+0009");
    }
}
