//! kubectl's dialect of `JSONPath` (client-go `util/jsonpath`, cli-runtime `printers/jsonpath.go`).
//!
//! Text outside braces is printed as it is; `{…}` holds an expression. Numbers are `float64`, so
//! `1000000` prints as `1e+06`. `-o jsonpath` takes the expression as it stands: `.kind` without
//! braces is text (only `custom-columns` and `--sort-by` add them).
//!
//! Where it is not kubectl:
//! - Members of a map (`*`, `..`) come in the order of their keys; kubectl's order changes from run to
//!   run.
//! - `… is not array or slice and cannot be filtered` names the type; kubectl prints the value.
//! - An expression applied to the null that a `range` met is an error, or `null` in
//!   [`Template::print_json`]; kubectl panics.
//! - Nesting, work and output are bounded ([`Error::Parse`], [`Error::Execute`]).

mod compare;
mod evaluate;
mod item;
mod node;
mod number;
mod parse;
mod unquote;

use gotext::quoted;
use serde_json::Value;

use self::item::Item;
use self::node::Node;

/// The most bytes a template may print: templates can nest loops over all of a document.
const MAXIMAL_OUTPUT: usize = 256 << 20;

/// Why a template cannot be printed. The text is what kubectl prints after `error: `, up to where it
/// would go on with the whole object (`. Printing more information for debugging …`).
///
/// It holds the template as it was given, control characters included, and no value of the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The template is malformed.
    #[error("error parsing jsonpath {template}, {reason}")]
    Parse {
        /// The template.
        template: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The template does not fit the value.
    #[error("error executing jsonpath {}: Error executing template: {reason}", quoted(.template))]
    Execute {
        /// The template.
        template: String,
        /// What does not fit.
        reason: String,
    },
}

/// A template that has been understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    text: String,
    nodes: Vec<Node>,
    missing_keys: bool,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match parse::parse(text) {
            Ok(nodes) => Ok(Self {
                text: text.to_owned(),
                nodes,
                missing_keys: true,
            }),
            Err(reason) => Err(Error::Parse {
                template: text.to_owned(),
                reason,
            }),
        }
    }

    /// Whether a missing key prints nothing, as it does unless this says otherwise, or is an error
    /// (`--allow-missing-template-keys`).
    #[must_use]
    pub fn allow_missing_keys(mut self, allow: bool) -> Self {
        self.missing_keys = allow;
        self
    }

    /// What `-o jsonpath` prints. No line break is added. It is UTF-8 unless the template says
    /// otherwise (`{"\xff"}`).
    pub fn print(&self, value: &Value) -> Result<Vec<u8>, Error> {
        self.write(value, |out, results| {
            for (index, item) in results.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                item.print(out);
                if out.len() > MAXIMAL_OUTPUT {
                    break;
                }
            }
        })
    }

    /// What `-o jsonpath-as-json` prints: for each expression and each text outside braces a JSON
    /// array of its results, indented by four.
    pub fn print_json(&self, value: &Value) -> Result<Vec<u8>, Error> {
        self.write(value, item::print_json)
    }

    fn write(
        &self,
        value: &Value,
        print: impl Fn(&mut Vec<u8>, &[Item<'_>]),
    ) -> Result<Vec<u8>, Error> {
        let failed = |reason| Error::Execute {
            template: self.text.clone(),
            reason,
        };
        let found = evaluate::evaluate(&self.nodes, value, self.missing_keys).map_err(failed)?;
        let mut out = Vec::new();
        for results in &found {
            print(&mut out, results);
            if out.len() > MAXIMAL_OUTPUT {
                return Err(failed("the output is too large".to_owned()));
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
