//! The choice of context and namespace, of this terminal or of all that have none of their own.
//!
//! `use`, `ns`, `prompt` and `shell` share it. What a shell is told goes to standard output as one line
//! (`KUBECONFIG=…`, or `KUBECONFIG` alone), which its function reads without evaluating anything; what people are
//! told goes to standard error.

pub(crate) mod global;
pub(crate) mod meant;
pub(crate) mod place;
mod preview;
pub(crate) mod protocol;
pub(crate) mod terminal;

use kubeconfig::redact::escape;
use operations::choose::Selection;
use operations::choose::effective;

pub(crate) use self::terminal::Terminal;
use crate::output;

/// What is chosen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Current {
    /// The choice as it can be made again.
    pub(crate) selection: Selection,
    /// The namespace that kubectl uses.
    pub(crate) namespace: String,
}

/// Tells what is chosen.
fn tell(context: &str, namespace: &str) {
    output::note(&format!(
        "{} (namespace {})",
        escape(context),
        escape(effective(Some(namespace)))
    ));
}
