//! Why a kubeconfig was not tidied.

use std::path::PathBuf;

use kubeconfig::EditError;
use kubeconfig::ParseError;
use kubeconfig::redact::escape;
use store::StoreError;

use crate::near;
use crate::settings::edit::ChangeError;
use crate::unusable::mended_by;
use crate::unusable::unusable;

/// Why a kubeconfig was not tidied.
#[derive(Debug, thiserror::Error)]
pub enum TidyError {
    /// A file cannot be read or written.
    #[error("{}", unusable(.0))]
    Read(#[from] StoreError),
    /// A file is not a kubeconfig.
    #[error("{}: {source}{}", .path.display(), mended_by(.path, .source))]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: ParseError,
    },
    /// There is no such context.
    #[error("there is no context {} in {files}{}", near::shown(.name), near::hint(.name, .known))]
    NoSuchContext {
        /// What was asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
        /// The chain's files.
        files: String,
    },
    /// Only `config.toml` knows the name.
    #[error("{} is an alias of the context {}: name that one", escape(.alias), escape(.context))]
    Alias {
        /// What was asked for.
        alias: String,
        /// What it stands for.
        context: String,
    },
    /// There is no context at all.
    #[error("there are no contexts in {0}: take one in with `bowline add FILE`")]
    NoContexts(String),
    /// No context fits a pattern.
    #[error("no context in {files} fits {}", near::shown(.pattern))]
    NothingFits {
        /// The pattern.
        pattern: String,
        /// The chain's files.
        files: String,
    },
    /// The new name is taken.
    #[error("the {kind} {} exists already in {}: choose another name, or remove that one first", escape(.name), .file.display())]
    NameTaken {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is.
        file: PathBuf,
    },
    /// A name that no entry should have.
    #[error("a name must not be blank")]
    BlankName,
    /// The entry is used by other contexts too.
    #[error("the {kind} {} is also that of {}: --shared renames it for all of them, without --all only the context is renamed", escape(.name), near::listed(.contexts))]
    SharedEntry {
        /// `cluster` or `user`.
        kind: &'static str,
        /// The entry's name.
        name: String,
        /// The other contexts.
        contexts: Vec<String>,
    },
    /// The context refers to something that does not exist.
    #[error("context {} in {}: {}{meant}", escape(.context), .file.display(), missing(.kind, .name))]
    Dangling {
        /// The context.
        context: String,
        /// Its file.
        file: PathBuf,
        /// `cluster` or `user`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Which may be meant, as [`near::guess`] says it.
        meant: String,
    },
    /// The edit cannot be made in this file.
    #[error("{}: {source}{}; nothing was changed", .path.display(), by_hand(.source))]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
    /// config.toml cannot be changed.
    #[error("{}: {source}; nothing was changed", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ChangeError,
    },
    /// A file is not what the plan was made from any more.
    #[error("{}: another program changed it meanwhile; nothing was written there: look again, and repeat the command", .path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// Some files were changed, and then one could not be.
    #[error("{cause}; changed before that: {}; `bowline undo {group}` takes it back", .done.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    Halfway {
        /// The change's number in the history.
        group: u64,
        /// The files that were changed.
        done: Vec<PathBuf>,
        /// Why the next was not.
        cause: Box<TidyError>,
    },
    /// A later file could not be decided on again.
    #[error("{0}")]
    Later(String),
    /// There is no file that new entries could go to.
    #[error("there is no kubeconfig to write to: set KUBECONFIG")]
    NoDestination,
}

/// What a context lacks.
pub(super) fn missing(kind: &str, name: &str) -> String {
    if name.is_empty() {
        format!("it names no {kind}")
    } else {
        format!("its {kind} {} does not exist", escape(name))
    }
}

/// What the user can do about a form that cannot be edited.
fn by_hand(error: &EditError) -> &'static str {
    match error {
        EditError::Shared { .. } => {
            ": write that entry out in full there (no `&`, `*` or `<<`), then repeat the command"
        }
        EditError::Unsupported { .. } | EditError::SelfCheck { .. } => ": change it by hand",
        _ => "",
    }
}
