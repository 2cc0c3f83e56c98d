//! Foreign text made harmless: for a terminal, and as an argument of a shell.

/// A text that a terminal shows as it is: control characters, invisible ones and direction overrides are
/// spelt out. Marks that combine with the character before them stay.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            // Alone, or as the first, a mark that combines would be spelt out.
            _ => shown.extend(format!("x{character}").escape_debug().skip(1)),
        }
    }
    shown
}

/// The first line that says something, bounded, made visible.
pub(crate) fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing");
    visible(&line.chars().take(300).collect::<String>())
}

/// A name as an argument that a user can paste into a shell: nothing in it can be more than a name.
pub fn argument(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-/@:+=,".contains(&b));
    if plain {
        return name.to_owned();
    }
    // What no terminal shows as it is gets escaped: the command then fails instead of surprising.
    format!("'{}'", visible(name).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_never_more_than_a_name() {
        assert_eq!(argument("microk8s-vm"), "microk8s-vm");
        assert_eq!(argument("ubuntu@10.0.0.7"), "ubuntu@10.0.0.7");
        assert_eq!(argument("Ubuntu 24.04"), "'Ubuntu 24.04'");
        assert_eq!(argument("$(id)'"), r"'$(id)'\'''");
        assert_eq!(argument("-n"), "'-n'");
        assert_eq!(argument(""), "''");
        assert_eq!(argument("a\n$(id)"), r"'a\n$(id)'");
        assert_eq!(argument("a\u{202e}b"), r"'a\u{202e}b'");
        assert_eq!(argument("a\u{200c}b\u{7f}"), r"'a\u{200c}b\u{7f}'");
        // A name that is typed on a Mac: `e` and an accent.
        assert_eq!(argument("cafe\u{301}"), "'cafe\u{301}'");
    }

    #[test]
    fn the_first_line_is_bounded_and_visible() {
        assert_eq!(first_line("\n  \nfoo: bar\r\nmore"), "foo: bar");
        assert_eq!(first_line("\u{1b}[2Jx"), r"\u{1b}[2Jx");
        assert_eq!(first_line(&"é".repeat(1000)).chars().count(), 300);
        assert_eq!(first_line(" \n"), "it said nothing");
        assert_eq!(first_line(r#"can't "open" C:\x"#), r#"can't "open" C:\x"#);
    }
}
