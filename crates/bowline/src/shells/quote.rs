//! A value as each shell writes it: the shell finds every byte of it, and executes nothing.
//!
//! For a line that a person is to paste there is [`operations::failure::argument`], which may spell out what no
//! terminal shows.

use std::fmt::Write as _;

/// For bash, zsh and other POSIX shells; the same with zsh's `RC_QUOTES`, in which `''` within quotes is a quote.
pub(crate) fn posix(value: &[u8]) -> Vec<u8> {
    in_single(value, |byte| match byte {
        b'\'' => Some(b"'\\''"),
        _ => None,
    })
}

/// For fish, in whose single quotes a backslash escapes a quote and itself (fish, `Quotes`).
pub(crate) fn fish(value: &[u8]) -> Vec<u8> {
    in_single(value, |byte| match byte {
        b'\'' => Some(b"\\'"),
        b'\\' => Some(b"\\\\"),
        _ => None,
    })
}

/// For `PowerShell`, in which every kind of single quote ends a text, and is one itself when it stands twice
/// (`System.Management.Automation/engine/parser/CharTraits.cs`, `IsSingleQuote`).
pub(crate) fn powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for char in value.chars() {
        if matches!(char, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(char);
        }
        quoted.push(char);
    }
    quoted.push('\'');
    quoted
}

/// For nushell, which has no way to write a `'` in single quotes; in double quotes a backslash escapes, and nothing
/// is expanded.
pub(crate) fn nushell(value: &str) -> String {
    in_double(value, |char| format!("\\u{{{:x}}}", u32::from(char)))
}

/// For elvish, in whose double quotes `\xHH` is a byte: a source of elvish is Unicode, a value need not be.
pub(crate) fn elvish(value: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for chunk in value.utf8_chunks() {
        escaped(&mut quoted, chunk.valid(), |char| {
            format!("\\u{:04x}", u32::from(char))
        });
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted.push('"');
    quoted
}

/// Within single quotes, and some bytes in another way.
fn in_single(value: &[u8], other: impl Fn(u8) -> Option<&'static [u8]>) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in value {
        match other(*byte) {
            Some(bytes) => quoted.extend(bytes),
            None => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// Within double quotes.
fn in_double(value: &str, control: impl Fn(char) -> String) -> String {
    let mut quoted = String::from("\"");
    escaped(&mut quoted, value, control);
    quoted.push('"');
    quoted
}

/// Backslashes before quotes and themselves, and control characters by their numbers.
fn escaped(quoted: &mut String, value: &str, control: impl Fn(char) -> String) {
    for char in value.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => quoted.push_str(&control(char)),
            char => quoted.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that means something to one of them.
    const HOSTILE: &str = "/a'b\\$(x)`y`\u{2019}\"!#é🚀";

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn posix_shells_take_all_but_the_quote_as_it_is() {
        let expected = r#"'/a'\''b\$(x)`y`’"!#é🚀'"#;
        assert_eq!(text(posix(HOSTILE.as_bytes())), expected);
        assert_eq!(posix(b"/\xff\n"), b"'/\xff\n'");
        assert_eq!(posix(b""), b"''");
    }

    #[test]
    fn fish_takes_all_but_quote_and_backslash_as_it_is() {
        let expected = r#"'/a\'b\\$(x)`y`’"!#é🚀'"#;
        assert_eq!(text(fish(HOSTILE.as_bytes())), expected);
        assert_eq!(fish(b"\\"), br"'\\'");
        assert_eq!(fish(b"\xff"), b"'\xff'");
    }

    #[test]
    fn powershell_has_five_single_quotes() {
        let expected = r#"'/a''b\$(x)`y`’’"!#é🚀'"#;
        assert_eq!(powershell(HOSTILE), expected);
        assert_eq!(
            powershell("\u{2018}\u{201b}"),
            "'\u{2018}\u{2018}\u{201b}\u{201b}'"
        );
    }

    #[test]
    fn nushell_escapes_in_double_quotes() {
        let expected = r#""/a'b\\$(x)`y`’\"!#é🚀""#;
        assert_eq!(nushell(HOSTILE), expected);
        assert_eq!(nushell("a\nb"), r#""a\u{a}b""#);
    }

    #[test]
    fn elvish_writes_what_is_not_unicode_as_bytes() {
        let expected = r#""/a'b\\$(x)`y`’\"!#é🚀""#;
        assert_eq!(elvish(HOSTILE.as_bytes()), expected);
        assert_eq!(elvish(b"/\xff\n"), r#""/\xff\u000a""#);
    }
}
