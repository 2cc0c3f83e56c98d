//! Changing a chain of kubeconfigs as `kubectl config` does (client-go `tools/clientcmd/config.go`,
//! `ModifyConfig`), without its losses.
//!
//! A change is a function on the [`Merged`] view. What it changed becomes edits of the files that hold
//! the entries, and only those files are locked and written. Under the lock the file is read again and
//! the change is applied again to what is there now: two programs that change different things both
//! have their way, where kubectl deletes what appeared since its first look.

mod member;
mod merged;
mod plan;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::EditError;
use kubeconfig::ParseError;
use store::Store;
use store::StoreError;
use store::UpdateError;

pub use member::Member;
pub use merged::Located;
pub use merged::Merged;

/// Which files a change is about.
#[derive(Clone, Debug)]
pub struct Files {
    /// The chain, in order; never empty.
    pub paths: Vec<PathBuf>,
    /// It is the one file that `--kubeconfig` names.
    pub explicit: bool,
}

/// Why a file of the chain cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{source}")]
    Read {
        /// The file, as spelled.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// It is not a kubeconfig.
    #[error("{}: {source}", .path.display())]
    Parse {
        /// The file, as spelled.
        path: PathBuf,
        /// Where and why.
        source: ParseError,
    },
}

/// Why a change was not made. No file was changed, unless some of several were, which
/// [`ModifyError::Halfway`] says.
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
    Store(StoreError),
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modified<T> {
    /// What the change returned.
    pub value: T,
    /// The files that were written, and their journal entries.
    pub written: Vec<(PathBuf, u64)>,
}

/// All files of a chain.
#[derive(Debug)]
pub struct Chain {
    /// The files in order.
    pub members: Vec<Member>,
}

impl Chain {
    /// Reads all files of a chain; a file that does not exist is passed over, as kubectl does.
    ///
    /// # Errors
    /// One [`LoadError`] for each file that is there and cannot be used.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Vec<LoadError>> {
        let mut members = Vec::new();
        let mut errors = Vec::new();
        for path in paths {
            match Member::load(path) {
                Ok(member) => members.push(member),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self { members })
        } else {
            Err(errors)
        }
    }

    /// What the files mean together.
    pub fn merged(&self) -> Merged {
        Merged::of(
            self.members
                .iter()
                .filter_map(|member| Some((member.path.as_path(), member.config()?))),
        )
    }
}

/// The file that new entries go to: the first that exists, else the last (client-go
/// `tools/clientcmd/config.go`, `GetDefaultFilename`).
pub fn destination(paths: &[PathBuf]) -> &Path {
    paths
        .iter()
        .find(|path| path.exists())
        .or(paths.last())
        .map_or(Path::new(""), PathBuf::as_path)
}

/// Applies `change` to what the files mean, and writes what became different.
///
/// `change` runs once on the files as they were found, and again for each file under its lock, so it
/// must depend on its argument alone. `summary` is for the journal; it must contain nothing secret.
///
/// # Errors
/// See [`ModifyError`].
pub fn modify<T, E>(
    store: &Store,
    files: &Files,
    summary: &str,
    change: impl Fn(&mut Merged) -> Result<T, E>,
) -> Result<Modified<T>, ModifyError<E>> {
    let mut chain = Chain::load(&files.paths).map_err(ModifyError::Load)?;
    let destination = destination(&files.paths).to_owned();
    let (value, edits) = planned(&chain, files, &destination, &change)?;
    let mut written = Vec::new();
    for path in edits.into_keys() {
        let outcome = store.update(&path, summary, |bytes| {
            let fresh = Member::parse(&path, bytes.map(<[u8]>::to_vec))
                .map_err(|error| ModifyError::Load(vec![error]))?;
            if let Some(member) = chain.members.iter_mut().find(|member| member.path == path) {
                *member = fresh;
            }
            let (_, edits) = planned(&chain, files, &destination, &change)?;
            let Some(edits) = edits.get(&path) else {
                return Ok(None);
            };
            let empty = Document::empty();
            let document = chain
                .members
                .iter()
                .find(|member| member.path == path)
                .and_then(|member| member.document.as_ref())
                .unwrap_or(&empty);
            document
                .edit(edits)
                .map(Some)
                .map_err(|source| ModifyError::Edit {
                    path: path.clone(),
                    source,
                })
        });
        match outcome {
            Ok(store::Outcome::Written { entry }) => written.push((path.clone(), entry)),
            Ok(store::Outcome::Unchanged) => {}
            Err(UpdateError::Change(error)) => return Err(error),
            Err(UpdateError::Store(error)) => return Err(ModifyError::Store(error)),
        }
    }
    Ok(Modified { value, written })
}

type Edits = std::collections::BTreeMap<PathBuf, Vec<kubeconfig::Edit>>;

fn planned<T, E>(
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
        explicit: files.explicit,
    };
    Ok((value, plan::edits(&files, &before, &after)))
}
