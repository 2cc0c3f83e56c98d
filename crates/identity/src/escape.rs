//! Text from a server, made fit for a message.

use std::fmt::Write as _;

/// Longer texts are cut off: the longest that an API server says in earnest are a few lines.
const MOST: usize = 1000;

/// The text without anything that could drive a terminal or hide in it, and not longer than a few lines.
pub(crate) fn foreign(text: &str) -> String {
    let mut out = String::new();
    for (index, char) in text.chars().enumerate() {
        if index == MOST {
            out.push('…');
            break;
        }
        match char {
            '\n' => out.push_str("\\n"),
            _ if is_dangerous(char) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out
}

/// Control characters, invisible ones, and those that turn the direction of text.
pub(crate) fn is_dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_drives_a_terminal_and_nothing_is_endless() {
        assert_eq!(foreign("pods is forbidden"), "pods is forbidden");
        assert_eq!(foreign("a\x1b[31m\nb\u{202e}"), "a\\u{1b}[31m\\nb\\u{202e}");
        assert_eq!(foreign(&"x".repeat(5000)).chars().count(), MOST + 1);
    }
}
