//! The same cluster, credential or context under several names: which one stays, and what leads to it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use identity::SpkiHash;
use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::Extensions;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain::resolve;

use super::TidyError;
use super::plan::Steps;
use super::settings;
use super::settings::Setting;
use super::sight::Sight;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// Entries that are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their list.
    pub list: List,
    /// The one that stays.
    pub kept: String,
    /// Those that go.
    pub gone: Vec<String>,
}

/// Decides.
///
/// # Errors
/// [`TidyError`].
pub fn decide(sight: &Sight) -> Result<Steps<Vec<Group>>, TidyError> {
    let uses = Uses::of(sight);
    let clusters = entries(sight, List::Clusters, |config| &config.clusters);
    let clusters = clusters
        .into_iter()
        .filter_map(|(file, named)| Some((cluster_key(file, named)?, named.name.as_str())));
    let mut groups = grouped(List::Clusters, clusters, &uses);
    let found = entries(sight, List::Users, |config| &config.users);
    groups.extend(grouped(List::Users, users_keyed(&found), &uses));
    let stays = |list: List, name: &str| -> String {
        let group = groups
            .iter()
            .find(|group| group.list == list && group.gone.iter().any(|gone| gone == name));
        group.map_or(name, |group| &group.kept).to_owned()
    };
    let led = |context: &Context| Context {
        cluster: stays(List::Clusters, &context.cluster),
        user: stays(List::Users, &context.user),
        ..context.clone()
    };
    let contexts = entries(sight, List::Contexts, |config| &config.contexts);
    let mut alike: Vec<(Context, Vec<&str>)> = Vec::new();
    // By what can be compared quickly, for there may be thousands.
    let mut places: BTreeMap<(String, String, Option<String>), Vec<usize>> = BTreeMap::new();
    for (_, named) in &contexts {
        let context = led(&named.value);
        let key = (
            context.cluster.clone(),
            context.user.clone(),
            context.namespace.clone(),
        );
        let known = places.entry(key).or_default();
        let same = known
            .iter()
            .copied()
            .find(|at| alike.get(*at).is_some_and(|(other, _)| *other == context));
        if let Some((_, names)) = same.and_then(|at| alike.get_mut(at)) {
            names.push(&named.name);
        } else {
            known.push(alike.len());
            alike.push((context, vec![&named.name]));
        }
    }
    let of_contexts: Vec<Group> = alike
        .into_iter()
        .filter_map(|(_, names)| uses.choose(List::Contexts, &names))
        .collect();
    let mut steps = Steps::new(Vec::new());
    for group in groups.iter().chain(&of_contexts) {
        for name in &group.gone {
            for file in sight.holders(group.list, name) {
                steps.edit(
                    &file.path,
                    Edit::Remove {
                        list: group.list,
                        name: name.clone(),
                    },
                );
            }
        }
    }
    let dropped: BTreeSet<&String> = of_contexts.iter().flat_map(|group| &group.gone).collect();
    for file in &sight.files {
        for named in &file.config().contexts {
            let value = led(&named.value);
            if value != named.value && !dropped.contains(&named.name) {
                let put = Edit::PutContext(Named::new(&named.name, value));
                steps.edit(&file.path, put);
            }
        }
    }
    steps.settings = of_settings(sight, &groups, &of_contexts);
    steps.value = groups;
    steps.value.extend(of_contexts);
    Ok(steps)
}

/// Aliases lead to what stays; labels and hints of what goes, go.
fn of_settings(sight: &Sight, groups: &[Group], contexts: &[Group]) -> Vec<Setting> {
    let gone = |groups: &[Group], list, name: &str| {
        let mut groups = groups.iter().filter(|group| group.list == list);
        groups.any(|group| group.gone.iter().any(|gone| gone == name))
    };
    let mut changes = settings::of_removed(
        &sight.settings,
        |name| gone(contexts, List::Contexts, name),
        |name| gone(groups, List::Clusters, name),
    );
    for (alias, context) in &sight.settings.aliases {
        let group = contexts.iter().find(|group| group.gone.contains(context));
        if let Some(group) = group {
            let keys = vec!["aliases".to_owned(), alias.clone()];
            changes.retain(|change| *change != Setting::Remove(keys.clone()));
            changes.push(Setting::Set(keys, group.kept.as_str().into()));
        }
    }
    changes
}

/// The entries of a list that stand in one file only, in the order of the files: a name that hides another one is
/// not touched.
fn entries<'a, T>(
    sight: &'a Sight,
    list: List,
    of: impl Fn(&'a Config) -> &'a Vec<Named<T>>,
) -> Vec<(&'a Path, &'a Named<T>)> {
    let files = sight.files.iter();
    let all = files.flat_map(|file| of(file.config()).iter().map(|it| (file.path.as_path(), it)));
    all.filter(|(_, named)| sight.holders(list, &named.name).count() == 1)
        .collect()
}

