//! What the typed view has to be after all edits, and which of its entries were there before.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Edit;
use super::EditError;
use super::normal;
use crate::config::Cluster;
use crate::config::Config;
use crate::config::Context;
use crate::config::Extensions;
use crate::config::List;
use crate::config::Named;
use crate::config::Preferences;
use crate::config::User;

/// The entries of one list. Those of the file are borrowed until they change.
pub(super) struct Entries<'a, T: Clone> {
    pub(super) list: List,
    pub(super) old: &'a [Named<T>],
    pub(super) now: Vec<Entry<'a, T>>,
    places: Places,
}

/// Where names are in a list, once they are looked for so often that it is worth knowing.
#[derive(Default)]
struct Places {
    looks: usize,
    known: Option<HashMap<String, usize>>,
}

/// As many looks at a list of thousands cost as much as an index of it.
const LOOKS: usize = 32;

pub(super) struct Entry<'a, T: Clone> {
    /// Its index in the file's list; `None` when it is new.
    pub(super) origin: Option<usize>,
    pub(super) named: Cow<'a, Named<T>>,
}

pub(super) struct Target<'a> {
    pub(super) clusters: Entries<'a, Cluster>,
    pub(super) users: Entries<'a, User>,
    pub(super) contexts: Entries<'a, Context>,
    pub(super) current_context: Cow<'a, str>,
    pub(super) preferences: Cow<'a, Preferences>,
    pub(super) extensions: Cow<'a, Extensions>,
}

impl<'a, T: Clone + PartialEq> Entries<'a, T> {
    fn new(list: List, old: &'a [Named<T>]) -> Self {
        let entry = |(index, named)| Entry {
            origin: Some(index),
            named: Cow::Borrowed(named),
        };
        Self {
            list,
            old,
            now: old.iter().enumerate().map(entry).collect(),
            places: Places::default(),
        }
    }

    fn position(&mut self, name: &str) -> Option<usize> {
        self.places.looks += 1;
        if self.places.looks < LOOKS {
            return self.now.iter().position(|entry| entry.named.name == name);
        }
        let known = self.places.known.get_or_insert_with(|| {
            let names = self.now.iter().map(|entry| entry.named.name.clone());
            // From the end: the first of a name counts.
            names
                .zip(0..)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect()
        });
        known.get(name).copied()
    }

    fn find(&mut self, name: &str) -> Result<usize, EditError> {
        self.position(name).ok_or_else(|| EditError::NotFound {
            kind: self.list.entry(),
            name: name.to_owned(),
        })
    }

    fn free(&mut self, name: &str) -> Result<(), EditError> {
        match self.position(name) {
            None => Ok(()),
            Some(_) => Err(EditError::Exists {
                kind: self.list.entry(),
                name: name.to_owned(),
            }),
        }
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut T)) -> Result<(), EditError> {
        let at = self.find(name)?;
        if let Some(entry) = self.now.get_mut(at) {
            change(&mut entry.named.to_mut().value);
        }
        Ok(())
    }

    fn put(&mut self, named: Named<T>) {
        match self
            .position(&named.name)
            .and_then(|at| self.now.get_mut(at))
        {
            Some(entry) if *entry.named == named => {}
            Some(entry) => entry.named = Cow::Owned(named),
            None => {
                if let Some(known) = &mut self.places.known {
                    known.insert(named.name.clone(), self.now.len());
                }
                self.now.push(Entry {
                    origin: None,
                    named: Cow::Owned(named),
                });
            }
        }
    }

    fn remove(&mut self, name: &str) -> Result<(), EditError> {
        let at = self.find(name)?;
        self.now.remove(at);
        // All behind it have moved.
        self.places = Places::default();
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        let at = self.find(from)?;
        self.free(to)?;
        self.places = Places::default();
        if let Some(entry) = self.now.get_mut(at) {
            to.clone_into(&mut entry.named.to_mut().name);
        }
        Ok(())
    }

    pub(super) fn changed(&self) -> bool {
        !self.is(self.old)
    }

    fn is(&self, list: &[Named<T>]) -> bool {
        self.now.len() == list.len()
            && self
                .now
                .iter()
                .zip(list)
                .all(|(entry, named)| *entry.named == *named)
    }
}

