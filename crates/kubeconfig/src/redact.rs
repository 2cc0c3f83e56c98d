//! Showing what came from a kubeconfig without showing its secrets.

mod mask;

use std::borrow::Cow;
use std::fmt::Write as _;

use similar::TextDiff;

use self::mask::Masked;

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
pub fn url(text: &str) -> Cow<'_, str> {
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
    Cow::Owned(format!(
        "{}REDACTED{}",
        scheme.unwrap_or_default(),
        host.unwrap_or_default()
    ))
}

/// Returns the unified diff of two kubeconfigs, with three lines of context and every secret
/// replaced: tokens, passwords, `*-data`, the config of auth providers, arguments and variables
/// of credential plugins, users in URLs, and comments that look like any of these.
///
/// `REDACTED` is the same on both sides, `REDACTED-OLD` and `REDACTED-NEW` occur on one only.
/// Control characters are escaped as by [`escape`]. A text that cannot be parsed is not shown;
/// the result says so instead. Equal texts give an empty diff.
pub fn diff(before: &[u8], after: &[u8], path: &str) -> String {
    let path = escape(path);
    if before == after {
        return String::new();
    }
    let parse = |bytes: &[u8], which: &str| {
        Masked::parse(bytes).map_err(|error| {
            format!(
                "{path}: no difference is shown, since the text {which} cannot be read: {error}\n"
            )
        })
    };
    let (before, after) = match (parse(before, "before"), parse(after, "after")) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(message), _) | (_, Err(message)) => return message,
    };
    let old = before.render(&after, "REDACTED-OLD");
    let new = after.render(&before, "REDACTED-NEW");
    TextDiff::from_lines(old.as_str(), new.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&path, &path)
        .to_string()
}
