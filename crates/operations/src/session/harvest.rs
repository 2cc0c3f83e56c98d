//! What other programs wrote into a session is brought to the user's own kubeconfig.
//!
//! kubectl puts new entries into the first file of KUBECONFIG, and cloud tools (`gcloud container clusters
//! get-credentials`, `aws eks update-kubeconfig`) write there even what stands in another file already. So where
//! the user's files have an entry of the same name, the session's is the later word of that terminal, which saw no
//! other: it takes the place of the old one, as one change that can be undone. Only where that file was written after
//! the session, who was later is not known: what stands there stays, and the session's gets another name.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use store::Store;

use super::ages::Ages;
use super::file::SessionError;
use super::file::is_choice;
use super::file::is_marked;
use super::file::keep_the_choice;
use super::file::unmarked;
use super::name::is_guard_context;
use crate::modify;
use crate::modify::Files;
use crate::modify::Located;
use crate::modify::Merged;
use crate::modify::ModifyError;
use crate::modify::Wanted;

/// What was brought into the user's kubeconfigs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harvested {
    /// The entries, by list and name.
    pub entries: Vec<(List, String)>,
    /// The change's number in the history; `None` when everything was so already.
    pub group: Option<u64>,
    /// Those that got another name, because the kubeconfig's own may be newer.
    pub renamed: Vec<Renamed>,
}

/// An entry that is called something else in the kubeconfig than in the session that it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its list.
    pub list: List,
    /// Its name in the session.
    pub from: String,
    /// Its name in the kubeconfig.
    pub to: String,
}

/// How many entries a summary names.
const NAMED: usize = 4;

impl Harvested {
    /// The entries in words.
    pub fn summary(&self) -> String {
        let named = self.entries.iter().take(NAMED);
        let mut words: Vec<String> = named
            .map(|(list, name)| format!("{} {}", list.entry(), escape(name)))
            .collect();
        let more = self.entries.len().saturating_sub(NAMED);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        words.join(", ")
    }

