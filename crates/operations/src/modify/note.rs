//! What the journal keeps of a change besides its bytes: the entries that it touched, before and after,
//! so that a change that another program undid by mistake can be told and made again.

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

/// Notes what `edits` do to a file that means `config`.
pub(crate) fn of(config: Option<&Config>, edits: &[Edit]) -> Noted {
    let nothing = Config::default();
    let config = config.unwrap_or(&nothing);
    let mut touched = Vec::new();
    let mut replaces_credentials = false;
    for edit in edits {
        match edit {
            Edit::PutCluster(named) => {
                touched.push(put(config, List::Clusters, &named.name, || {
                    alone(|file| file.clusters.push(named.clone()))
                }))
            }
            Edit::PutContext(named) => {
                touched.push(put(config, List::Contexts, &named.name, || {
                    alone(|file| file.contexts.push(named.clone()))
                }))
            }
            Edit::PutUser(named) => {
                if let Some(old) = config.user(&named.name) {
                    replaces_credentials |= replaces(old, &named.value);
                }
                touched.push(put(config, List::Users, &named.name, || {
                    alone(|file| file.users.push(named.clone()))
                }));
            }
            Edit::Remove { list, name } => touched.push(Touched {
                list: list.key().to_owned(),
                name: name.clone(),
                before: entry(config, *list, name),
                after: None,
            }),
            Edit::Rename { list, from, to, .. } => {
                let before = entry(config, *list, from);
                touched.push(Touched {
                    list: list.key().to_owned(),
                    name: to.clone(),
                    before: None,
                    after: renamed(config, *list, from, to),
                });
                touched.push(Touched {
                    list: list.key().to_owned(),
                    name: from.clone(),
                    before,
                    after: None,
                });
            }
            _ => {}
        }
    }
    Noted {
        // A struct of strings is always a value.
        note: Note(serde_json::to_value(&touched).unwrap_or_default()),
        replaces_credentials,
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

fn put(config: &Config, list: List, name: &str, after: impl FnOnce() -> String) -> Touched {
    Touched {
        list: list.key().to_owned(),
        name: name.to_owned(),
        before: entry(config, list, name),
        after: Some(after()),
    }
}

fn alone(fill: impl FnOnce(&mut Config)) -> String {
    let mut file = Config::default();
    fill(&mut file);
    kubeconfig::print::new_file(&file)
}

fn entry(config: &Config, list: List, name: &str) -> Option<String> {
    renamed(config, list, name, name)
}

fn renamed(config: &Config, list: List, from: &str, to: &str) -> Option<String> {
    Some(match list {
        List::Clusters => {
            let value = config.cluster(from)?.clone();
            alone(|file| file.clusters.push(Named::new(to, value)))
        }
        List::Users => {
            let value = config.user(from)?.clone();
            alone(|file| file.users.push(Named::new(to, value)))
        }
        List::Contexts => {
            let value = config.context(from)?.clone();
            alone(|file| file.contexts.push(Named::new(to, value)))
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
