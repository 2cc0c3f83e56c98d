//! The files of a chain read as one, with the file that each entry came from.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Extensions;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Preferences;
use kubeconfig::User;

/// An entry and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The file it came from, as spelled in the chain; `None` for one that is new.
    pub file: Option<PathBuf>,
    /// The entry.
    pub value: T,
}

impl<T> Located<T> {
    /// An entry that is in no file yet.
    pub fn new(value: T) -> Self {
        Self { file: None, value }
    }
}

/// An entry that gets another name where it stands, so that what is written around it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Renamed {
    pub(super) list: List,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) file: PathBuf,
}

/// What the files mean together (client-go `tools/clientcmd/loader.go`, `Load`): for each name the
/// first file that has it, whole entry; of single values the first that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The clusters by name.
    pub clusters: BTreeMap<String, Located<Cluster>>,
    /// The users by name.
    pub users: BTreeMap<String, Located<User>>,
    /// The contexts by name.
    pub contexts: BTreeMap<String, Located<Context>>,
    /// `current-context`; may be empty, and may name a context that does not exist.
    pub current_context: String,
    /// `preferences`.
    pub preferences: Preferences,
    /// `extensions` of the files.
    pub extensions: Extensions,
    pub(super) renames: Vec<Renamed>,
    /// Contexts that an earlier file hides; deleting that one uncovers them.
    hidden: Vec<Named<Context>>,
}

impl Merged {
    /// Merges files in the order of the chain.
    pub fn of<'a>(members: impl IntoIterator<Item = (&'a Path, &'a Config)>) -> Self {
        let mut merged = Self::default();
        for (file, config) in members {
            take(&mut merged.clusters, file, &config.clusters);
            take(&mut merged.users, file, &config.users);
            for named in &config.contexts {
                if merged.contexts.contains_key(&named.name) {
                    merged.hidden.push(named.clone());
                }
            }
            take(&mut merged.contexts, file, &config.contexts);
            if merged.current_context.is_empty() {
                merged.current_context.clone_from(&config.current_context);
            }
            merged.preferences.colors |= config.preferences.colors;
            add(
                &mut merged.preferences.extensions,
                &config.preferences.extensions,
            );
            add(&mut merged.extensions, &config.extensions);
        }
        merged
    }

    /// The whole as one file, lists sorted by name, as client-go writes and prints it.
    pub fn config(&self) -> Config {
        Config {
            clusters: listed(&self.clusters),
            users: listed(&self.users),
            contexts: listed(&self.contexts),
            current_context: self.current_context.clone(),
            preferences: self.preferences.clone(),
            extensions: self.extensions.clone(),
        }
    }

    /// Whether there is an entry of that name.
    pub fn has(&self, list: List, name: &str) -> bool {
        match list {
            List::Clusters => self.clusters.contains_key(name),
            List::Users => self.users.contains_key(name),
            List::Contexts => self.contexts.contains_key(name),
        }
    }

    /// Removes an entry; what refers to it stays. False when there is none.
    pub fn remove(&mut self, list: List, name: &str) -> bool {
        match list {
            List::Clusters => self.clusters.remove(name).is_some(),
            List::Users => self.users.remove(name).is_some(),
            List::Contexts => self.contexts.remove(name).is_some(),
        }
    }

    /// Gives an entry another name where it stands. False, and nothing changed, when there is no
    /// such entry or the new name is taken.
    pub fn rename(&mut self, list: List, from: &str, to: &str) -> bool {
        if self.has(list, to) {
            return false;
        }
        let renamed = match list {
            List::Clusters => rename(&mut self.clusters, from, to),
            List::Users => rename(&mut self.users, from, to),
            List::Contexts => rename(&mut self.contexts, from, to),
        };
        let Some(file) = renamed else {
            return false;
        };
        if let InFile::Yes(file) = file {
            self.renames.push(Renamed {
                list,
                from: from.to_owned(),
                to: to.to_owned(),
                file,
            });
        }
        true
    }

    /// Whether a context of any file refers to a cluster or user, be it hidden by another one or not.
    pub fn is_referred_to(&self, list: List, name: &str) -> bool {
        let hidden = self.hidden.iter().map(|named| &named.value);
        let mut contexts = self
            .contexts
            .values()
            .map(|entry| &entry.value)
            .chain(hidden);
        contexts.any(|context| match list {
            List::Clusters => context.cluster == name,
            List::Users => context.user == name,
            List::Contexts => false,
        })
    }
}

fn take<T: Clone>(map: &mut BTreeMap<String, Located<T>>, file: &Path, list: &[Named<T>]) {
    for named in list {
        map.entry(named.name.clone()).or_insert_with(|| Located {
            file: Some(file.to_owned()),
            value: named.value.clone(),
        });
    }
}

fn add(to: &mut Extensions, from: &Extensions) {
    for (name, value) in &from.0 {
        to.0.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

fn listed<T: Clone>(map: &BTreeMap<String, Located<T>>) -> Vec<Named<T>> {
    map.iter()
        .map(|(name, located)| Named::new(name, located.value.clone()))
        .collect()
}

/// Where a renamed entry is written.
enum InFile {
    Yes(PathBuf),
    /// It is new.
    NotYet,
}

fn rename<T>(map: &mut BTreeMap<String, Located<T>>, from: &str, to: &str) -> Option<InFile> {
    let located = map.remove(from)?;
    let file = located.file.clone();
    map.insert(to.to_owned(), located);
    Some(file.map_or(InFile::NotYet, InFile::Yes))
}