    /// That entries got other names, in words; `None` where none did.
    pub fn renames(&self) -> Option<String> {
        let named = self.renamed.iter().take(NAMED);
        let words: Vec<String> = named
            .map(|it| {
                let (from, to) = (escape(&it.from), escape(&it.to));
                format!("{} {from} as {to}", it.list.entry())
            })
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Brings what is in a session beyond the choice into the user's files; `None` when there is nothing.
///
/// # Errors
/// What keeps it from being brought there; nothing is lost then.
pub(super) fn harvest(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
    ages: &mut Ages,
) -> Result<Option<Harvested>, HarvestError> {
    if own.iter().any(|own| is_same(own, file)) {
        return Err(HarvestError::Same(file.to_owned()));
    }
    let foreign = foreign(file, session);
    // What KUBECONFIG=<(command) names cannot be written.
    let own: Vec<_> = own
        .iter()
        .filter(|path| path.is_file() || !path.exists())
        .cloned()
        .collect();
    let mut harvested = Harvested {
        entries: names(&foreign),
        group: None,
        renamed: Vec::new(),
    };
    if harvested.entries.is_empty() && foreign.preferences == Config::default().preferences {
        return Ok(None);
    }
    if own.is_empty() {
        return Err(HarvestError::Nowhere);
    }
    let files = Files {
        paths: own,
        explicit: false,
    };
    let summary = format!("from a terminal's session: {}", harvested.summary());
    let wanted = |_: &modify::Chain| Wanted::entries(harvested.entries.iter().cloned());
    let later = ages.later(file, &files.paths);
    let marked = session.contexts.iter().filter(|it| is_marked(&it.value));
    let chosen: BTreeSet<&str> = marked.map(|it| it.name.as_str()).collect();
    let modified = modify::modify(store, &files, &summary, wanted, |merged| {
        Ok::<_, Infallible>(bring(merged, &foreign, &chosen, &later))
    })?;
    if modified.group.is_some() {
        ages.harvested(file, &files.paths);
    }
    harvested.group = modified.group;
    harvested.renamed = modified.value;
    for renamed in &harvested.renamed {
        let is_it = |(list, name): &&mut (List, String)| {
            (*list, name.as_str()) == (renamed.list, renamed.from.as_str())
        };
        if let Some((_, name)) = harvested.entries.iter_mut().find(is_it) {
            name.clone_from(&renamed.to);
        }
    }
    Ok(Some(harvested))
}

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// `harvest`, and takes out of the session what was brought home: it must not hide there what becomes of the
/// entries later. Its choice stays.
///
/// # Errors
/// [`HarvestError`]; nothing is lost then.
pub fn tidy(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
) -> Result<Option<Harvested>, HarvestError> {
    tidy_at(store, file, session, own, &mut Ages::default())
}

/// [`tidy`] of one session among several.
pub(super) fn tidy_at(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
    ages: &mut Ages,
) -> Result<Option<Harvested>, HarvestError> {
    let Some(harvested) = harvest(store, file, session, own, ages)? else {
        return Ok(None);
    };
    keep_the_choice(store, file, session)?;
    Ok(Some(harvested))
}

/// Why what is in a session could not be brought home.
#[derive(Debug, thiserror::Error)]
pub enum HarvestError {
    /// The user's files cannot be changed.
    #[error(transparent)]
    Modify(#[from] ModifyError<Infallible>),
    /// There is no file for it.
    #[error("there is no kubeconfig to bring its entries into: set HOME or KUBECONFIG")]
    Nowhere,
    /// A link of the user's leads to the session.
    #[error("{} is also what a kubeconfig of yours leads to: give that a file of its own", .0.display())]
    Same(PathBuf),
    /// The session cannot be changed.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// What is in a session that is no choice, as it has to be written elsewhere.
fn foreign(file: &Path, session: &Config) -> Config {
    let mut foreign = session.clone();
    foreign.current_context = String::new();
    // A context of the guard's name would make it one of those that exist.
    let is_foreign = |named: &Named<Context>| !is_choice(named) && !is_guard_context(&named.name);
    foreign.contexts.retain(is_foreign);
    for named in &mut foreign.contexts {
        named.value = unmarked(std::mem::take(&mut named.value));
    }
    for named in &mut foreign.clusters {
        resolve(file, &mut named.value.certificate_authority);
    }
    for named in &mut foreign.users {
        let user = &mut named.value;
        resolve(file, &mut user.client_certificate);
        resolve(file, &mut user.client_key);
        resolve(file, &mut user.token_file);
        // Only one with a separator is a path (client-go `tools/clientcmd/loader.go`, `ResolveLocalPaths`).
        if let Some(exec) = &mut user.exec
            && exec.command.contains(std::path::is_separator)
        {
            let command = chain::resolve(file, &exec.command);
            exec.command = command.to_string_lossy().into_owned();
        }
    }
    foreign
}

/// kubectl writes paths relative to the file that they stand in.
fn resolve(file: &Path, path: &mut Option<String>) {
    if let Some(path) = path {
        *path = chain::resolve(file, path).to_string_lossy().into_owned();
    }
}

fn names(config: &Config) -> Vec<(List, String)> {
    let clusters = config.clusters.iter().map(|it| (List::Clusters, &it.name));
    let users = config.users.iter().map(|it| (List::Users, &it.name));
    let contexts = config.contexts.iter().map(|it| (List::Contexts, &it.name));
    clusters
        .chain(users)
        .chain(contexts)
        .map(|(list, name)| (list, name.clone()))
        .collect()
}

/// `chosen` are contexts whose namespace was chosen for the terminal, `later` the files that were written after the
/// session. Returns what got other names.
fn bring(
    merged: &mut Merged,
    foreign: &Config,
    chosen: &BTreeSet<&str>,
    later: &[PathBuf],
) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    for named in &foreign.clusters {
        let list = List::Clusters;
        put::<Cluster>(&mut merged.clusters, named, list, later, &mut renamed);
    }
    for named in &foreign.users {
        let list = List::Users;
        put::<User>(&mut merged.users, named, list, later, &mut renamed);
    }
    for named in &foreign.contexts {
        let mut named = named.clone();
        let Context { cluster, user, .. } = &mut named.value;
        for it in &renamed {
            match it.list {
                List::Clusters if it.from == *cluster => cluster.clone_from(&it.to),
                List::Users if it.from == *user => user.clone_from(&it.to),
                _ => {}
            }
        }
        let before = merged.contexts.get(&named.name);
        if let Some(before) = before.filter(|_| chosen.contains(named.name.as_str())) {
            named.value.namespace.clone_from(&before.value.namespace);
        }
        // A tool that wrote the entry anew, with another namespace, chose.
        if !before.is_some_and(|before| is_same_but_for_namespace(&before.value, &named.value)) {
            let list = List::Contexts;
            put::<Context>(&mut merged.contexts, &named, list, later, &mut renamed);
        }
    }
    merged.preferences.colors |= foreign.preferences.colors;
    for (name, value) in &foreign.preferences.extensions.0 {
        let extensions = &mut merged.preferences.extensions.0;
        extensions.insert(name.clone(), value.clone());
    }
    renamed
}

fn is_same_but_for_namespace(one: &Context, other: &Context) -> bool {
    one.cluster == other.cluster && one.user == other.user && one.extensions == other.extensions
}

fn put<T: Clone + PartialEq>(
    entries: &mut BTreeMap<String, Located<T>>,
    named: &Named<T>,
    list: List,
    later: &[PathBuf],
    renamed: &mut Vec<Renamed>,
) {
    let Named { name, value, .. } = named;
    let is_later = |found: &Located<T>| {
        let file = found.file.as_ref();
        file.is_some_and(|file| later.contains(file))
    };
    match entries.get_mut(name) {
        Some(found) if found.value == *value => {}
        Some(found) if is_later(found) => {
            let to = other_name(entries, name, value);
            let new = || Located::new(value.clone());
            entries.entry(to.clone()).or_insert_with(new);
            let from = name.clone();
            renamed.push(Renamed { list, from, to });
        }
        Some(found) => found.value.clone_from(value),
        None => {
            entries.insert(name.clone(), Located::new(value.clone()));
        }
    }
}

/// A name with a number that nothing else has.
fn other_name<T: PartialEq>(
    entries: &BTreeMap<String, Located<T>>,
    name: &str,
    value: &T,
) -> String {
    let mut names = (2_u32..).map(|number| format!("{name}-{number}"));
    let fits = |name: &String| entries.get(name).is_none_or(|found| found.value == *value);
    // The range outlasts any kubeconfig.
    names.find(fits).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests;
