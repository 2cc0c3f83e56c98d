//! What is offered, and how each shell wants it.

use std::borrow::Cow;
use std::fmt::Write as _;

use kubeconfig::redact::escape;

use super::line;
use super::line::Line;
use super::line::Quote;
use super::quote;

/// More of a description is cut off.
const MOST_HELP: usize = 70;

/// What the candidates are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole words.
    #[default]
    Words,
    /// Parts of words, behind which no space comes.
    Part,
    /// The shell knows them.
    Files,
    /// The shell knows them.
    Folders,
}

/// Something that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) word: String,
    pub(super) help: String,
}

/// What could stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) kind: Kind,
    pub(super) candidates: Vec<Candidate>,
}

/// How a shell wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The shell quotes.
    Plain,
    /// What stands before the part that readline replaces, and in which quotes the cursor is.
    Bash {
        kept: String,
        quote: Quote,
    },
    PowerShell,
    Nushell,
}

impl Form {
    /// For a line in which readline replaces the end of its last word. `None` where quotes are mixed so that nobody
    /// could say what would be run.
    pub(super) fn bash(line: &Line, replaced: &str) -> Option<Self> {
        let kept = line.raw.strip_suffix(replaced)?;
        let before = Line::read(kept, line::BASH);
        let quote = line.quote;
        (before.quote == quote && quote != Quote::Odd).then(|| Self::Bash {
            kept: before.words.last().cloned().unwrap_or_default(),
            quote,
        })
    }

    fn write(&self, candidate: &Candidate, text: &mut String) {
        let Candidate { word, help } = candidate;
        let written = match self {
            Self::Plain => Some(Cow::Borrowed(word.as_str())),
            Self::Bash { kept, quote } => word
                .strip_prefix(kept.as_str())
                .and_then(|rest| quote::bash(rest, *quote)),
            Self::PowerShell => Some(Cow::Owned(format!("{}\t{word}", quote::powershell(word)))),
            Self::Nushell => Some(quote::nushell(word)),
        };
        let Some(written) = written else {
            return;
        };
        text.push_str(&written);
        if !matches!(self, Self::Bash { .. }) && !help.is_empty() {
            let _ = write!(text, "\t{help}");
        }
        text.push('\n');
    }
}

impl Answer {
    /// Files, as the shell finds them.
    pub(super) fn files() -> Self {
        Self {
            kind: Kind::Files,
            candidates: Vec::new(),
        }
    }

    /// Folders, likewise.
    pub(super) fn folders() -> Self {
        Self {
            kind: Kind::Folders,
            candidates: Vec::new(),
        }
    }

    /// Adds a word. One with line breaks, or that would drive a terminal, is not offered.
    pub(super) fn add(&mut self, word: &str, help: &str) {
        if word.is_empty() || escape(word) != word {
            return;
        }
        let help: String = help
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(MOST_HELP)
            .collect();
        self.candidates.push(Candidate {
            word: word.to_owned(),
            help: escape(&help).into_owned(),
        });
    }

    /// Puts the same before every word.
    pub(super) fn behind(mut self, before: &str) -> Self {
        for candidate in &mut self.candidates {
            candidate.word.insert_str(0, before);
        }
        self
    }

    /// The answer, with those words only that begin so.
    pub(super) fn text(&self, form: &Form, begin: &str) -> String {
        let mut text = String::from(match self.kind {
            Kind::Words => "words\n",
            Kind::Part => "part\n",
            Kind::Files => "files\n",
            Kind::Folders => "folders\n",
        });
        for candidate in &self.candidates {
            if candidate.word.starts_with(begin) {
                form.write(candidate, &mut text);
            }
        }
        text
    }
}
