//! The YAML that kubectl reads: go-yaml v2, which is libyaml, which is YAML 1.1.
//!
//! YAML parsers differ in what they refuse and in what they say. This one follows go-yaml v2's
//! grammar (`scannerc.go`, `parserc.go`) so that it accepts the same files and refuses the others
//! with the same words at the same line. Two escapes of JSON, which kubectl refuses, are read:
//! `\/` and surrogate pairs.

mod cursor;
mod directive;
mod fold;
mod parser;
mod properties;
mod scalar;
mod scanner;
mod token;

pub(crate) use parser::Event;
pub(crate) use parser::Kind as EventKind;
pub(crate) use parser::Parser;
pub(crate) use token::Style;

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In bytes.
    pub(crate) offset: usize,
    /// In characters.
    index: usize,
    /// From 0.
    pub(crate) line: usize,
    /// From 0, in characters.
    pub(crate) column: usize,
}

/// Why a text is not YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// go-yaml's words.
    pub(crate) message: &'static str,
    /// Where the reader stood.
    pub(crate) mark: Mark,
    /// Found by the scanner and not by the parser.
    scanner: bool,
}

impl SyntaxError {
    fn scanner<T>(mark: Mark, message: &'static str) -> Result<T, Self> {
        Err(Self {
            message,
            mark,
            scanner: true,
        })
    }

    fn parser<T>(mark: Mark, message: &'static str) -> Result<T, Self> {
        Err(Self {
            message,
            mark,
            scanner: false,
        })
    }

    /// The line that go-yaml names (`yaml.go`, `fail`): none in the first line, and for what the
    /// parser finds one too few.
    pub(crate) fn client_go_line(&self) -> Option<usize> {
        (self.mark.line != 0).then_some(self.mark.line + usize::from(self.scanner))
    }
}

type Result<T, E = SyntaxError> = std::result::Result<T, E>;
