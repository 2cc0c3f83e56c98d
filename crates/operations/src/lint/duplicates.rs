//! One name for different things, and one thing under different names.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::Hash;

use identity::SpkiHash;
use kubeconfig::Cluster;
use kubeconfig::List;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::subject::Entries;
use super::subject::Entry;
use super::subject::Subject;

/// More names than anybody reads in one sentence.
const SHOWN: usize = 8;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "context-of-two-files",
        severity: Severity::High,
        title: "A context uses an entry of another file than it was made with",
        consequence: "Of two entries with one name the first file's counts: the context leads to the other cluster, or logs in as somebody else. MicroK8s gives all of them the same names.",
        remedy: advice(
            "take {file} out of KUBECONFIG, and its cluster in under a name of its own: `bowline add FILE`",
        ),
        check: mixed,
    },
    Rule {
        id: "shadowed-context",
        severity: Severity::Medium,
        title: "A context cannot be reached behind another of the same name",
        consequence: "Of two files the first one's counts: whoever switches to this context is elsewhere.",
        remedy: advice("rename it: `bowline config rename-context --kubeconfig=FILE NAME NEW`"),
        check: shadowed_context,
    },
    Rule {
        id: "shadowed-entry",
        severity: Severity::Low,
        title: "An entry does not count behind another of the same name",
        consequence: "Of two files the first one's counts, in all its fields; a change to this one changes nothing.",
        remedy: advice("delete or rename it"),
        check: shadowed,
    },
    Rule {
        id: "same-cluster",
        severity: Severity::Info,
        title: "One cluster has several names",
        consequence: "Its entries have to be changed one by one.",
        remedy: advice("let the contexts use one of them, and delete the others"),
        check: same_cluster,
    },
    Rule {
        id: "same-credential",
        severity: Severity::Info,
        title: "One credential has several names",
        consequence: "Who renews one has to renew the others.",
        remedy: advice("let the contexts use one of them, and delete the others"),
        check: same_credential,
    },
];

/// Whether two entries mean something else.
fn differs<T: PartialEq>(entries: &Entries<'_, T>, entry: &Entry<'_, T>) -> Option<usize> {
    let first = entries.all.get(entry.behind?)?;
    (first.value != entry.value).then_some(first.file)
}

/// The entries of a file that another file's stand in for, by name.
fn behind<'a, T: PartialEq>(entries: &Entries<'a, T>) -> HashMap<(usize, &'a str), usize> {
    let all = entries.all.iter();
    all.filter_map(|entry| Some(((entry.file, entry.name), differs(entries, entry)?)))
        .collect()
}

fn mixed(subject: &Subject<'_>) -> Vec<Evidence> {
    let clusters = behind(&subject.clusters);
    let users = behind(&subject.users);
    let contexts = subject.contexts.all.iter();
    contexts
        .filter_map(|entry| {
            let cluster = clusters.get(&(entry.file, entry.value.cluster.as_str()));
            let user = users.get(&(entry.file, entry.value.user.as_str()));
            let part = |kind: &str, name: &str, file: Option<&usize>| {
                Some(format!(
                    "its {kind} {} is that of {}",
                    escape(name),
                    subject.shown(*file?)
                ))
            };
            let parts: Vec<String> = [
                part("cluster", &entry.value.cluster, cluster),
                part("user", &entry.value.user, user),
            ]
            .into_iter()
            .flatten()
            .collect();
            if parts.is_empty() {
                return None;
            }
            let text = format!("context {}: {}", escape(entry.name), parts.join(", "));
            Some(Evidence::entry(List::Contexts, entry, text))
        })
        .collect()
}

fn shadowed_context(subject: &Subject<'_>) -> Vec<Evidence> {
    let contexts = subject.contexts.all.iter();
    contexts
        .filter_map(|entry| {
            let by = differs(&subject.contexts, entry)?;
            let text = format!(
                "context {} is taken from {}",
                escape(entry.name),
                subject.shown(by)
            );
            Some(Evidence::entry(List::Contexts, entry, text))
        })
        .collect()
}

