use std::fmt;

use super::csv::Malformed;

/// Something wrong with a line of `known_tokens.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A quote inside a column that does not begin with one.
    BareQuote,
    /// Something between a closing quote and the next comma.
    TextAfterQuote,
    /// A quote that is never closed.
    UnclosedQuote,
    /// Fewer than the three columns token, name, uid.
    TooFewColumns {
        /// How many there are.
        found: usize,
        /// Whether the file ends in this line without a line break: it may have been half written.
        unfinished: bool,
    },
    /// No token; kube-apiserver passes over the line.
    EmptyToken,
    /// A name, UID or group that is not UTF-8.
    NotUtf8,
    /// More than four columns; groups that are not in quotes, mostly. Only the first group counts.
    MoreColumns,
    /// A space around a group. It is part of the group's name.
    SpaceInGroup,
    /// The file begins with a byte order mark. It is part of the first token, which nobody can send.
    ByteOrderMark,
    /// The last line has no line break: it may have been half written.
    NoLineBreak,
    /// The token of an earlier line, too: the later line counts.
    DuplicateToken {
        /// The earlier line.
        earlier: usize,
    },
    /// The name of an earlier line, too: the user has two tokens.
    DuplicateName {
        /// The earlier line.
        earlier: usize,
    },
}

impl ProblemKind {
    /// Whether kube-apiserver refuses the whole file for it, and does not start.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::BareQuote
                | Self::TextAfterQuote
                | Self::UnclosedQuote
                | Self::TooFewColumns { .. }
        )
    }
}

impl From<Malformed> for ProblemKind {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::BareQuote => Self::BareQuote,
            Malformed::TextAfterQuote => Self::TextAfterQuote,
            Malformed::Unclosed => Self::UnclosedQuote,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareQuote => f.write_str("a quote inside a column that does not begin with one"),
            Self::TextAfterQuote => f.write_str("text between a closing quote and the next comma"),
            Self::UnclosedQuote => f.write_str("a quote that is never closed"),
            Self::TooFewColumns { found, unfinished } => {
                let s = if *found == 1 { "" } else { "s" };
                write!(f, "{found} column{s}; token, name and uid are needed")?;
                if *unfinished {
                    f.write_str(" (the file ends here without a line break; half written?)")?;
                }
                Ok(())
            }
            Self::EmptyToken => f.write_str("no token; the line gives nobody access"),
            Self::NotUtf8 => f.write_str("a name, uid or group that is not UTF-8"),
            Self::MoreColumns => f.write_str(
                "more than four columns; groups have to be in quotes, and only the first counts now",
            ),
            Self::SpaceInGroup => {
                f.write_str("a space around a group, which makes it another group")
            }
            Self::ByteOrderMark => {
                f.write_str("the file begins with a byte order mark, which spoils the first token")
            }
            Self::NoLineBreak => f.write_str("the last line has no line break; half written?"),
            Self::DuplicateToken { earlier } => {
                write!(f, "the token of line {earlier} again; this line counts")
            }
            Self::DuplicateName { earlier } => {
                write!(f, "the user of line {earlier} again, with a token more")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}
