//! All that a rule may look at: the entries of files that are read together.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::Hash;
use std::path::Path;
use std::path::PathBuf;

use identity::client_key::ClientKeyError;
use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::paths;
use kubeconfig::paths::System;
use kubeconfig::redact::escape;

use super::Present;
use super::beside::Besides;
use super::file::File;
use super::material::Material;

/// An entry of one of the files.
pub(super) struct Entry<'a, T> {
    /// Which file.
    pub(super) file: usize,
    /// Where in its list.
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) value: &'a T,
    /// The entry of the same name that clients use in its place.
    pub(super) behind: Option<usize>,
}

/// The entries of a kind in all files, and which of them a name means.
pub(super) struct Entries<'a, T> {
    pub(super) all: Vec<Entry<'a, T>>,
    first: HashMap<&'a str, usize>,
}

impl<'a, T> Entries<'a, T> {
    fn read(files: &'a [File], list: impl Fn(&'a Config) -> &'a [Named<T>]) -> Self {
        let (mut all, mut first) = (Vec::new(), HashMap::new());
        for (file, read) in files.iter().enumerate() {
            let Some(document) = read.document() else {
                continue;
            };
            for (index, named) in list(document.config()).iter().enumerate() {
                let behind = first.get(named.name.as_str()).copied();
                if behind.is_none() {
                    first.insert(named.name.as_str(), all.len());
                }
                all.push(Entry {
                    file,
                    index,
                    name: &named.name,
                    value: &named.value,
                    behind,
                });
            }
        }
        Self { all, first }
    }

    /// The number of the entry that a name means.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.first.get(name).copied()
    }

    /// The entry that a name means.
    pub(super) fn get(&self, name: &str) -> Option<&Entry<'a, T>> {
        self.all.get(self.number(name)?)
    }
}

type Lines = HashMap<(usize, List), OnceCell<Vec<usize>>>;

/// All that a rule may look at.
pub(super) struct Subject<'a> {
    pub(super) files: &'a [File],
    /// The items of `KUBECONFIG`, where it names the files.
    pub(super) list: Option<&'a [PathBuf]>,
    pub(super) besides: &'a Besides,
    pub(super) present: &'a Present<'a>,
    pub(super) clusters: Entries<'a, Cluster>,
    pub(super) users: Entries<'a, User>,
    pub(super) contexts: Entries<'a, Context>,
    pub(super) material: Material<'a>,
    /// Where the programs of plugins are that are looked up by their names. Thousands of users may have one.
    pub(super) programs: HashMap<&'a str, Option<PathBuf>>,
    /// What is wrong between certificates and keys, once somebody asked.
    pub(super) pairs: OnceCell<Vec<(usize, ClientKeyError)>>,
    lines: Lines,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        files: &'a [File],
        list: Option<&'a [PathBuf]>,
        besides: &'a Besides,
        present: &'a Present<'a>,
    ) -> Self {
        let clusters = Entries::read(files, |config| &config.clusters);
        let users = Entries::read(files, |config| &config.users);
        let lists = [List::Clusters, List::Users, List::Contexts];
        let lines = (0..files.len())
            .flat_map(|file| lists.map(|list| ((file, list), OnceCell::new())))
            .collect();
        Self {
            material: Material::read(files, besides, &clusters, &users),
            pairs: OnceCell::new(),
            programs: programs(&users, present),
            contexts: Entries::read(files, |config| &config.contexts),
            files,
            list,
            besides,
            present,
            clusters,
            users,
            lines,
        }
    }

    pub(super) fn path(&self, file: usize) -> &'a Path {
        self.files
            .get(file)
            .map_or(Path::new(""), |file| file.path.as_path())
    }

    /// A file's name for a sentence.
    pub(super) fn shown(&self, file: usize) -> String {
        shown(self.path(file))
    }

    /// A path that stands in a file, as clients read it.
    pub(super) fn resolve(&self, file: usize, value: &str) -> PathBuf {
        chain::resolve(self.path(file), value)
    }

    /// The line of an entry. A file is gone through only when something is found in it.
    pub(super) fn line(&self, file: usize, list: List, index: usize) -> Option<usize> {
        let document = self.files.get(file)?.document()?;
        let lines = self.lines.get(&(file, list))?;
        let lines = lines.get_or_init(|| kubeconfig::lint::lines(document, list));
        lines.get(index).copied()
    }

    /// The names of the contexts that use an entry, by what they say.
    pub(super) fn used<T: Eq + Hash>(&self, name: impl Fn(&'a Context) -> T) -> HashSet<T> {
        self.contexts
            .all
            .iter()
            .map(|context| name(context.value))
            .collect()
    }
}

fn programs<'a>(
    users: &Entries<'a, User>,
    present: &Present<'_>,
) -> HashMap<&'a str, Option<PathBuf>> {
    let mut programs = HashMap::new();
    for entry in &users.all {
        if let Some(exec) = &entry.value.exec
            && !exec.command.is_empty()
            && !paths::has_separator(System::HOST, &exec.command)
        {
            programs
                .entry(exec.command.as_str())
                .or_insert_with_key(|name| (present.find_program)(name));
        }
    }
    programs
}

/// A path for a sentence.
pub(super) fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

/// What an entry holds: the content, or the path of a file. The content wins (client-go `rest.TLSConfigFor`).
pub(super) fn held<'v>(
    besides: &'v Besides,
    file: &Path,
    data: Option<&'v [u8]>,
    path: Option<&str>,
) -> Option<&'v [u8]> {
    match (data, path) {
        (Some(data), _) => Some(data),
        (None, Some(path)) => besides.bytes(&chain::resolve(file, path)),
        (None, None) => None,
    }
}