/// What makes a cluster the same: the keys that may speak for it, where it is, and how it is reached.
fn cluster_key(file: &Path, named: &Named<Cluster>) -> Option<String> {
    let cluster = &named.value;
    let target = Target::read(file, &named.name, cluster).ok()?;
    let trust = match &target.trust {
        Trust::Authority { authority, .. } => {
            let mut keys: Vec<_> = authority.keys().iter().map(ToString::to_string).collect();
            keys.sort();
            // One whose certificate has another end is not as good.
            format!("{} {}", keys.join(" "), authority.not_after())
        }
        Trust::Insecure => "insecure".to_owned(),
        Trust::System => "system".to_owned(),
        Trust::Plain => "plain".to_owned(),
    };
    let parts = [
        Some(trust),
        Some(target.server.to_string()),
        cluster.tls_server_name.clone(),
        cluster.proxy_url.clone(),
        Some(cluster.disable_compression.to_string()),
    ];
    Some(format!("{parts:?}"))
}

/// A number for each credential; users without any have none.
fn users_keyed<'a>(users: &[(&Path, &'a Named<User>)]) -> Vec<(String, &'a str)> {
    let mut buckets: BTreeMap<String, Vec<(User, usize)>> = BTreeMap::new();
    let mut keyed = Vec::new();
    for (number, (file, named)) in users.iter().enumerate() {
        let user = absolute(file, &named.value);
        if user == User::default() {
            continue;
        }
        let secret = user.token.as_ref().or(user.client_key_data.as_ref());
        let secret = secret.map_or(&[][..], kubeconfig::Secret::expose);
        let bucket = buckets.entry(SpkiHash::of(secret).to_string()).or_default();
        let same = bucket.iter().find(|(other, _)| *other == user);
        let known = same.map(|(_, number)| *number);
        let number = known.unwrap_or(number);
        if known.is_none() {
            bucket.push((user, number));
        }
        keyed.push((number.to_string(), named.name.as_str()));
    }
    keyed
}

/// The same credential from any folder, without what programs note beside it.
fn absolute(file: &Path, user: &User) -> User {
    let path = |value: &Option<String>| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        Some(resolve(file, value).to_string_lossy().into_owned())
    };
    let mut user = User {
        client_certificate: path(&user.client_certificate),
        client_key: path(&user.client_key),
        token_file: path(&user.token_file),
        extensions: Extensions::default(),
        ..user.clone()
    };
    if let Some(exec) = &mut user.exec
        && exec.command.contains(std::path::is_separator)
    {
        exec.command = resolve(file, &exec.command).to_string_lossy().into_owned();
    }
    user
}

fn grouped<'a>(
    list: List,
    keyed: impl IntoIterator<Item = (String, &'a str)>,
    uses: &Uses<'_>,
) -> Vec<Group> {
    let mut order: Vec<Vec<&str>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (key, name) in keyed {
        let at = *places.entry(key).or_insert(order.len());
        match order.get_mut(at) {
            Some(names) => names.push(name),
            None => order.push(vec![name]),
        }
    }
    let groups = order.iter();
    groups
        .filter_map(|names| uses.choose(list, names))
        .collect()
}

/// What is used how often, and what has to stay.
struct Uses<'a> {
    counts: BTreeMap<(&'static str, &'a str), usize>,
    /// Of the current context.
    current: BTreeSet<(&'static str, &'a str)>,
    /// Named where nothing is changed: in choices of terminals, and in files beside the chain.
    fixed: BTreeSet<(&'static str, &'a str)>,
}

impl<'a> Uses<'a> {
    fn of(sight: &'a Sight) -> Self {
        let mut uses = Self {
            counts: BTreeMap::new(),
            current: BTreeSet::new(),
            fixed: BTreeSet::new(),
        };
        let current = sight.current_context().map(|(_, name)| name);
        let names = |named: &'a Named<Context>| {
            [
                (List::Contexts.key(), named.name.as_str()),
                (List::Clusters.key(), named.value.cluster.as_str()),
                (List::Users.key(), named.value.user.as_str()),
            ]
        };
        for named in sight.files.iter().flat_map(|it| &it.config().contexts) {
            for name in names(named) {
                *uses.counts.entry(name).or_default() += 1;
            }
            if current == Some(named.name.as_str()) {
                uses.current.extend(names(named));
            }
        }
        for file in sight.sessions.iter().chain(&sight.beside) {
            let config = file.config();
            uses.fixed.extend(config.contexts.iter().flat_map(names));
            let current = (List::Contexts.key(), config.current_context.as_str());
            uses.fixed.insert(current);
        }
        uses
    }

    /// Which of several stays: that of the current context, else the one that most contexts use, else the first.
    fn choose(&self, list: List, names: &[&str]) -> Option<Group> {
        let rank = |at: usize, name: &str| {
            let name = (list.key(), name);
            let count = self.counts.get(&name).copied().unwrap_or_default();
            (self.current.contains(&name), count, std::cmp::Reverse(at))
        };
        let ranked = names.iter().enumerate();
        let kept = *ranked.max_by_key(|(at, name)| rank(*at, name))?.1;
        let gone: Vec<String> = names
            .iter()
            .filter(|name| **name != kept && !self.fixed.contains(&(list.key(), **name)))
            .map(|name| (*name).to_owned())
            .collect();
        (!gone.is_empty()).then(|| Group {
            list,
            kept: kept.to_owned(),
            gone,
        })
    }
}
