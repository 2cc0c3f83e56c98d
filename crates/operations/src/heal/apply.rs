//! Makes the changes of a plan.

use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::ParseError;
use store::Rewrite;
use store::Snapshot;
use store::StoreError;
use store::UpdateError;

use super::plan::Change;
use super::plan::Plan;
use crate::modify::note;
use crate::settings::edit::ChangeError;
use crate::world::World;

/// Why a plan could not be carried out; the files named in `done` have been changed.
#[derive(Debug, thiserror::Error)]
#[error("{cause}{}", after(.done))]
pub struct ApplyError {
    /// What failed.
    pub cause: Box<ApplyCause>,
    /// Files that were changed before.
    pub done: Vec<PathBuf>,
}

/// What failed while a plan was carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyCause {
    /// A file could not be changed.
    #[error(transparent)]
    Store(StoreError),
    /// A file changed since the plan was made, and is no kubeconfig any more.
    #[error("{}: it changed meanwhile and cannot be read any more: {source}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParseError,
    },
    /// A file changed since the plan was made, and the edit no longer fits.
    #[error("{}: it changed meanwhile: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
    /// config.toml became something else meanwhile.
    #[error("{}: {source}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ChangeError,
    },
    /// Someone else changed the entry since the plan was made.
    #[error("{}: another program changed the entry meanwhile; nothing was written there", .path.display())]
    EntryChanged {
        /// The file.
        path: PathBuf,
    },
}

fn after(done: &[PathBuf]) -> String {
    if done.is_empty() {
        return String::new();
    }
    let done: Vec<_> = done.iter().map(|path| path.display().to_string()).collect();
    format!(" (changed before: {})", done.join(", "))
}

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// Files that are now as planned.
    pub done: Vec<PathBuf>,
    /// Why files beside the chain are as they were.
    pub left: Vec<ApplyCause>,
}

/// Carries a plan out, file by file, each atomically. A file that changed since the plan was made is edited
/// as it is now, provided that the entries in question are still what the plan saw.
///
/// # Errors
/// [`ApplyError`] for a file of the chain.
pub fn apply(world: &World, plan: &Plan, summary: &str) -> Result<Applied, ApplyError> {
    apply_in(&mut world.store.change(summary), plan)
}

/// [`apply`] as part of a larger change.
pub(crate) fn apply_in(
    journalled: &mut store::Change<'_>,
    plan: &Plan,
) -> Result<Applied, ApplyError> {
    let mut applied = Applied::default();
    for change in &plan.changes {
        let outcome = journalled.rewrite(&change.path, |snapshot| {
            let bytes = snapshot.map(Snapshot::bytes).transpose();
            let bytes = bytes.map_err(ApplyCause::Store)?.unwrap_or_default();
            let after = edited(change, &bytes)?;
            Ok(after.map(|after| rewrite(&bytes, &after)))
        });
        let cause = match outcome {
            Ok(_) => {
                applied.done.push(change.path.clone());
                continue;
            }
            Err(UpdateError::Store(error)) => ApplyCause::Store(error),
            Err(UpdateError::Change(cause)) => cause,
        };
        if change.beside {
            applied.left.push(cause);
            continue;
        }
        return Err(ApplyError {
            cause: Box::new(cause),
            done: applied.done,
        });
    }
    Ok(applied)
}

/// The change for the journal, with what it did to the entries.
pub(crate) fn rewrite(before: &[u8], after: &[u8]) -> Rewrite {
    let config = |bytes: &[u8]| {
        let document = Document::parse(bytes).ok();
        document.map(|document| document.config().clone())
    };
    let noted = config(before)
        .zip(config(after))
        .map(|(before, after)| note::between(&before, &after));
    Rewrite {
        segments: Some(store::between(before, after)),
        replaces_credentials: noted
            .as_ref()
            .is_some_and(|noted| noted.replaces_credentials),
        note: noted.map(|noted| noted.note),
    }
}

fn edited(change: &Change, bytes: &[u8]) -> Result<Option<Vec<u8>>, ApplyCause> {
    let path = || change.path.clone();
    if bytes == change.before {
        return Ok(Some(change.after.clone()));
    }
    let parse = |bytes: &[u8]| {
        Document::parse(bytes).map_err(|source| ApplyCause::Parse {
            path: path(),
            source,
        })
    };
    let (now, then) = (parse(bytes)?, parse(&change.before)?);
    let edited = now.edit(&change.edits).map_err(|source| ApplyCause::Edit {
        path: path(),
        source,
    })?;
    if edited == bytes {
        // Another bowline came to the same conclusion first.
        return Ok(None);
    }
    let unchanged = change.edits.iter().all(|edit| match edit {
        Edit::SetServer { cluster, .. } | Edit::SetTlsServerName { cluster, .. } => {
            now.config().cluster(cluster) == then.config().cluster(cluster)
        }
        Edit::PutCluster(named) => {
            now.config().cluster(&named.name) == then.config().cluster(&named.name)
        }
        Edit::PutUser(named) => now.config().user(&named.name) == then.config().user(&named.name),
        // Adds something: the edit itself checks what it needs.
        _ => true,
    });
    if unchanged {
        Ok(Some(edited))
    } else {
        Err(ApplyCause::EntryChanged { path: path() })
    }
}
