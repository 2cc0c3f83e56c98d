//! kubectl's `-o go-template` (cli-runtime `printers/template.go`): Go's `text/template`, run by the
//! crate `gotmpl`, with kubectl's functions `exists` and `base64decode`.
//!
//! Where it is not kubectl:
//! - A text of an error is kubectl's for a missing key or field, an unknown function or variable, and
//!   blocks that do not close. For others only that it fails is the same.
//! - Floats written in a template print without an exponent (`1e6` as `1000000`; kubectl `1e+06`), and
//!   floats of the document that kubectl prints with one are texts: they print alike but do not compare.
//! - `printf` differs for `%s` of a list or map (kubectl formats each member), `%d` of a float
//!   (kubectl `%!d(float64=3.5)`), and `%q` of characters that do not print, except control characters.
//! - A type named by `printf` (`%T`, `%!d(…)`) may be another: an integer of the document is `int`, for
//!   kubectl `int64`.
//! - A field of a null is `<no value>`; kubectl fails (`nil pointer evaluating`).
//! - A pipe with nothing behind it is an error; kubectl overlooks it.
//! - No error quotes a value of the document, where kubectl's `range can't iterate over …` does.
//! - `base64decode` of what is not UTF-8 is an error; kubectl prints the bytes.
//! - Nesting (100 levels, 200 calls), work and output are bounded; kubectl's are not.

mod convert;
mod functions;
mod limits;
mod locate;
mod names;
mod reason;
mod structure;

use gotext::quoted;
use gotmpl::MissingKey;
use serde_json::Value;

/// The name kubectl gives to the template.
const NAME: &str = "output";

/// Why a template cannot be printed. The text is what kubectl prints after `error: `.
///
/// It holds the template as it was given, control characters included, and no value of the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The template is malformed.
    #[error("error parsing template {template}, {reason}")]
    Parse {
        /// The template.
        template: String,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The template does not fit the value. kubectl prints the whole object besides, on standard
    /// output.
    #[error("error executing template {}: {reason}", quoted(.template))]
    Execute {
        /// The template.
        template: String,
        /// What does not fit, and where.
        reason: String,
    },
}

/// A template that has been understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    missing_keys: bool,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let failed = |reason| Error::Parse {
            template: text.to_owned(),
            reason,
        };
        let at = |(line, problem)| failed(format!("template: {NAME}:{line}: {problem}"));
        let parsed = prepare(text, true).map_err(|error| failed(reason::parsing(&error)))?;
        structure::check(text).map_err(at)?;
        names::check(&parsed).map_err(at)?;
        Ok(Self {
            text: text.to_owned(),
            missing_keys: true,
        })
    }

    /// Whether a missing key prints `<no value>`, as it does unless this says otherwise, or is an
    /// error (`--allow-missing-template-keys`).
    #[must_use]
    pub fn allow_missing_keys(mut self, allow: bool) -> Self {
        self.missing_keys = allow;
        self
    }

    /// What `-o go-template` prints. No line break is added.
    pub fn print(&self, value: &Value) -> Result<Vec<u8>, Error> {
        let failed = |reason| Error::Execute {
            template: self.text.clone(),
            reason,
        };
        // Prepared anew for each run: the limits count from zero.
        let parsed = prepare(&self.text, self.missing_keys)
            .map_err(|error| failed(reason::parsing(&error)))?;
        let mut out = limits::Output::default();
        match limits::bounded(parsed.clone()).execute_fmt(&mut out, &convert::value(value)) {
            Ok(()) => Ok(out.into_bytes()),
            Err(error) => Err(failed(reason::executing(&error, &parsed, &self.text))),
        }
    }
}

fn prepare(text: &str, missing_keys: bool) -> gotmpl::Result<gotmpl::Template> {
    gotmpl::Template::new(NAME)
        .missing_key(if missing_keys {
            MissingKey::Invalid
        } else {
            MissingKey::Error
        })
        .max_range_iters(limits::STEPS)
        .funcs(functions::all())
        .parse(text)
}

#[cfg(test)]
mod tests;
