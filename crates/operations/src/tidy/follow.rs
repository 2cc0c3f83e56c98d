//! How one file follows what is renamed or removed elsewhere.

use std::collections::BTreeSet;

use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;

/// From one name to another.
pub type Renamed = Option<(String, String)>;

/// What a file has to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follow {
    /// A context that gets another name.
    pub context: Renamed,
    /// A cluster that does.
    pub cluster: Renamed,
    /// A user that does.
    pub user: Renamed,
    /// Contexts that are not there any more.
    pub removed: BTreeSet<String>,
}

impl Follow {
    /// Whether there is nothing to follow.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The edits by which a file that has its own choice of context, and perhaps entries, follows.
    pub fn edits(&self, config: &Config) -> Vec<Edit> {
        let mut edits = self.renames(config);
        for name in &self.removed {
            if config.context(name).is_some() {
                edits.push(Edit::Remove {
                    list: List::Contexts,
                    name: name.clone(),
                });
            }
        }
        if self.removed.contains(&config.current_context) {
            edits.push(Edit::SetCurrentContext(String::new()));
        }
        edits
    }

    /// What a context is called afterwards.
    pub fn context_name(&self, name: &str) -> String {
        new_name(self.context.as_ref(), name)
    }

    /// The renames of the entries of a file, and of what names them there.
    pub fn renames(&self, config: &Config) -> Vec<Edit> {
        let mut edits = Vec::new();
        if let Some((from, to)) = &self.context {
            if config.context(from).is_some() {
                edits.push(renamed(List::Contexts, from, to));
            }
            if config.current_context == *from {
                edits.push(Edit::SetCurrentContext(to.clone()));
            }
        }
        if let Some((from, to)) = &self.cluster
            && config.cluster(from).is_some()
        {
            edits.push(renamed(List::Clusters, from, to));
        }
        if let Some((from, to)) = &self.user
            && config.user(from).is_some()
        {
            edits.push(renamed(List::Users, from, to));
        }
        // The entry that a context names may be in another file.
        for named in &config.contexts {
            let value = Context {
                cluster: new_name(self.cluster.as_ref(), &named.value.cluster),
                user: new_name(self.user.as_ref(), &named.value.user),
                ..named.value.clone()
            };
            if value != named.value {
                let name = new_name(self.context.as_ref(), &named.name);
                edits.push(Edit::PutContext(Named::new(name, value)));
            }
        }
        edits
    }
}

fn renamed(list: List, from: &str, to: &str) -> Edit {
    Edit::Rename {
        list,
        from: from.to_owned(),
        to: to.to_owned(),
        references: false,
    }
}

fn new_name(renamed: Option<&(String, String)>, name: &str) -> String {
    match renamed {
        Some((from, to)) if from == name => to.clone(),
        _ => name.to_owned(),
    }
}
