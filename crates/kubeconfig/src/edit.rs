//! Changing what must change and no other byte.
//!
//! Edits change the typed view first; what then differs from the file is planned beside its nodes
//! as splices of the text, all on one tree. In the end the whole result is parsed and compared
//! with what was asked for.

mod blank;
mod block;
mod changes;
mod flow;
mod level;
mod lists;
mod normal;
mod place;
mod plan;
mod scalar;
mod splice;
mod target;
#[cfg(test)]
mod tests;

use self::target::Target;
use crate::config::Cluster;
use crate::config::Context;
use crate::config::Extensions;
use crate::config::List;
use crate::config::Named;
use crate::config::Preferences;
use crate::config::User;
use crate::document::Document;
use crate::emit::Dialect;
use crate::error::ParseError;
use crate::redact::escape;

/// A change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful of edits exist at a time"
)]
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
    /// Makes a cluster what is given: fields that differ are changed, added or removed, the others
    /// are not touched; a cluster that is not there yet is added.
    PutCluster(Named<Cluster>),
    /// The same for a user.
    PutUser(Named<User>),
    /// The same for a context.
    PutContext(Named<Context>),
    /// Removes an entry; what refers to it stays.
    Remove {
        /// The list it is in.
        list: List,
        /// Its name.
        name: String,
    },
    /// Gives an entry another name, in its place.
    Rename {
        /// The list it is in.
        list: List,
        /// Its name.
        from: String,
        /// The new name.
        to: String,
        /// Whether what refers to it in this file (contexts, `current-context`) follows.
        references: bool,
    },
    /// Makes `preferences` what is given.
    PutPreferences(Preferences),
    /// Makes the file's own `extensions` what is given.
    PutExtensions(Extensions),
}

/// A change as replaced byte ranges of the file it was made for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// Ascending ranges, apart from each other, and the bytes that take their place.
    pub splices: Vec<(std::ops::Range<usize>, Vec<u8>)>,
}

impl std::fmt::Debug for Patch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The bytes may be secret.
        let ranges = self
            .splices
            .iter()
            .map(|(range, bytes)| (range, bytes.len()));
        f.debug_list().entries(ranges).finish()
    }
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

impl Patch {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.splices.is_empty()
    }

    /// Applies the patch to the bytes that it was made for.
    pub fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let added: usize = self.splices.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(bytes.len() + added);
        let mut from = 0;
        for (range, new) in &self.splices {
            out.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
            out.extend_from_slice(new);
            from = range.end;
        }
        out.extend_from_slice(bytes.get(from..).unwrap_or_default());
        out
    }
}

pub(crate) fn patch(document: &Document, edits: &[Edit]) -> Result<Patch, EditError> {
    let mut target = Target::new(document.config());
    for edit in edits {
        target.apply(edit)?;
    }
    if target.is(document.config()) {
        return Ok(Patch::default());
    }
    match write(document, &target, Dialect::Portable) {
        // A comment that follows may have become part of a new block scalar.
        Err(EditError::SelfCheck { .. }) => write(document, &target, Dialect::Quoted),
        written => written,
    }
}

fn write(document: &Document, target: &Target<'_>, dialect: Dialect) -> Result<Patch, EditError> {
    let view = document.view();
    let splices = plan::plan(view, document.config(), target, dialect)?
        .join(view.text())
        .ok_or(EditError::SelfCheck { cause: None })?;
    let splices = document.source().splices(splices);
    let patch = Patch { splices };
    match Document::parse(patch.apply(document.bytes())) {
        Ok(result) if target.is(result.config()) => Ok(patch),
        Ok(_) => Err(EditError::SelfCheck { cause: None }),
        Err(cause) => Err(EditError::SelfCheck {
            cause: Some(Box::new(cause)),
        }),
    }
}
