//! Which files are read, and which of them wins.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use crate::config::Cluster;
use crate::config::Context;
use crate::config::Named;
use crate::config::User;
use crate::document::Document;

/// Why no file can be named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Neither a flag nor `KUBECONFIG` names a file, and the home directory is unknown.
    ///
    /// kubectl then reads and writes `.kube/config` of the current directory, which nobody wants.
    #[error("no kubeconfig is named and the home directory is unknown")]
    NoHome,
}

/// Returns the files to read, in order (client-go `tools/clientcmd/loader.go`,
/// `NewDefaultClientConfigLoadingRules`).
///
/// - `flag` (`--kubeconfig`) names a single file; empty means not given.
/// - `env` (`KUBECONFIG`) is split as Go's `filepath.SplitList`; empty items are skipped, exact
///   repetitions removed. When it is not empty the file in `home` is not read.
/// - else `.kube/config` in `home`.
///
/// A leading `~/` means `home`, which kubectl does not do, unless `exists` finds a file of
/// literally that name.
///
/// # Errors
/// [`ChainError::NoHome`] when only `home` could tell.
pub fn paths(
    flag: Option<&OsStr>,
    env: Option<&OsStr>,
    home: Option<&Path>,
    exists: impl Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, ChainError> {
    let expand = |path: PathBuf| match (home, path.strip_prefix("~")) {
        (Some(home), Ok(rest)) if !rest.as_os_str().is_empty() && !exists(&path) => home.join(rest),
        _ => path,
    };
    if let Some(flag) = flag.filter(|flag| !flag.is_empty()) {
        return Ok(vec![expand(PathBuf::from(flag))]);
    }
    if let Some(env) = env.filter(|env| !env.is_empty()) {
        // By spelling, not by `Path` equality, which takes `a//b` and `a/b` for one.
        let mut seen = HashSet::<OsString>::new();
        return Ok(std::env::split_paths(env)
            .filter(|path| !path.as_os_str().is_empty())
            .map(expand)
            .filter(|path| seen.insert(path.as_os_str().to_owned()))
            .collect());
    }
    let home = home.ok_or(ChainError::NoHome)?;
    Ok(vec![home.join(".kube").join("config")])
}

/// Resolves a path written in the kubeconfig `file`: relative ones start at its directory
/// (client-go `tools/clientcmd/loader.go`, `ResolveLocalPaths`).
pub fn resolve(file: &Path, value: &str) -> PathBuf {
    match file.parent() {
        Some(directory) => directory.join(value),
        None => PathBuf::from(value),
    }
}

/// Several kubeconfigs read as one: for each name the first file that has it wins, whole entry.
#[derive(Debug)]
pub struct Chain {
    members: Vec<(PathBuf, Document)>,
}

/// An entry and the file that it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'a, T> {
    /// The file, as it was spelled to [`Chain::new`].
    pub file: &'a Path,
    /// The entry's name.
    pub name: &'a str,
    /// The entry.
    pub value: &'a T,
}

impl<T> Clone for Entry<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entry<'_, T> {}

impl Chain {
    /// Chains files in the order of [`paths`]; a file that does not exist is
    /// [`Document::empty`].
    pub fn new(members: Vec<(PathBuf, Document)>) -> Self {
        Self { members }
    }

    /// Returns the files in order.
    pub fn members(&self) -> &[(PathBuf, Document)] {
        &self.members
    }

    /// Returns the document of the member spelled `path`.
    pub fn document(&self, path: &Path) -> Option<&Document> {
        self.members
            .iter()
            .find(|(file, _)| file == path)
            .map(|(_, document)| document)
    }

    /// Returns the first `current-context` that is not empty, and its file.
    pub fn current_context(&self) -> Option<(&Path, &str)> {
        self.members
            .iter()
            .map(|(file, document)| (file.as_path(), document.config().current_context.as_str()))
            .find(|(_, name)| !name.is_empty())
    }

    /// Returns every context that can be chosen: the first definition of each name, in file order.
    pub fn contexts(&self) -> impl Iterator<Item = Entry<'_, Context>> {
        self.entries(|document| &document.config().contexts)
    }

    /// Returns the first definition of every cluster, in file order.
    pub fn clusters(&self) -> impl Iterator<Item = Entry<'_, Cluster>> {
        self.entries(|document| &document.config().clusters)
    }

    /// Returns the first definition of every user, in file order.
    pub fn users(&self) -> impl Iterator<Item = Entry<'_, User>> {
        self.entries(|document| &document.config().users)
    }

    /// Returns the context that `name` means.
    pub fn context(&self, name: &str) -> Option<Entry<'_, Context>> {
        self.first(name, |document| &document.config().contexts)
    }

    /// Returns the cluster that `name` means.
    pub fn cluster(&self, name: &str) -> Option<Entry<'_, Cluster>> {
        self.first(name, |document| &document.config().clusters)
    }

    /// Returns the user that `name` means.
    pub fn user(&self, name: &str) -> Option<Entry<'_, User>> {
        self.first(name, |document| &document.config().users)
    }

    /// Returns the file that new entries go to (client-go `tools/clientcmd/config.go`,
    /// `ModifyConfig` and `GetDefaultFilename`): the only file; else the first that exists; else
    /// the last. `None` without any file.
    pub fn destination(&self, exists: impl Fn(&Path) -> bool) -> Option<&Path> {
        let files = || self.members.iter().map(|(file, _)| file.as_path());
        files()
            .find(|file| exists(file))
            .or_else(|| files().next_back())
    }

    fn entries<'a, T: 'a>(
        &'a self,
        list: impl Fn(&'a Document) -> &'a [Named<T>],
    ) -> impl Iterator<Item = Entry<'a, T>> {
        let mut seen = HashSet::new();
        self.members
            .iter()
            .flat_map(move |(file, document)| {
                list(document).iter().map(move |named| Entry {
                    file,
                    name: &named.name,
                    value: &named.value,
                })
            })
            .filter(move |entry| seen.insert(entry.name))
    }

    fn first<'a, T: 'a>(
        &'a self,
        name: &str,
        list: impl Fn(&'a Document) -> &'a [Named<T>],
    ) -> Option<Entry<'a, T>> {
        self.members.iter().find_map(|(file, document)| {
            let named = list(document).iter().find(|named| named.name == name)?;
            Some(Entry {
                file,
                name: &named.name,
                value: &named.value,
            })
        })
    }
}
