//! One text in the quotes that it needs.

use std::fmt::Write as _;

use super::Notation;
use crate::tree::Style;
use crate::yaml11;

/// Writes `text` as go-yaml v2 would: plain, `"…"` for what would read as another type or cannot
/// stand as it is, `'…'` for what only looks like syntax.
pub(crate) fn scalar(text: &str, notation: Notation) -> String {
    match notation {
        Notation::Json => double(text, true),
        Notation::Block | Notation::Flow if is_plain(text, notation) => text.to_owned(),
        _ if yaml11::needs_quotes(text) => double(text, false),
        _ => single(text).unwrap_or_else(|| double(text, false)),
    }
}

/// Writes `text` in the place of a scalar of that style, in the same style if it can be.
pub(crate) fn rewrite(text: &str, style: Style, notation: Notation) -> String {
    match style {
        Style::Plain if is_plain(text, notation) => text.to_owned(),
        Style::Single => single(text).unwrap_or_else(|| double(text, false)),
        _ => double(text, notation == Notation::Json),
    }
}

fn is_plain(text: &str, notation: Notation) -> bool {
    if text.chars().any(special) || yaml11::needs_quotes(text) {
        return false;
    }
    match notation {
        Notation::Block => is_block_plain(text),
        Notation::Flow => is_flow_plain(text),
        Notation::Json => false,
    }
}

/// `emitterc.go`, `yaml_emitter_analyze_scalar`.
fn is_block_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let blank_or_end = |at: usize| bytes.get(at).is_none_or(|byte| *byte == b' ');
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if *first == b' '
        || *last == b' '
        || text.starts_with("---")
        || text.starts_with("...")
        || b"#,[]{}&*!|>'\"%@`".contains(first)
        || (b"?:-".contains(first) && blank_or_end(1))
    {
        return false;
    }
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b':' => !blank_or_end(at + 1),
        b'#' => at > 0 && bytes.get(at - 1) != Some(&b' '),
        _ => true,
    })
}

/// Narrower than any YAML: inside brackets readers differ, and quotes cost nothing.
fn is_flow_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            b':' => bytes
                .get(at + 1)
                .is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'/'),
            b'-' | b'_' | b'.' | b'/' | b'+' | b'=' => true,
            byte => byte.is_ascii_alphanumeric(),
        })
}

fn single(text: &str) -> Option<String> {
    (!text.chars().any(special)).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// Characters that go-yaml v2's emitter does not print as they are (`yamlprivateh.go`,
/// `is_printable`), and all line breaks of YAML 1.1.
fn special(char: char) -> bool {
    !matches!(char, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Writes `text` in double quotes, with escapes that go-yaml v2 reads; in JSON only those that
/// JSON has too. Never `\/` nor surrogate pairs, which go-yaml v2 refuses.
pub(super) fn double(text: &str, json: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        let code = u32::from(char);
        let short = match char {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            '\0' if !json => Some("\\0"),
            '\u{7}' if !json => Some("\\a"),
            '\u{b}' if !json => Some("\\v"),
            '\u{1b}' if !json => Some("\\e"),
            '\u{85}' if !json => Some("\\N"),
            '\u{2028}' if !json => Some("\\L"),
            '\u{2029}' if !json => Some("\\P"),
            _ => None,
        };
        // Writing to a string cannot fail.
        let _ = match (short, char) {
            (Some(short), _) => out.write_str(short),
            (None, char) if !special(char) => out.write_char(char),
            // JSON has no other way that go-yaml reads; it reads the character itself.
            (None, '\u{10000}'..) if json => out.write_char(char),
            (None, '\u{10000}'..) => write!(out, "\\U{code:08X}"),
            (None, '\u{100}'..) => write!(out, "\\u{code:04X}"),
            (None, _) if json => write!(out, "\\u{code:04x}"),
            (None, _) => write!(out, "\\x{code:02X}"),
        };
    }
    out.push('"');
    out
}
