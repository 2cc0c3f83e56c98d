//! One context as a kubeconfig of its own, which needs no other file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::material;
use kubeconfig::material::EmbedError;
use kubeconfig::redact;
use kubeconfig::redact::escape;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::TidyError;
use super::sight::Sight;
use super::unread;
use crate::add::absolute_cluster;
use crate::add::absolute_user;

/// Larger than any certificate, key or token.
const LARGEST: u64 = 4 << 20;

/// A context by itself.
#[derive(Debug)]
pub struct Exported {
    /// The text of the kubeconfig, credentials and all.
    pub text: Secret,
    /// What still depends on this machine, in words.
    pub notes: Vec<String>,
}

/// Why a context cannot stand by itself.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It is not there, or not whole.
    #[error(transparent)]
    Tidy(#[from] TidyError),
    /// A file that it names cannot be taken in.
    #[error("context {}: {} cannot be taken in: {cause}", escape(.context), escape(&.file.to_string_lossy()))]
    File {
        /// The context.
        context: String,
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// There is a file already.
    #[error("{} exists already: --force replaces it", escape(&.0.to_string_lossy()))]
    Exists(PathBuf),
    /// The folder is not there.
    #[error("there is no folder {}", escape(&.0.to_string_lossy()))]
    NoFolder(PathBuf),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] StoreError),
    /// Of several files some were replaced, and then one could not be.
    #[error("{cause}; `bowline undo {group}` brings back the files that were replaced before that")]
    Halfway {
        /// The change's number in the history.
        group: u64,
        /// Why the next was not.
        cause: StoreError,
    },
}

/// Makes a kubeconfig of one context. Certificates, keys and a token in files are taken in; paths start at the file
/// that names them, as client-go reads them. `folder` is where relative names of kubeconfigs start.
///
/// # Errors
/// [`ExportError`].
pub fn export(sight: &Sight, name: &str, folder: &Path) -> Result<Exported, ExportError> {
    let context = sight.require_context(name)?;
    let value = context.value;
    let cluster = sight
        .cluster(&value.cluster)
        .ok_or_else(|| sight.dangling(&context, List::Clusters))?;
    let mut notes = Vec::new();
    let entries = [
        (List::Contexts, name),
        (List::Clusters, &value.cluster),
        (List::Users, &value.user),
    ];
    let unread = |(list, name)| unread::of_chain(sight, list, name);
    notes.extend(entries.into_iter().filter_map(unread));
    let mut config = Config {
        current_context: name.to_owned(),
        contexts: vec![Named::new(name, value.clone())],
        ..Config::default()
    };
    let failed = |file: PathBuf, cause: String| ExportError::File {
        context: name.to_owned(),
        file,
        cause,
    };
    let embedded = |error: EmbedError<ExportError>| match error {
        EmbedError::Read(error) => error,
        error => failed(context.file.to_owned(), error.to_string()),
    };
    let read = |path: &str| {
        let path = PathBuf::from(path);
        content(&path).map_err(|cause| failed(path, cause))
    };

    let mut of_cluster = absolute_cluster(cluster.value, &folder.join(cluster.file));
    // The content wins where an entry has both (client-go `rest.TLSConfigFor`).
    if has(of_cluster.certificate_authority_data.as_deref()) {
        of_cluster.certificate_authority = None;
    }
    material::embed_cluster(&mut of_cluster, read).map_err(embedded)?;
    config.clusters.push(Named::new(cluster.name, of_cluster));

    if !value.user.is_empty() {
        let user = sight
            .user(&value.user)
            .ok_or_else(|| sight.dangling(&context, List::Users))?;
        let file = folder.join(user.file);
        let mut of_user = absolute_user(user.value, &file);
        if has(of_user.client_certificate_data.as_deref()) {
            of_user.client_certificate = None;
        }
        if has(of_user.client_key_data.as_ref().map(Secret::expose)) {
            of_user.client_key = None;
        }
        material::embed_user(&mut of_user, read).map_err(embedded)?;
        if let Some(path) = of_user.token_file.take().filter(|path| !path.is_empty()) {
            let token = read(&path)?;
            // client-go takes the file's token before any other, without the white space around it.
            of_user.token = Some(Secret::new(token.trim_ascii().to_vec()));
            notes.push(format!(
                "its token is what {} holds now, and is not renewed",
                escape(&path)
            ));
        }
        notes.extend(depends(&of_user));
        config.users.push(Named::new(user.name, of_user));
    }
    Ok(Exported {
        text: Secret::new(kubeconfig::print::new_file(&config).into_bytes()),
        notes,
    })
}

