//! Changing a chain of kubeconfigs as `kubectl config` does (client-go `tools/clientcmd/config.go`,
//! `ModifyConfig`), without its losses.
//!
//! A change is a function on the [`Merged`] view. What it changed becomes edits of the files that hold
//! the entries, and only those files are locked and written. Under the lock the file is read again and
//! the change is applied again to what is there now: two programs that change different things both
//! have their way, where kubectl deletes what appeared since its first look.
//!
//! Of a large file only the entries that a change wants are parsed.

mod chain;
mod member;
mod merged;
pub mod note;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use store::Change;
use store::Rewrite;
use store::Snapshot;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::session;
use crate::session::SessionError;

pub use chain::Chain;
pub use chain::ContextLine;
pub use member::LoadError;
pub use member::Member;
pub use member::Wanted;
pub use merged::Located;
pub use merged::Merged;

pub(crate) use member::PatchError;

/// Which files a change is about.
#[derive(Clone, Debug)]
pub struct Files {
    /// The chain, in order; never empty.
    pub paths: Vec<PathBuf>,
    /// It is the one file that `--kubeconfig` names.
    pub explicit: bool,
}

impl Files {
    /// The file that new entries go to: the first that exists, else the last (client-go
    /// `tools/clientcmd/config.go`, `GetDefaultFilename`). A terminal's session holds a choice, and no entries.
    pub fn destination(&self) -> &Path {
        let of_the_user = || self.paths.iter().filter(|path| !session::is_ours(path));
        of_the_user()
            .find(|path| path.exists())
            .or_else(|| of_the_user().next_back())
            .map_or(Path::new(""), PathBuf::as_path)
    }

    /// The file that a new current-context goes to: the terminal's session, else where new entries go.
    fn choice(&self) -> &Path {
        let session = self.paths.iter().find(|path| session::is_session(path));
        session
            .filter(|path| path.exists())
            .map_or_else(|| self.destination(), PathBuf::as_path)
    }
}

