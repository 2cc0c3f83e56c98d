//! What the journal keeps of a change besides its bytes: the entries that it touched, before and after,
//! so that a change that another program undid by mistake can be told and made again.

use std::collections::BTreeMap;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use serde::Deserialize;
use serde::Serialize;
use store::Note;

/// One entry that a change touched. The texts are kubeconfigs that hold this entry alone; they may be
/// secret.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Touched {
    /// `clusters`, `users` or `contexts`.
    pub list: String,
    /// The entry's name.
    pub name: String,
    /// What it was; `None` when it was not there.
    pub before: Option<String>,
    /// What it became; `None` when it was removed.
    pub after: Option<String>,
}

impl std::fmt::Debug for Touched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Touched({} {})", self.list, self.name)
    }
}

/// A note, and whether the change replaced a credential by another one.
pub(crate) struct Noted {
    pub(crate) note: Note,
    pub(crate) replaces_credentials: bool,
}

/// Notes what became of the entries of a file.
pub(crate) fn between(before: &Config, after: &Config) -> Noted {
    let mut touched = Vec::new();
    compare(
        List::Clusters,
        &before.clusters,
        &after.clusters,
        &mut touched,
        |file| &mut file.clusters,
    );
    compare(
        List::Users,
        &before.users,
        &after.users,
        &mut touched,
        |file| &mut file.users,
    );
    compare(
        List::Contexts,
        &before.contexts,
        &after.contexts,
        &mut touched,
        |file| &mut file.contexts,
    );
    let replaces_credentials = after
        .users
        .iter()
        .filter_map(|new| Some((before.user(&new.name)?, &new.value)))
        .any(|(old, new)| old != new && replaces(old, new));
    Noted {
        // A struct of strings is always a value.
        note: Note(serde_json::to_value(&touched).unwrap_or_default()),
        replaces_credentials,
    }
}

fn compare<T: Clone + PartialEq>(
    list: List,
    before: &[Named<T>],
    after: &[Named<T>],
    touched: &mut Vec<Touched>,
    place: impl Fn(&mut Config) -> &mut Vec<Named<T>>,
) {
    let by_name = |list: &'_ [Named<T>]| -> BTreeMap<String, usize> {
        let names = list.iter().enumerate();
        names.map(|(at, named)| (named.name.clone(), at)).collect()
    };
    let text = |named: &Named<T>| alone(|file| place(file).push(named.clone()));
    let (old_names, new_names) = (by_name(before), by_name(after));
    for (name, at) in &new_names {
        let old = old_names.get(name).and_then(|at| before.get(*at));
        let new = after.get(*at);
        if old != new {
            touched.push(Touched {
                list: list.key().to_owned(),
                name: name.clone(),
                before: old.map(text),
                after: new.map(text),
            });
        }
    }
    for (name, at) in &old_names {
        if !new_names.contains_key(name) {
            touched.push(Touched {
                list: list.key().to_owned(),
                name: name.clone(),
                before: before.get(*at).map(text),
                after: None,
            });
        }
    }
}

/// The entries that a note names; none when it is not one of ours.
pub fn read(note: &Note) -> Vec<Touched> {
    serde_json::from_value(note.0.clone()).unwrap_or_default()
}

impl Touched {
    /// The list that the entry is in.
    pub fn in_list(&self) -> Option<List> {
        [List::Clusters, List::Users, List::Contexts]
            .into_iter()
            .find(|list| list.key() == self.list)
    }

    /// The edit that makes the entry again what it became.
    pub fn edit(&self) -> Option<Edit> {
        let Some(text) = &self.after else {
            return Some(Edit::Remove {
                list: self.in_list()?,
                name: self.name.clone(),
            });
        };
        let document = Document::parse(text.as_bytes().to_vec()).ok()?;
        let config = document.config();
        let mine = |name: &String| *name == self.name;
        Some(match self.in_list()? {
            List::Clusters => {
                Edit::PutCluster(config.clusters.iter().find(|it| mine(&it.name))?.clone())
            }
            List::Users => Edit::PutUser(config.users.iter().find(|it| mine(&it.name))?.clone()),
            List::Contexts => {
                Edit::PutContext(config.contexts.iter().find(|it| mine(&it.name))?.clone())
            }
        })
    }

    /// What the entry is now, to be compared with [`Touched::before`] and [`Touched::after`].
    pub fn now(&self, config: &Config) -> Option<String> {
        entry(config, self.in_list()?, &self.name)
    }
}

fn alone(add: impl FnOnce(&mut Config)) -> String {
    let mut file = Config::default();
    add(&mut file);
    kubeconfig::print::new_file(&file)
}

fn entry(config: &Config, list: List, name: &str) -> Option<String> {
    let name = || name.to_owned();
    Some(match list {
        List::Clusters => {
            let value = config.cluster(&name())?.clone();
            alone(|file| file.clusters.push(Named::new(name(), value)))
        }
        List::Users => {
            let value = config.user(&name())?.clone();
            alone(|file| file.users.push(Named::new(name(), value)))
        }
        List::Contexts => {
            let value = config.context(&name())?.clone();
            alone(|file| file.contexts.push(Named::new(name(), value)))
        }
    })
}

/// Whether a credential gave way to another one: what was replaced may be revoked.
fn replaces(old: &User, new: &User) -> bool {
    fn other<T: PartialEq>(old: Option<&T>, new: Option<&T>) -> bool {
        matches!((old, new), (Some(old), Some(new)) if old != new)
    }
    other(old.token.as_ref(), new.token.as_ref())
        || other(old.password.as_ref(), new.password.as_ref())
        || other(old.client_key_data.as_ref(), new.client_key_data.as_ref())
}
