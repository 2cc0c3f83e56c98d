//! The entries that are there while kubeconfigs are merged, found by their names and by what they mean.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher as _;
use std::path::Path;

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::List;
use kubeconfig::Secret;
use kubeconfig::User;

use super::sight::Sight;
use crate::add::absolute_cluster;
use crate::add::absolute_user;

/// What is there, and what will be.
#[derive(Default)]
pub(super) struct Known {
    clusters: Entries<Cluster>,
    users: Entries<User>,
    contexts: BTreeMap<String, Context>,
    /// The contexts of each cluster.
    of_clusters: HashMap<String, BTreeSet<String>>,
}

/// A cluster and a user that are there, and the context that puts them together as it is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) context: Option<String>,
}

impl Known {
    /// The entries of a chain; `folder` is where relative names of kubeconfigs start.
    pub(super) fn of(sight: &Sight, folder: &Path) -> Self {
        let mut known = Self::default();
        for file in &sight.files {
            let path = folder.join(&file.path);
            let config = file.config();
            for named in &config.clusters {
                if !known.clusters.has(&named.name) {
                    known.put_cluster(&named.name, absolute_cluster(&named.value, &path));
                }
            }
            for named in &config.users {
                if !known.users.has(&named.name) {
                    known.put_user(&named.name, absolute_user(&named.value, &path));
                }
            }
            for named in &config.contexts {
                if !known.contexts.contains_key(&named.name) {
                    known.put_context(&named.name, named.value.clone());
                }
            }
        }
        known
    }

    pub(super) fn put_cluster(&mut self, name: &str, cluster: Cluster) {
        self.clusters.put(name, of_cluster(&cluster), cluster);
    }

    pub(super) fn put_user(&mut self, name: &str, user: User) {
        self.users.put(name, of_user(&user), user);
    }

    pub(super) fn put_context(&mut self, name: &str, context: Context) {
        let of_cluster = self.of_clusters.entry(context.cluster.clone());
        of_cluster.or_default().insert(name.to_owned());
        self.contexts.insert(name.to_owned(), context);
    }

    pub(super) fn has(&self, list: List, name: &str) -> bool {
        match list {
            List::Clusters => self.clusters.has(name),
            List::Users => self.users.has(name),
            List::Contexts => self.contexts.contains_key(name),
        }
    }

    pub(super) fn has_any(&self, name: &str) -> bool {
        [List::Clusters, List::Users, List::Contexts]
            .into_iter()
            .any(|list| self.has(list, name))
    }

    /// What of a context is there already. Where several mean the same, a context that puts such a cluster and such a
    /// user together comes first, then what has the names that are wanted, then the first by its name.
    pub(super) fn best(
        &self,
        name: &str,
        wanted: &Context,
        cluster: &Cluster,
        user: Option<&User>,
    ) -> Match {
        let clusters = self.clusters.alike(of_cluster(cluster), cluster);
        let users: BTreeSet<&str> = match user {
            None => BTreeSet::from([""]),
            Some(user) => self.users.alike(of_user(user), user),
        };
        let together = clusters
            .iter()
            .filter_map(|cluster| self.of_clusters.get(*cluster));
        let together = together.flatten().filter_map(|name| {
            let context = self.contexts.get(name)?;
            users
                .contains(context.user.as_str())
                .then_some((name, context))
        });
        let best = together.min_by_key(|(of, context)| {
            (
                context.namespace != wanted.namespace,
                of.as_str() != name,
                context.cluster != wanted.cluster,
                context.user != wanted.user,
                of.as_str(),
            )
        });
        if let Some((of, context)) = best {
            let is_same = context.namespace == wanted.namespace;
            return Match {
                cluster: Some(context.cluster.clone()),
                user: Some(context.user.clone()),
                context: is_same.then(|| of.clone()),
            };
        }
        let nearest = |names: &BTreeSet<&str>, own: &str| {
            let name = names.get(own).or_else(|| names.first());
            name.map(|name| (*name).to_owned())
        };
        Match {
            cluster: nearest(&clusters, &wanted.cluster),
            user: nearest(&users, &wanted.user),
            context: None,
        }
    }
}

/// Entries of one kind.
struct Entries<T> {
    named: BTreeMap<String, T>,
    /// The names of those that may mean the same: there may be thousands to choose from.
    alike: HashMap<u64, BTreeSet<String>>,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            named: BTreeMap::new(),
            alike: HashMap::new(),
        }
    }
}

impl<T: PartialEq> Entries<T> {
    fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    fn put(&mut self, name: &str, hash: u64, entry: T) {
        let alike = self.alike.entry(hash).or_default();
        alike.insert(name.to_owned());
        self.named.insert(name.to_owned(), entry);
    }

    /// The names of all that mean the same.
    fn alike(&self, hash: u64, entry: &T) -> BTreeSet<&str> {
        let names = self.alike.get(&hash).into_iter().flatten();
        let is_same = |name: &&String| self.named.get(*name) == Some(entry);
        names.filter(is_same).map(String::as_str).collect()
    }
}

/// Equal for clusters that mean the same.
fn of_cluster(cluster: &Cluster) -> u64 {
    let mut hasher = DefaultHasher::new();
    cluster.server.hash(&mut hasher);
    cluster.certificate_authority_data.hash(&mut hasher);
    hasher.finish()
}

/// Equal for users that mean the same.
fn of_user(user: &User) -> u64 {
    let mut hasher = DefaultHasher::new();
    user.token.as_ref().map(Secret::expose).hash(&mut hasher);
    user.client_certificate_data.hash(&mut hasher);
    user.client_certificate.hash(&mut hasher);
    user.token_file.hash(&mut hasher);
    user.username.hash(&mut hasher);
    user.exec
        .as_ref()
        .map(|exec| &exec.command)
        .hash(&mut hasher);
    hasher.finish()
}