impl<'a> Target<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        Self {
            clusters: Entries::new(List::Clusters, &config.clusters),
            users: Entries::new(List::Users, &config.users),
            contexts: Entries::new(List::Contexts, &config.contexts),
            current_context: Cow::Borrowed(&config.current_context),
            preferences: Cow::Borrowed(&config.preferences),
            extensions: Cow::Borrowed(&config.extensions),
        }
    }

    /// Whether `config` is what the edits make.
    pub(super) fn is(&self, config: &Config) -> bool {
        let Config {
            clusters,
            users,
            contexts,
            current_context,
            preferences,
            extensions,
        } = config;
        self.clusters.is(clusters)
            && self.users.is(users)
            && self.contexts.is(contexts)
            && *self.current_context == **current_context
            && *self.preferences == *preferences
            && *self.extensions == *extensions
    }

    pub(super) fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::SetServer { cluster, server } => {
                let change = |value: &mut Cluster| value.server.clone_from(server);
                self.clusters.change(cluster, change)?;
            }
            Edit::SetTlsServerName { cluster, name } => {
                let name = Some(name.clone()).filter(|name| !name.is_empty());
                let change = |value: &mut Cluster| value.tls_server_name = name;
                self.clusters.change(cluster, change)?;
            }
            Edit::SetCurrentContext(name) => self.current_context = Cow::Owned(name.clone()),
            Edit::Insert {
                cluster,
                user,
                context,
            } => {
                self.clusters.free(&cluster.name)?;
                self.users.free(&user.name)?;
                self.contexts.free(&context.name)?;
                self.put_cluster(cluster);
                self.put_user(user);
                self.put_context(context);
            }
            Edit::PutCluster(cluster) => self.put_cluster(cluster),
            Edit::PutUser(user) => self.put_user(user),
            Edit::PutContext(context) => self.put_context(context),
            Edit::Remove { list, name } => match list {
                List::Clusters => self.clusters.remove(name)?,
                List::Users => self.users.remove(name)?,
                List::Contexts => self.contexts.remove(name)?,
            },
            Edit::Rename {
                list,
                from,
                to,
                references,
            } => self.rename(*list, from, to, *references)?,
            Edit::PutPreferences(preferences) => {
                self.preferences = Cow::Owned(preferences.clone());
            }
            Edit::PutExtensions(extensions) => self.extensions = Cow::Owned(extensions.clone()),
        }
        Ok(())
    }

    fn put_cluster(&mut self, named: &Named<Cluster>) {
        self.clusters
            .put(Named::new(&named.name, normal::cluster(&named.value)));
    }

    fn put_user(&mut self, named: &Named<User>) {
        self.users
            .put(Named::new(&named.name, normal::user(&named.value)));
    }

    fn put_context(&mut self, named: &Named<Context>) {
        self.contexts
            .put(Named::new(&named.name, normal::context(&named.value)));
    }

    fn rename(
        &mut self,
        list: List,
        from: &str,
        to: &str,
        references: bool,
    ) -> Result<(), EditError> {
        match list {
            List::Clusters => self.clusters.rename(from, to)?,
            List::Users => self.users.rename(from, to)?,
            List::Contexts => self.contexts.rename(from, to)?,
        }
        if !references {
            return Ok(());
        }
        if list == List::Contexts {
            if self.current_context == from {
                self.current_context = Cow::Owned(to.to_owned());
            }
            return Ok(());
        }
        for entry in &mut self.contexts.now {
            let refers = |context: &Context| match list {
                List::Clusters => context.cluster == from,
                _ => context.user == from,
            };
            if refers(&entry.named.value) {
                let context = &mut entry.named.to_mut().value;
                let field = match list {
                    List::Clusters => &mut context.cluster,
                    _ => &mut context.user,
                };
                to.clone_into(field);
            }
        }
        Ok(())
    }
}
