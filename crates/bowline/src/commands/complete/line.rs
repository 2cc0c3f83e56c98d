//! A command line up to the cursor, as a shell that does not split it for us reads it. Nothing is expanded.

/// What a shell's quotes mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Takes the next character as it is, outside of quotes.
    escape: Option<char>,
    /// Quotes in which every character stands for itself.
    literal: &'static [char],
}

/// bash (`man bash`, QUOTING).
pub(super) const BASH: Rules = Rules {
    escape: Some('\\'),
    literal: &['\''],
};

/// nushell: a backtick quotes, a backslash outside of quotes is itself.
pub(super) const NUSHELL: Rules = Rules {
    escape: None,
    literal: &['\'', '`'],
};

/// The quotes that are open at the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quote {
    #[default]
    None,
    Literal,
    Double,
    /// Something of another kind, as `$'`.
    Odd,
}

/// The words of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Without their quotes; the last one is at the cursor, and may be empty.
    pub(super) words: Vec<String>,
    /// The last word as it was typed.
    pub(super) raw: String,
    /// What is open at its end.
    pub(super) quote: Quote,
}

impl Line {
    pub(super) fn read(line: &str, rules: Rules) -> Self {
        let mut read = Self::default();
        let mut word = String::new();
        let mut open = None;
        let mut odd = false;
        let mut rest = line.chars();
        while let Some(char) = rest.next() {
            if open.is_none() && char.is_ascii_whitespace() {
                if !read.raw.is_empty() {
                    read.words.push(std::mem::take(&mut word));
                    read.raw.clear();
                }
                odd = false;
                continue;
            }
            if open.is_none() && matches!(char, '|' | ';' | '&') {
                // Another command begins.
                read = Self::default();
                word.clear();
                continue;
            }
            let dollar = read.raw.ends_with('$') && !read.raw.ends_with("\\$");
            read.raw.push(char);
            match open {
                None if Some(char) == rules.escape => take(&mut rest, &mut word, &mut read.raw),
                None if char == '"' || rules.literal.contains(&char) => {
                    odd |= dollar;
                    open = Some(char);
                }
                Some(quote) if quote == char => open = None,
                Some('"') if char == '\\' => take(&mut rest, &mut word, &mut read.raw),
                None | Some(_) => word.push(char),
            }
        }
        read.words.push(word);
        read.quote = match open {
            _ if odd => Quote::Odd,
            None => Quote::None,
            Some('"') => Quote::Double,
            Some(_) => Quote::Literal,
        };
        // `A=b bowline use`: the command comes behind.
        let assigns = |word: &&String| word.contains('=') && !word.starts_with('-');
        let before = read.words.iter().take_while(assigns).count();
        if before + 1 < read.words.len() {
            read.words.drain(..before);
        }
        read
    }
}

/// Takes what stands behind a backslash.
fn take(rest: &mut std::str::Chars<'_>, word: &mut String, raw: &mut String) {
    if let Some(char) = rest.next() {
        raw.push(char);
        word.push(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(line: &str, words: &[&str], raw: &str, quote: Quote) {
        let read = Line::read(line, BASH);
        assert_eq!(
            (read.words, read.raw.as_str(), read.quote),
            (
                words.iter().map(|&word| word.to_owned()).collect(),
                raw,
                quote
            ),
            "{line}"
        );
    }

    #[test]
    fn words_quotes_and_the_cursor() {
        reads("bowline use ", &["bowline", "use", ""], "", Quote::None);
        reads(
            r"k get a\ b\$c",
            &["k", "get", "a b$c"],
            r"a\ b\$c",
            Quote::None,
        );
        reads("k 'a b", &["k", "a b"], "'a b", Quote::Literal);
        reads(r#"k "a\" b"#, &["k", "a\" b"], r#""a\" b"#, Quote::Double);
        reads("k x'y'\"z\"w", &["k", "xyzw"], "x'y'\"z\"w", Quote::None);
        reads("k $'a", &["k", "$a"], "$'a", Quote::Odd);
        reads(
            "ls; bowline ns x",
            &["bowline", "ns", "x"],
            "x",
            Quote::None,
        );
        reads("A=b K=c bowline ns", &["bowline", "ns"], "ns", Quote::None);
        reads("k ''", &["k", ""], "''", Quote::None);
        reads("", &[""], "", Quote::None);
    }
}
