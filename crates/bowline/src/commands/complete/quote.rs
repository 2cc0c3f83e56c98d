//! Names in a line that goes on being typed: as they are where that is safe, else quoted as the cursor's place needs.

use std::borrow::Cow;

use super::line::Quote;
use crate::shells::quote;

/// For bash, within quotes that are open, or outside of any. `None` where that cannot be.
pub(super) fn bash(text: &str, quote: Quote) -> Option<Cow<'_, str>> {
    match quote {
        Quote::None if text.chars().all(|char| is_plain(char, ":@%+=,")) => Some(text.into()),
        Quote::None => Some(behind_backslashes(text, |char| !is_plain(char, ":@%+=,"))),
        Quote::Literal => (!text.contains('\'')).then_some(text.into()),
        // There a backslash before `!` keeps it from being the history's, and stays.
        Quote::Double => (!text.contains('!'))
            .then(|| behind_backslashes(text, |char| matches!(char, '$' | '`' | '"' | '\\'))),
        Quote::Odd => None,
    }
}

/// For `PowerShell`.
pub(super) fn powershell(text: &str) -> Cow<'_, str> {
    if starts_a_word(text) && text.chars().all(|char| is_plain(char, ":=")) {
        return text.into();
    }
    quote::powershell(text).into()
}

/// For nushell, in single quotes where they can hold the name: they show it as it is.
pub(super) fn nushell(text: &str) -> Cow<'_, str> {
    if starts_a_word(text) && text.chars().all(|char| is_plain(char, ":@=")) {
        return text.into();
    }
    if text.contains('\'') {
        quote::nushell(text).into()
    } else {
        format!("'{text}'").into()
    }
}

/// Whether it can be taken neither for a number nor for an operator.
fn starts_a_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_alphabetic() || matches!(char, '-' | '/' | '_'))
}

fn behind_backslashes(text: &str, needs: impl Fn(char) -> bool) -> Cow<'_, str> {
    let mut quoted = String::with_capacity(text.len() * 2);
    for char in text.chars() {
        if needs(char) {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted.into()
}

/// Whether a character never means anything to a shell.
fn is_plain(char: char, more: &str) -> bool {
    if char.is_ascii() {
        char.is_ascii_alphanumeric() || "_-./".contains(char) || more.contains(char)
    } else {
        !char.is_whitespace() && !matches!(char, '\u{2010}'..='\u{201f}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_finds_the_name_in_any_quotes() {
        let hostile = "$(touch owned)`x`; a'b\"c\\!*~#é🚀";
        assert_eq!(bash("dev-1.x:y/z", Quote::None).unwrap(), "dev-1.x:y/z");
        for quote in [Quote::None, Quote::Literal, Quote::Double] {
            let (before, name) = match quote {
                Quote::Literal => ("'", hostile.replace('\'', "")),
                Quote::Double => ("\"", hostile.replace('!', "")),
                _ => ("", hostile.to_owned()),
            };
            let written = bash(&name, quote).unwrap();
            let script = format!("printf %s {before}{written}{before}");
            let mut command = std::process::Command::new("bash");
            let Ok(said) = command.args(["-c", &script]).output() else {
                continue;
            };
            assert_eq!(String::from_utf8_lossy(&said.stdout), name, "{script}");
        }
        assert_eq!(bash("a'b", Quote::Literal), None);
        assert_eq!(bash("a!b", Quote::Double), None);
        assert_eq!(bash("a", Quote::Odd), None);
    }

    #[test]
    fn powershell_quotes_what_is_no_plain_word() {
        assert_eq!(powershell("dev-1"), "dev-1");
        assert_eq!(powershell("--context=a"), "--context=a");
        for name in ["$(touch owned)", "@x", "1.20", ".a", "a b"] {
            assert_eq!(powershell(name), format!("'{name}'"));
        }
        assert_eq!(powershell("a'b"), "'a''b'");
    }

    #[test]
    fn nushell_takes_the_quotes_that_are_free() {
        assert_eq!(nushell("dev"), "dev");
        assert_eq!(nushell("$(touch owned)"), "'$(touch owned)'");
        assert_eq!(nushell("a'b"), "\"a'b\"");
        assert_eq!(nushell("a'b\"c\\"), r#""a'b\"c\\""#);
    }
}