/// Those that a context of their own file uses are told with it, and unused ones have a rule of their own.
fn shadowed(subject: &Subject<'_>) -> Vec<Evidence> {
    let contexts = || subject.contexts.all.iter();
    let clusters = contexts().map(|entry| (entry.value.cluster.as_str(), entry.file));
    let users = contexts().map(|entry| (entry.value.user.as_str(), entry.file));
    let (clusters, users) = (users_of(clusters), users_of(users));
    let is_told = |by: &HashMap<&str, HashSet<usize>>, name: &str, file: usize| {
        by.get(name).is_none_or(|files| files.contains(&file))
    };
    let mut found = of_kind(subject, List::Clusters, &subject.clusters, |name, file| {
        is_told(&clusters, name, file)
    });
    found.extend(of_kind(
        subject,
        List::Users,
        &subject.users,
        |name, file| is_told(&users, name, file),
    ));
    found
}

/// The files whose contexts use a name.
fn users_of<'a>(uses: impl Iterator<Item = (&'a str, usize)>) -> HashMap<&'a str, HashSet<usize>> {
    let mut files: HashMap<&str, HashSet<usize>> = HashMap::new();
    for (name, file) in uses {
        files.entry(name).or_default().insert(file);
    }
    files
}

fn of_kind<T: PartialEq>(
    subject: &Subject<'_>,
    list: List,
    entries: &Entries<'_, T>,
    is_told: impl Fn(&str, usize) -> bool,
) -> Vec<Evidence> {
    let all = entries.all.iter();
    all.filter_map(|entry| {
        let by = differs(entries, entry)?;
        if is_told(entry.name, entry.file) {
            return None;
        }
        let text = format!(
            "{} {} is taken from {}",
            list.entry(),
            escape(entry.name),
            subject.shown(by)
        );
        Some(Evidence::entry(list, entry, text))
    })
    .collect()
}

fn same_cluster(subject: &Subject<'_>) -> Vec<Evidence> {
    let key = |number: usize, cluster: &Cluster| {
        let keys = subject.material.authority(number)?.keys.as_ref().ok()?;
        Some((keys.clone(), cluster.server.clone()))
    };
    groups::<_, (Vec<SpkiHash>, String)>(List::Clusters, &subject.clusters, key)
}

fn same_credential(subject: &Subject<'_>) -> Vec<Evidence> {
    groups(List::Users, &subject.users, |number, user: &User| {
        let certificate = subject.material.pems.get(number).copied().flatten();
        let token = user.token.as_ref().map(Secret::expose);
        let (is_token, bytes) = match (certificate, token) {
            (Some(pem), _) => (false, pem),
            (None, Some(token)) => (true, token),
            (None, None) => return None,
        };
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        Some((is_token, digest.as_ref().to_vec()))
    })
}

/// One finding for all entries that have a key in common, if they have different names.
fn groups<'a, T, K: Eq + Hash>(
    list: List,
    entries: &Entries<'a, T>,
    key: impl Fn(usize, &'a T) -> Option<K>,
) -> Vec<Evidence> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (number, entry) in entries.all.iter().enumerate() {
        if entry.behind.is_none()
            && let Some(key) = key(number, entry.value)
        {
            groups.entry(key).or_default().push(number);
        }
    }
    // In the order of the files, which a map has not.
    let ordered: BTreeMap<usize, Vec<usize>> = groups
        .into_values()
        .filter_map(|numbers| Some((*numbers.first()?, numbers)))
        .collect();
    ordered
        .into_iter()
        .filter_map(|(first, numbers)| {
            if numbers.len() < 2 {
                return None;
            }
            let names: Vec<_> = numbers
                .iter()
                .take(SHOWN)
                .filter_map(|number| Some(escape(entries.all.get(*number)?.name)))
                .collect();
            let more = if numbers.len() > SHOWN {
                format!(" and {} more", numbers.len() - SHOWN)
            } else {
                String::new()
            };
            let text = format!("{} are the same: {}{more}", list.key(), names.join(", "));
            Some(Evidence::entry(list, entries.all.get(first)?, text))
        })
        .collect()
}