/// Why a change was not made, or of several files not in this one and those after it.
#[derive(Debug, thiserror::Error)]
pub enum ModifyError<E> {
    /// The change itself refused.
    #[error("{0}")]
    Change(E),
    /// Files of the chain cannot be used.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Load(Vec<LoadError>),
    /// The edit cannot be made in this file.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The terminal's session cannot be changed.
    #[error("{0}: choose again with `bowline use CONTEXT`")]
    Session(#[from] SessionError),
    /// Some files were changed, and then one could not be.
    #[error("{cause}; changed before that: {}; `bowline undo {group}` takes it back", paths(.done))]
    Halfway {
        /// The change's number in the history.
        group: u64,
        /// The files that were changed.
        done: Vec<PathBuf>,
        /// Why the next was not.
        cause: String,
    },
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// How often a change starts over because it became one of other files.
const ATTEMPTS: u32 = 8;

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modified<T> {
    /// What the change returned.
    pub value: T,
    /// Its number in the history; `None` when everything was so already.
    pub group: Option<u64>,
}

/// Applies `change` to what the files mean, and writes what became different.
///
/// `wanted` tells from names and contexts which entries `change` looks at or changes. `change` runs
/// once on the files as they were found, and again for each file under its lock, so it must depend on
/// its argument alone. `summary` is for the journal; it must contain nothing secret.
///
/// # Errors
/// See [`ModifyError`].
pub fn modify<T, E: Display>(
    store: &Store,
    files: &Files,
    summary: &str,
    wanted: impl Fn(&Chain) -> Wanted,
    change: impl Fn(&mut Merged) -> Result<T, E>,
) -> Result<Modified<T>, ModifyError<E>> {
    let mut chain = Chain::survey(&files.paths).map_err(ModifyError::Load)?;
    modify_surveyed(store, files, summary, &mut chain, wanted, change)
}

/// [`modify`] where the files were surveyed already; `chain` is of `files`, and is worth nothing afterwards
/// but for what it says of entries that `change` leaves alone.
///
/// # Errors
/// See [`ModifyError`].
pub fn modify_surveyed<T, E: Display>(
    store: &Store,
    files: &Files,
    summary: &str,
    chain: &mut Chain,
    wanted: impl Fn(&Chain) -> Wanted,
    change: impl Fn(&mut Merged) -> Result<T, E>,
) -> Result<Modified<T>, ModifyError<E>> {
    for attempts in 0..ATTEMPTS {
        if attempts > 0 {
            *chain = Chain::survey(&files.paths).map_err(ModifyError::Load)?;
        }
        if let Some(modified) = attempt(store, files, summary, chain, &wanted, &change)? {
            return Ok(modified);
        }
    }
    Err(StoreError::Contended {
        path: files.destination().to_owned(),
    }
    .into())
}

/// Under the lock the change turned out to be one of other files than before.
#[derive(Debug)]
enum Stopped<E> {
    OtherFiles,
    Error(ModifyError<E>),
}

impl<E> From<SessionError> for Stopped<E> {
    fn from(error: SessionError) -> Self {
        Self::Error(error.into())
    }
}

impl<E> From<ModifyError<E>> for Stopped<E> {
    fn from(error: ModifyError<E>) -> Self {
        Self::Error(error)
    }
}

/// One go at it; `None` when other programs moved things between files meanwhile, and nothing was
/// written.
fn attempt<T, E: Display>(
    store: &Store,
    files: &Files,
    summary: &str,
    chain: &mut Chain,
    wanted: impl Fn(&Chain) -> Wanted,
    change: impl Fn(&mut Merged) -> Result<T, E>,
) -> Result<Option<Modified<T>>, ModifyError<E>> {
    let mut entries = wanted(chain);
    let destination = files.destination().to_owned();
    let (mut value, planned) = loop {
        chain.fetch(&entries).map_err(loading)?;
        let (value, planned) = plan(chain, files, &destination, &change)?;
        if planned.values().all(|edits| entries.covers(edits)) {
            break (value, planned);
        }
        entries = Wanted::Everything;
    };
    let mut journalled = store.change(summary);
    let mut done: Vec<PathBuf> = Vec::new();
    // What a terminal chose is nobody else's, and ends with it: no history has it, and it follows what has one.
    let (sessions, own): (Vec<_>, Vec<_>) = planned.keys().partition(|it| session::is_session(it));
    for path in own.into_iter().chain(sessions) {
        let Some(place) = chain.members.iter().position(|member| member.path == *path) else {
            continue;
        };
        if session::is_session(path) {
            let changed = session::replace(store, path, |bytes| -> Result<_, Stopped<E>> {
                if let Some(member) = chain.members.get_mut(place) {
                    *member = Member::whole(path, bytes).map_err(loading)?;
                }
                let (now, fresh) = again(chain, files, &destination, &change, &planned)?;
                value = now;
                let (Some(edits), Some(member)) = (fresh.get(path), chain.members.get(place))
                else {
                    return Ok(None);
                };
                let empty = Document::empty();
                let document = member.document().unwrap_or(&empty);
                let edited = document.edit(edits).map_err(|source| ModifyError::Edit {
                    path: path.clone(),
                    source,
                })?;
                Ok(Some(edited))
            });
            match changed {
                Ok(()) => done.push(path.clone()),
                Err(Stopped::OtherFiles) if done.is_empty() => return Ok(None),
                Err(Stopped::OtherFiles) => {
                    let cause = StoreError::Contended { path: path.clone() }.into();
                    return Err(halfway(&journalled, done, cause));
                }
                Err(Stopped::Error(cause)) => return Err(halfway(&journalled, done, cause)),
            }
            continue;
        }
        let outcome = journalled.rewrite(path, |mut snapshot| -> Result<_, Stopped<E>> {
            let member = chain.members.get_mut(place);
            if let Some(member) = member.filter(|member| !member.is_still(snapshot.as_deref())) {
                *member = Member::open(path, snapshot.as_deref_mut()).map_err(loading)?;
            }
            // Which entries are wanted may be another matter now: the current context, say.
            let mut entries = wanted(chain);
            loop {
                if let (Some(member), Some(snapshot)) =
                    (chain.members.get_mut(place), snapshot.as_deref_mut())
                {
                    member.fetch_from(snapshot, &entries).map_err(loading)?;
                }
                let (now, fresh) = again(chain, files, &destination, &change, &planned)?;
                value = now;
                let (Some(edits), Some(member)) = (fresh.get(path), chain.members.get_mut(place))
                else {
                    return Ok(None);
                };
                if entries.covers(edits) {
                    return Ok(rewritten(member, snapshot, edits)?);
                }
                entries = Wanted::Everything;
            }
        });
        let error = match outcome {
            // What KUBECONFIG=<(command) or /dev/stdin names cannot be changed; kubectl writes into the
            // pipe, and nobody reads that.
            Ok(_) | Err(UpdateError::Store(StoreError::NotAFile { .. })) => {
                done.push(path.clone());
                continue;
            }
            Err(UpdateError::Change(Stopped::OtherFiles)) if done.is_empty() => return Ok(None),
            Err(UpdateError::Change(Stopped::OtherFiles)) => {
                StoreError::Contended { path: path.clone() }.into()
            }
            Err(UpdateError::Change(Stopped::Error(error))) => error,
            Err(UpdateError::Store(error)) => error.into(),
        };
        return Err(halfway(&journalled, done, error));
    }
    Ok(Some(Modified {
        value,
        group: journalled.group(),
    }))
}

/// Why the next file was not changed, after those that were.
fn halfway<E: Display>(
    journalled: &Change<'_>,
    done: Vec<PathBuf>,
    cause: ModifyError<E>,
) -> ModifyError<E> {
    match journalled.group() {
        None => cause,
        Some(group) => ModifyError::Halfway {
            group,
            done,
            cause: cause.to_string(),
        },
    }
}

fn loading<E>(error: LoadError) -> ModifyError<E> {
    ModifyError::Load(vec![error])
}

/// The edits of each file.
type Edits = BTreeMap<PathBuf, Vec<Edit>>;

fn plan<T, E>(
    chain: &Chain,
    files: &Files,
    destination: &Path,
    change: impl Fn(&mut Merged) -> Result<T, E>,
) -> Result<(T, Edits), ModifyError<E>> {
    let before = chain.merged();
    let mut after = before.clone();
    let value = change(&mut after).map_err(ModifyError::Change)?;
    let members = chain
        .members
        .iter()
        .map(|member| (member.path.as_path(), member.config()))
        .collect();
    let files = plan::Files {
        members,
        destination,
        choice: files.choice(),
        explicit: files.explicit,
    };
    Ok((value, plan::edits(&files, &before, &after)))
}

/// [`plan`] under a lock; an error where it became one of other files.
fn again<T, E>(
    chain: &Chain,
    files: &Files,
    destination: &Path,
    change: impl Fn(&mut Merged) -> Result<T, E>,
    planned: &Edits,
) -> Result<(T, Edits), Stopped<E>> {
    let (value, fresh) = plan(chain, files, destination, change)?;
    if fresh.keys().ne(planned.keys()) {
        return Err(Stopped::OtherFiles);
    }
    Ok((value, fresh))
}

fn rewritten<E>(
    member: &mut Member,
    snapshot: Option<&mut Snapshot>,
    edits: &[Edit],
) -> Result<Option<Rewrite>, ModifyError<E>> {
    let before = member.config().cloned().unwrap_or_default();
    let patched = member
        .patched(snapshot, edits)
        .map_err(|error| match error {
            PatchError::Load(error) => loading(error),
            PatchError::Edit(source) => ModifyError::Edit {
                path: member.path.clone(),
                source,
            },
        })?;
    Ok(patched.map(|(segments, after)| {
        let noted = note::between(&before, &after);
        Rewrite {
            segments: Some(segments),
            note: Some(noted.note),
            replaces_credentials: noted.replaces_credentials,
        }
    }))
}
