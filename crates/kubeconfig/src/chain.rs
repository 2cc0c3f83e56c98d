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
use crate::paths::System;

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
    let directory = file.parent().unwrap_or(Path::new(""));
    match directory.to_str() {
        Some(directory) => crate::paths::resolve(System::HOST, directory, value).into(),
        None => directory.join(value),
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

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;
    use std::path::PathBuf;

    use super::Chain;
    use super::ChainError;
    use super::paths;
    use super::resolve;
    use crate::document::Document;

    fn named(
        flag: Option<&str>,
        env: Option<&str>,
        home: Option<&str>,
    ) -> Result<Vec<PathBuf>, ChainError> {
        // Lists are spelt with `:` below.
        let separator = if cfg!(windows) { ";" } else { ":" };
        let env = env.map(|env| env.replace(':', separator));
        paths(
            flag.map(OsStr::new),
            env.as_deref().map(OsStr::new),
            home.map(Path::new),
            |path| path == Path::new("~/literal"),
        )
    }

    #[test]
    fn the_flag_beats_the_variable_beats_home() {
        let one = |path: &str| Ok(vec![PathBuf::from(path)]);
        assert_eq!(named(Some("f:g"), Some("e"), Some("/h")), one("f:g"));
        assert_eq!(named(Some(""), Some("e"), Some("/h")), one("e"));
        assert_eq!(named(None, Some(""), Some("/h")), one("/h/.kube/config"));
        assert_eq!(named(None, None, None), Err(ChainError::NoHome));
        // With the variable set, home is not asked, whatever the list holds.
        assert_eq!(named(None, Some(":"), None), Ok(vec![]));
    }

    #[test]
    fn lists_lose_empty_items_and_exact_repetitions() {
        let list = named(None, Some("a::b:a:./a:a/"), None).unwrap();
        let list: Vec<_> = list.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(list, ["a", "b", "./a", "a/"]);
    }

    #[test]
    fn a_tilde_is_home_unless_there_is_such_a_file() {
        let list = named(None, Some("~/x:~/literal:~y/z:~"), Some("/h")).unwrap();
        let list: Vec<_> = list.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(list, ["/h/x", "~/literal", "~y/z", "~"]);
        assert_eq!(
            named(Some("~/x"), None, None),
            Ok(vec![PathBuf::from("~/x")])
        );
    }

    #[test]
    fn paths_inside_start_at_the_file() {
        assert_eq!(
            resolve(Path::new("/k/config"), "ca.crt"),
            Path::new("/k/ca.crt")
        );
        assert_eq!(
            resolve(Path::new("config"), "x/ca.crt"),
            Path::new("x/ca.crt")
        );
        if cfg!(unix) {
            assert_eq!(
                resolve(Path::new("/k/config"), "/ca.crt"),
                Path::new("/ca.crt")
            );
        }
    }

    #[test]
    fn the_first_file_wins_with_its_whole_entry() {
        let first = "current-context: ''\ncontexts:\n- name: x\n  context: {cluster: a}\n";
        let second = "current-context: x\ncontexts:\n- name: x\n  context: {cluster: b, namespace: d}\n- name: z\n";
        let chain = Chain::new(vec![
            ("1".into(), Document::parse(first).unwrap()),
            ("2".into(), Document::parse(second).unwrap()),
            ("3".into(), Document::empty()),
        ]);
        assert_eq!(chain.current_context(), Some((Path::new("2"), "x")));
        let x = chain.context("x").unwrap();
        assert_eq!(
            (x.file, x.value.cluster.as_str(), &x.value.namespace),
            (Path::new("1"), "a", &None)
        );
        let all: Vec<_> = chain
            .contexts()
            .map(|entry| (entry.file.to_str().unwrap(), entry.name))
            .collect();
        assert_eq!(all, [("1", "x"), ("2", "z")]);
        assert!(chain.cluster("a").is_none());
        assert_eq!(chain.destination(|_| false), Some(Path::new("3")));
        assert_eq!(
            chain.destination(|path| path != Path::new("1")),
            Some(Path::new("2"))
        );
        assert_eq!(Chain::new(vec![]).destination(|_| true), None);
    }
}
