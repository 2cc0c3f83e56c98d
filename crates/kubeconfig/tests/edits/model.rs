//! Edits at random, and back.

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;

use crate::apply::apply;
use crate::random;
use crate::random::NAMES;
use crate::random::Random;

/// Edits that succeed one after the other, values taken from another random file.
pub(crate) fn edits(random: &mut Random, config: &Config, other: u64) -> Vec<Edit> {
    let other = Document::parse(random::file(other).1).unwrap();
    let other = other.config();
    let mut config = config.clone();
    let mut out = Vec::new();
    for _ in 0..=random.below(6) {
        let list = random.pick(&[List::Clusters, List::Users, List::Contexts]);
        let present = names(&config, list);
        let name = if present.is_empty() || random.once_in(4) {
            random.pick(&NAMES).to_owned()
        } else {
            random.pick(&present)
        };
        let edit = match random.below(8) {
            0 | 1 if present.contains(&name) => Edit::Remove { list, name },
            2 if present.contains(&name) => {
                let to = random.pick(&["new", "y", "a", "x: y"]).to_owned();
                if present.contains(&to) {
                    continue;
                }
                Edit::Rename {
                    list,
                    from: name,
                    to,
                    references: random.once_in(2),
                }
            }
            3 => Edit::SetCurrentContext(random.pick(&["", "z", "it's"]).to_owned()),
            4 => Edit::PutPreferences(other.preferences.clone()),
            5 => Edit::PutExtensions(other.extensions.clone()),
            _ => match put(random, &config, other, list, &name) {
                Some(edit) => edit,
                None => continue,
            },
        };
        apply(&mut config, &edit).unwrap();
        out.push(edit);
    }
    out
}

/// Some fields of an entry of `other`, or all of them.
fn put(
    random: &mut Random,
    config: &Config,
    other: &Config,
    list: List,
    name: &str,
) -> Option<Edit> {
    let from = names(other, list);
    if from.is_empty() {
        return None;
    }
    let from = random.pick(&from);
    Some(match list {
        List::Clusters => {
            let new = other.cluster(&from)?.clone();
            let mut value = config.cluster(name).cloned().unwrap_or_default();
            match random.below(4) {
                0 => value = new,
                1 => value.proxy_url = new.proxy_url,
                2 => value.extensions = new.extensions,
                _ => {
                    value.server = new.server;
                    value.certificate_authority = new.certificate_authority;
                }
            }
            Edit::PutCluster(Named::new(name, value))
        }
        List::Users => {
            let new = other.user(&from)?.clone();
            let mut value = config.user(name).cloned().unwrap_or_default();
            match random.below(4) {
                0 => value = new,
                1 => value.exec = new.exec,
                2 => {
                    value.as_groups = new.as_groups;
                    value.auth_provider = new.auth_provider;
                }
                _ => {
                    value.token = new.token;
                    value.as_user_extra = new.as_user_extra;
                }
            }
            Edit::PutUser(Named::new(name, value))
        }
        List::Contexts => {
            let new = other.context(&from)?.clone();
            let mut value = config.context(name).cloned().unwrap_or_default();
            match random.below(3) {
                0 => value = new,
                1 => value.namespace = new.namespace,
                _ => value.user = new.user,
            }
            Edit::PutContext(Named::new(name, value))
        }
    })
}

/// The names in a list, in order.
pub(crate) fn names(config: &Config, list: List) -> Vec<String> {
    match list {
        List::Clusters => of(&config.clusters),
        List::Users => of(&config.users),
        List::Contexts => of(&config.contexts),
    }
}

fn of<T>(list: &[Named<T>]) -> Vec<String> {
    list.iter().map(|entry| entry.name.clone()).collect()
}

/// Puts everything that a config has.
pub(crate) fn all(config: &Config) -> Vec<Edit> {
    let clusters = config.clusters.iter().cloned().map(Edit::PutCluster);
    let users = config.users.iter().cloned().map(Edit::PutUser);
    let contexts = config.contexts.iter().cloned().map(Edit::PutContext);
    clusters
        .chain(users)
        .chain(contexts)
        .chain([
            Edit::SetCurrentContext(config.current_context.clone()),
            Edit::PutPreferences(config.preferences.clone()),
            Edit::PutExtensions(config.extensions.clone()),
        ])
        .collect()
}

/// What makes `new` mean what `old` does, but for the order of entries.
pub(crate) fn inverse(old: &Config, new: &Config) -> Vec<Edit> {
    let mut out = Vec::new();
    for list in [List::Clusters, List::Users, List::Contexts] {
        let kept = names(old, list);
        let gone = names(new, list)
            .into_iter()
            .filter(|name| !kept.contains(name));
        out.extend(gone.map(|name| Edit::Remove { list, name }));
    }
    out.extend(all(old));
    out
}

pub(crate) fn sorted(config: &Config) -> Config {
    let mut config = config.clone();
    config.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    config.users.sort_by(|a, b| a.name.cmp(&b.name));
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    config
}