fn has(content: Option<&[u8]>) -> bool {
    content.is_some_and(|content| !content.is_empty())
}

/// What of a user works only where it is.
fn depends(user: &User) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(exec) = &user.exec {
        notes.push(format!(
            "it runs {} for its credential, which has to be where it is used",
            escape(&exec.command)
        ));
    }
    if let Some(provider) = &user.auth_provider {
        notes.push(format!(
            "its auth provider {} may need more than this file",
            escape(&provider.name)
        ));
    }
    notes
}

/// What a file holds. A pipe would be waited for, a device has no end.
fn content(path: &Path) -> Result<Vec<u8>, String> {
    if let Ok(found) = std::fs::metadata(path)
        && !found.is_dir()
        && (!found.is_file() || found.len() > LARGEST)
    {
        return Err("it is no file, or larger than any certificate".to_owned());
    }
    match store::read(path) {
        Ok(Some(content)) => Ok(content),
        Ok(None) => Err("it does not exist".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The difference that writing an export would make, with every secret hidden.
pub fn diff(path: &Path, text: &Secret) -> String {
    let before = store::read(path).ok().flatten().unwrap_or_default();
    redact::diff(&before, text.expose(), &path.to_string_lossy())
}

/// Checks that an export may go to a file.
///
/// # Errors
/// [`ExportError::Exists`] and [`ExportError::NoFolder`].
pub fn may_write(path: &Path, force: bool) -> Result<(), ExportError> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(ExportError::Exists(path.to_owned()));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(ExportError::NoFolder(folder.to_owned())),
        _ => Ok(()),
    }
}

/// Writes exports, their owner's alone from their first byte. Those of new files are not part of the history, which
/// would keep another copy of the credentials. What is replaced goes into the history, as one change, whose number is
/// returned: what stood there may be nowhere else.
///
/// # Errors
/// [`ExportError::Exists`] and [`ExportError::Write`], before anything was written; [`ExportError::Halfway`].
pub fn write(
    store: &Store,
    files: &[(&Path, &Secret)],
    summary: &str,
    force: bool,
) -> Result<Option<u64>, ExportError> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let (old, new): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| is_there(path));
    if let Some((path, _)) = old.first().filter(|_| !force) {
        return Err(ExportError::Exists((*path).to_owned()));
    }
    let mut folders = BTreeMap::<&Path, Vec<(&OsStr, &[u8])>>::new();
    for (path, text) in new {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            let path = (*path).to_owned();
            return Err(StoreError::NoFileName { path }.into());
        };
        folders
            .entry(folder)
            .or_default()
            .push((name, text.expose()));
    }
    for (folder, files) in folders {
        store.write_new(folder, files)?;
    }
    let mut journalled = store.change(summary).private();
    for (path, text) in old {
        // There may be thousands, and locks are not for nothing.
        if store::read(path).is_ok_and(|before| before.as_deref() == Some(text.expose())) {
            continue;
        }
        let outcome =
            journalled.update(path, |_| Ok::<_, StoreError>(Some(text.expose().to_vec())));
        match (outcome, journalled.group()) {
            (Ok(_), _) => {}
            (Err(UpdateError::Store(error) | UpdateError::Change(error)), None) => {
                return Err(error.into());
            }
            (Err(UpdateError::Store(cause) | UpdateError::Change(cause)), Some(group)) => {
                return Err(ExportError::Halfway { group, cause });
            }
        }
    }
    Ok(journalled.group())
}
