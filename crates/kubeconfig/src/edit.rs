//! Changing what must change and no other byte.
//!
//! An edit becomes steps, a step becomes splices of the text. Steps are planned on one tree as
//! long as their splices stay apart; where two would touch, the text so far is parsed again. In
//! the end the whole result is parsed and compared with what was asked for.

mod entries;
mod expect;
mod field;
mod place;
mod splice;
#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use self::splice::Splice;
use self::splice::Splices;
use crate::config::Cluster;
use crate::config::Context;
use crate::config::Named;
use crate::config::User;
use crate::document::Document;
use crate::emit;
use crate::emit::Value;
use crate::error::ParseError;
use crate::redact::escape;
use crate::tree::Tree;
use crate::tree::View;

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

/// The smallest thing that can be planned alone.
enum Step {
    /// Writes an empty kubeconfig where there is none.
    Skeleton,
    Cluster {
        cluster: String,
        field: &'static str,
        value: String,
    },
    CurrentContext(String),
    Append {
        list: &'static str,
        item: Value,
    },
}

impl Step {
    fn plan(&self, view: View<'_>) -> Result<Vec<Splice>, EditError> {
        match self {
            Self::Skeleton => entries::skeleton(view),
            Self::Cluster {
                cluster,
                field,
                value,
            } => field::set_in_cluster(view, cluster, field, value),
            Self::CurrentContext(name) => field::set_current_context(view, name),
            Self::Append { list, item } => entries::append(view, list, item),
        }
    }
}

fn steps(edit: &Edit) -> Vec<Step> {
    match edit {
        Edit::SetServer { cluster, server } => vec![Step::Cluster {
            cluster: cluster.clone(),
            field: "server",
            value: server.clone(),
        }],
        Edit::SetTlsServerName { cluster, name } => vec![Step::Cluster {
            cluster: cluster.clone(),
            field: "tls-server-name",
            value: name.clone(),
        }],
        Edit::SetCurrentContext(name) => {
            vec![Step::Skeleton, Step::CurrentContext(name.clone())]
        }
        Edit::Insert {
            cluster,
            user,
            context,
        } => vec![
            Step::Skeleton,
            Step::Append {
                list: "clusters",
                item: emit::cluster(cluster),
            },
            Step::Append {
                list: "contexts",
                item: emit::context(context),
            },
            Step::Append {
                list: "users",
                item: emit::user(user),
            },
        ],
    }
}

/// Text in the making: what it is now, and the splices that wait to be applied to it.
struct Draft<'a> {
    document: &'a Document,
    /// Set once the text differs from the document's.
    changed: Option<(Zeroizing<String>, Tree)>,
    splices: Splices,
}

impl Draft<'_> {
    fn view(&self) -> View<'_> {
        match &self.changed {
            Some((text, tree)) => View::new(text, tree),
            None => self.document.view(),
        }
    }

    fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.splices.apply(self.view().text()))
    }

    fn settle(&mut self) -> Result<(), EditError> {
        let text = self.text();
        let tree = Tree::parse(&text).map_err(|cause| EditError::SelfCheck {
            cause: Some(Box::new(cause)),
        })?;
        self.changed = Some((text, tree));
        self.splices = Splices::default();
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), EditError> {
        let planned = match step.plan(self.view()) {
            Ok(planned) if !self.splices.touch(&planned) => planned,
            // What it needs may only be there once the waiting splices are applied.
            _ if !self.splices.is_empty() => {
                self.settle()?;
                step.plan(self.view())?
            }
            planned => planned?,
        };
        self.splices.extend(planned);
        Ok(())
    }
}

pub(crate) fn apply(document: &Document, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut expected = document.config().clone();
    let mut draft = Draft {
        document,
        changed: None,
        splices: Splices::default(),
    };
    for edit in edits {
        if expect::apply(&mut expected, edit)? {
            for step in steps(edit) {
                draft.take(&step)?;
            }
        }
    }
    if draft.changed.is_none() && draft.splices.is_empty() {
        return Ok(document.bytes().to_vec());
    }
    let bytes = document.source().encode(&draft.text());
    match Document::parse(bytes.clone()) {
        Ok(result) if result.config() == &expected => Ok(bytes),
        Ok(_) => Err(EditError::SelfCheck { cause: None }),
        Err(cause) => Err(EditError::SelfCheck {
            cause: Some(Box::new(cause)),
        }),
    }
}
