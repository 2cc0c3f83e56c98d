//! The files of a chain, and what they say together without being parsed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::outline::Outline;
use kubeconfig::redact;

use super::member::LoadError;
use super::member::Member;
use super::member::Wanted;
use super::merged::Merged;

/// All files of a chain.
#[derive(Debug)]
pub struct Chain {
    /// The files in order.
    pub members: Vec<Member>,
}

/// What a context says, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextLine<'a> {
    /// The file, as spelled.
    pub file: &'a Path,
    /// The name of its cluster; may be empty.
    pub cluster: &'a str,
    /// The name of its user; may be empty.
    pub user: &'a str,
    /// Its namespace; empty when it has none.
    pub namespace: &'a str,
}

impl Chain {
    /// Reads all files of a chain; a file that does not exist is passed over, as kubectl does. Of a
    /// large file only names and contexts are known until [`Chain::fetch`].
    ///
    /// # Errors
    /// One [`LoadError`] for each file that is there and cannot be used.
    pub fn survey(paths: &[PathBuf]) -> Result<Self, Vec<LoadError>> {
        let mut members = Vec::new();
        let mut errors = Vec::new();
        for path in paths {
            match Member::survey(path) {
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

    /// Reads all files of a chain whole.
    ///
    /// # Errors
    /// As [`Chain::survey`].
    pub fn load(paths: &[PathBuf]) -> Result<Self, Vec<LoadError>> {
        let mut chain = Self::survey(paths)?;
        chain
            .fetch(&Wanted::Everything)
            .map_err(|error| vec![error])?;
        Ok(chain)
    }

    /// Reads the wanted entries of the files that have not been parsed.
    ///
    /// # Errors
    /// [`LoadError`] for a file that has changed since.
    pub fn fetch(&mut self, wanted: &Wanted) -> Result<(), LoadError> {
        self.members
            .iter_mut()
            .try_for_each(|member| member.fetch(wanted))
    }

    /// What the wanted entries mean, without keeping them. Files that have changed since are passed over.
    pub fn look(&self, wanted: &Wanted) -> Merged {
        let configs: Vec<_> = self
            .members
            .iter()
            .filter_map(|member| Some((member.path.as_path(), member.look(wanted)?)))
            .collect();
        Merged::of(configs.iter().map(|(path, config)| (*path, &**config)))
    }

    /// What the files mean together, as far as their entries were fetched.
    pub fn merged(&self) -> Merged {
        Merged::of(
            self.members
                .iter()
                .filter_map(|member| Some((member.path.as_path(), member.config()?))),
        )
    }

    /// The first `current-context` that is not empty.
    pub fn current_context(&self) -> &str {
        let choice = self.choice();
        choice.map(|(_, name)| name).unwrap_or_default()
    }

    /// The file that has it, as spelled.
    pub fn chosen_by(&self) -> Option<&Path> {
        self.choice().map(|(file, _)| file)
    }

    fn choice(&self) -> Option<(&Path, &str)> {
        self.members.iter().find_map(|member| {
            let name = match (member.outline(), member.config()) {
                (Some(outline), _) => outline.current_context(),
                (None, Some(config)) => &config.current_context,
                (None, None) => "",
            };
            (!name.is_empty()).then_some((member.path.as_path(), name))
        })
    }

    /// The names in one of the lists.
    pub fn names(&self, list: List) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for member in &self.members {
            if let Some(outline) = member.outline() {
                names.extend(outline.names(list));
            } else if let Some(config) = member.config() {
                match list {
                    List::Clusters => names.extend(own_names(&config.clusters)),
                    List::Users => names.extend(own_names(&config.users)),
                    List::Contexts => names.extend(own_names(&config.contexts)),
                }
            }
        }
        names
    }

    /// The names of the contexts of any file that refer to a cluster or user, be they hidden by others or
    /// not.
    pub fn referring(&self, list: List, name: &str) -> BTreeSet<&str> {
        let refers = |cluster: &str, user: &str| match list {
            List::Clusters => cluster == name,
            List::Users => user == name,
            List::Contexts => false,
        };
        let mut names = BTreeSet::new();
        for member in &self.members {
            if let Some(outline) = member.outline() {
                let lines = outline.contexts();
                let lines = lines.filter(|line| refers(line.cluster, line.user));
                names.extend(lines.map(|line| line.name));
            } else if let Some(config) = member.config() {
                let contexts = config.contexts.iter();
                let contexts = contexts.filter(|it| refers(&it.value.cluster, &it.value.user));
                names.extend(contexts.map(|it| it.name.as_str()));
            }
        }
        names
    }

    /// The servers of clusters by name, of each the first definition, as [`redact::url`] shows them.
    pub fn servers(&self) -> BTreeMap<&str, Cow<'_, str>> {
        let mut servers = Vec::new();
        for member in &self.members {
            if let Some(outline) = member.outline() {
                let known = outline.servers();
                servers.extend(known.map(|(name, server)| (name, Cow::Borrowed(server))));
            } else if let Some(config) = member.config() {
                let clusters = config.clusters.iter();
                servers.extend(
                    clusters.map(|named| (named.name.as_str(), redact::url(&named.value.server))),
                );
            }
        }
        servers.sort_by_key(|(name, _)| *name);
        servers.dedup_by_key(|(name, _)| *name);
        servers.into_iter().collect()
    }

    /// The contexts by name; of each the first definition.
    pub fn contexts(&self) -> BTreeMap<&str, ContextLine<'_>> {
        let mut contexts: Vec<_> = self.lines().collect();
        // A stable order, so the first of equal names stays. A map of what is sorted is made at once.
        contexts.sort_by_key(|(name, _)| *name);
        contexts.dedup_by_key(|(name, _)| *name);
        contexts.into_iter().collect()
    }

    /// What a context says; its first definition.
    pub fn context(&self, name: &str) -> Option<ContextLine<'_>> {
        self.lines()
            .find(|(found, _)| *found == name)
            .map(|(_, line)| line)
    }

    /// The contexts of all files, in their order.
    fn lines(&self) -> impl Iterator<Item = (&str, ContextLine<'_>)> {
        self.members.iter().flat_map(|member| {
            let file = member.path.as_path();
            let outlined = member.outline().into_iter();
            let outlined = outlined.flat_map(Outline::contexts).map(move |line| {
                let context = ContextLine {
                    file,
                    cluster: line.cluster,
                    user: line.user,
                    namespace: line.namespace.unwrap_or_default(),
                };
                (line.name, context)
            });
            // What an outline tells is not told again by the part that was fetched.
            let parsed = member.config().filter(|_| member.outline().is_none());
            let parsed = parsed.into_iter().flat_map(|config| &config.contexts);
            outlined.chain(parsed.map(move |named| {
                let context = ContextLine {
                    file,
                    cluster: &named.value.cluster,
                    user: &named.value.user,
                    namespace: named.value.namespace.as_deref().unwrap_or_default(),
                };
                (named.name.as_str(), context)
            }))
        })
    }
}

fn own_names<T>(list: &[Named<T>]) -> impl Iterator<Item = &str> {
    list.iter().map(|named| named.name.as_str())
}
