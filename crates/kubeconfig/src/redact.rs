//! Showing what came from a kubeconfig without showing its secrets.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns `text` so that printing it cannot drive a terminal: control characters, line breaks,
/// escape sequences, invisible characters and direction overrides are spelt out.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{ff}' if dangerous(char) => {
                let _ = write!(out, "\\x{:02x}", u32::from(char));
            }
            _ if dangerous(char) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}

fn dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns a URL with `user:password@` replaced.
pub(crate) fn url(text: &str) -> Cow<'_, str> {
    let after_scheme = text.find("://").map_or(0, |at| at + 3);
    let rest = text.get(after_scheme..).unwrap_or_default();
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may itself hold any of these before the `@`: take the last one of the text when
    // the authority seems to have none.
    let at = match rest.get(..authority).unwrap_or_default().rfind('@') {
        Some(at) => at,
        None => match rest.rfind('@') {
            Some(at) if rest.get(..at).is_some_and(|user| user.contains(':')) => at,
            _ => return Cow::Borrowed(text),
        },
    };
    let (scheme, host) = (text.get(..after_scheme), rest.get(at..));
    Cow::Owned(format!("{}REDACTED{}", scheme.unwrap_or_default(), host.unwrap_or_default()))
}

/// Placeholder until the tree walk is there.
pub fn diff(_before: &[u8], _after: &[u8], _path: &str) -> String {
    String::new()
}
