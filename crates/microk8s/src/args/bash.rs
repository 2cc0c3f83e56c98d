use super::Args;
use super::Environment;
use super::ProblemKind;
use super::Word;
use super::expand;

/// The words of `declare -a args="( … )"`: quotes, escapes, comments and variables of bash. Braces, tildes
/// and file name patterns, which nobody writes there, stay as they are.
pub(super) fn words(text: &str, environment: &Environment, args: &mut Args) -> Vec<Word> {
    let mut scanner = Scanner {
        text,
        rest: text,
        environment,
        args,
        line: 1,
        at: 0,
    };
    let mut words = Vec::new();
    while let Some(word) = scanner.word() {
        words.push(word);
    }
    words
}

struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
    environment: &'a Environment,
    args: &'a mut Args,
    /// That of `at`, which follows `rest`: lines are counted once.
    line: usize,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn position(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn line(&mut self) -> usize {
        let position = self.position();
        let passed = self.text.get(self.at..position).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at = position;
        self.line
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// What is in front of `end`, which is passed over; all the rest when there is none.
    fn until(&mut self, end: char) -> (&'a str, bool) {
        let rest = self.rest;
        if let Some(at) = rest.find(end) {
            self.skip(at + end.len_utf8());
            (rest.get(..at).unwrap_or_default(), true)
        } else {
            self.rest = "";
            (rest, false)
        }
    }

    fn word(&mut self) -> Option<Word> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n']);
            if self.rest.starts_with('#') {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            } else {
                break;
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let begin = self.position();
        let mut word = Word {
            line: self.line(),
            ..Word::default()
        };
        while let Some(character) = self.rest.chars().next() {
            match character {
                ' ' | '\t' | '\n' => break,
                '\'' => {
                    self.skip(1);
                    let (text, closed) = self.until('\'');
                    word.text.push_str(text);
                    if !closed {
                        self.args.problem(word.line, ProblemKind::UnclosedQuote);
                    }
                }
                '"' => {
                    self.skip(1);
                    self.double(&mut word);
                }
                '\\' => {
                    self.skip(1);
                    match self.rest.chars().next() {
                        Some('\n') => self.skip(1),
                        Some(escaped) => {
                            word.text.push(escaped);
                            self.skip(escaped.len_utf8());
                        }
                        None => word.text.push('\\'),
                    }
                }
                '$' | '`' => self.dollar(&mut word),
                ';' | '&' | '|' | '<' | '>' | '(' | ')' => {
                    let line = self.line();
                    self.args
                        .problem(line, ProblemKind::ShellCharacter(character));
                    word.text.push(character);
                    self.skip(1);
                }
                other => {
                    word.text.push(other);
                    self.skip(other.len_utf8());
                }
            }
        }
        let end = self.position();
        word.raw = self.text.get(begin..end).unwrap_or_default().to_owned();
        Some(word)
    }

    /// Behind a `"`.
    fn double(&mut self, word: &mut Word) {
        while let Some(character) = self.rest.chars().next() {
            match character {
                '"' => return self.skip(1),
                '$' | '`' => self.dollar(word),
                '\\' => {
                    self.skip(1);
                    match self.rest.chars().next() {
                        Some('\n') => self.skip(1),
                        Some(escaped @ ('$' | '`' | '"' | '\\')) => {
                            word.text.push(escaped);
                            self.skip(1);
                        }
                        _ => word.text.push('\\'),
                    }
                }
                other => {
                    word.text.push(other);
                    self.skip(other.len_utf8());
                }
            }
        }
        self.args.problem(word.line, ProblemKind::UnclosedQuote);
    }

    /// At a `$` or a backtick.
    fn dollar(&mut self, word: &mut Word) {
        let rest = self.rest;
        let command = if rest.starts_with('`') {
            self.skip(1);
            self.until('`');
            true
        } else if rest.starts_with("$(") {
            self.skip(1);
            self.parentheses();
            true
        } else {
            self.rest = expand::variable(rest, self.environment, word);
            false
        };
        if command {
            let length = rest.len() - self.rest.len();
            let text = rest.get(..length).unwrap_or_default();
            word.text.push_str(text);
            word.unexpanded.push(text.to_owned());
            let line = word.line;
            self.args
                .problem(line, ProblemKind::Command(text.to_owned()));
        }
    }

    /// From a `(` to behind its `)`.
    fn parentheses(&mut self) {
        let mut depth = 0_usize;
        for (at, character) in self.rest.char_indices() {
            match character {
                '(' => depth += 1,
                ')' => {
                    depth -= 1;
                    if depth == 0 {
                        return self.skip(at + 1);
                    }
                }
                _ => {}
            }
        }
        self.rest = "";
    }
}
