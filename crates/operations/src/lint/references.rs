//! Contexts that lead nowhere, and entries that no context leads to.

use std::collections::HashSet;

use kubeconfig::List;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::evidence::command;
use super::subject::Entries;
use super::subject::Subject;
use crate::near;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "current-context-missing",
        severity: Severity::Medium,
        title: "The current context does not exist",
        consequence: "Every client that is not told a context fails.",
        remedy: command("bowline config unset --kubeconfig={file} current-context"),
        check: current,
    },
    Rule {
        id: "context-cluster-missing",
        severity: Severity::Medium,
        title: "A context names a cluster that does not exist",
        consequence: "kubectl asks http://localhost:8080, where mostly nobody answers; other clients fail.",
        remedy: command("bowline config delete-context --kubeconfig={file} {name}"),
        check: cluster,
    },
    Rule {
        id: "context-user-missing",
        severity: Severity::Medium,
        title: "A context names a user that does not exist",
        consequence: "kubectl shows no credential and asks for a name and a password; other clients fail.",
        remedy: command("bowline config delete-context --kubeconfig={file} {name}"),
        check: user,
    },
    Rule {
        id: "context-without-cluster",
        severity: Severity::Medium,
        title: "A context names no cluster",
        consequence: "kubectl asks http://localhost:8080, where mostly nobody answers.",
        remedy: command("bowline config delete-context --kubeconfig={file} {name}"),
        check: without_cluster,
    },
    Rule {
        id: "context-without-user",
        severity: Severity::Info,
        title: "A context names no user",
        consequence: "Clients show no credential; kubectl asks for a name and a password when the cluster wants one.",
        remedy: advice("name one: `bowline config set-context NAME --user=USER`"),
        check: without_user,
    },
    Rule {
        id: "context-across-files",
        severity: Severity::Info,
        title: "A context names an entry of another file",
        consequence: "Its file alone is of no use.",
        remedy: advice("keep the files together, or copy the entry"),
        check: across,
    },
    Rule {
        id: "unused-cluster",
        severity: Severity::Low,
        title: "A cluster that no context uses",
        consequence: "It is of no use, and makes the file longer.",
        remedy: command("bowline config delete-cluster --kubeconfig={file} {name}"),
        check: unused_cluster,
    },
    Rule {
        id: "unused-user",
        severity: Severity::Low,
        title: "A user that no context uses",
        consequence: "Its credential lies about for nothing.",
        remedy: command("bowline config delete-user --kubeconfig={file} {name}"),
        check: unused_user,
    },
];

fn current(subject: &Subject<'_>) -> Vec<Evidence> {
    // The first that is not empty counts.
    let mut files = subject.files.iter().enumerate();
    let found = files.find_map(|(number, file)| {
        let document = file.document()?;
        let name = document.config().current_context.as_str();
        (!name.is_empty()).then_some((number, document, name))
    });
    let Some((number, document, name)) = found else {
        return Vec::new();
    };
    if subject.contexts.number(name).is_some() {
        return Vec::new();
    }
    let text = format!("current-context is {}", escape(name));
    let evidence =
        Evidence::file(number, text).line(kubeconfig::lint::current_context_line(document));
    vec![match subject.contexts.all.as_slice() {
        [only] => evidence
            .value(only.name)
            .command("bowline config use-context --kubeconfig={file} -- {value}"),
        _ => evidence,
    }]
}

fn cluster(subject: &Subject<'_>) -> Vec<Evidence> {
    let known = subject.clusters.all.iter().map(|entry| entry.name);
    let mut near = Near::new(known.collect());
    contexts(subject, |name, _| {
        let is_gone = !name.is_empty() && subject.clusters.number(name).is_none();
        is_gone.then(|| format!("there is no cluster {}{}", escape(name), near.meant(name)))
    })
}

fn user(subject: &Subject<'_>) -> Vec<Evidence> {
    let known = subject.users.all.iter().map(|entry| entry.name);
    let mut near = Near::new(known.collect());
    contexts(subject, |_, name| {
        let is_gone = !name.is_empty() && subject.users.number(name).is_none();
        is_gone.then(|| format!("there is no user {}{}", escape(name), near.meant(name)))
    })
}

/// The names that may be meant.
struct Near<'a> {
    known: Vec<&'a str>,
    asked: usize,
}

/// More are no slips of the finger, and each is compared with thousands.
const SLIPS: usize = 16;

impl<'a> Near<'a> {
    fn new(known: Vec<&'a str>) -> Self {
        Self { known, asked: 0 }
    }

    fn meant(&mut self, name: &str) -> String {
        self.asked += 1;
        if self.asked > SLIPS {
            return String::new();
        }
        near::guess(name, self.known.iter().copied())
    }
}

fn without_cluster(subject: &Subject<'_>) -> Vec<Evidence> {
    contexts(subject, |cluster, _| {
        cluster
            .is_empty()
            .then(|| "its `cluster` is empty".to_owned())
    })
}

fn without_user(subject: &Subject<'_>) -> Vec<Evidence> {
    contexts(subject, |cluster, user| {
        let is_it = user.is_empty() && !cluster.is_empty();
        is_it.then(|| "its `user` is empty".to_owned())
    })
}

fn across(subject: &Subject<'_>) -> Vec<Evidence> {
    let clusters = own(&subject.clusters);
    let users = own(&subject.users);
    let contexts = subject.contexts.all.iter();
    contexts
        .filter_map(|entry| {
            let (cluster, user) = (entry.value.cluster.as_str(), entry.value.user.as_str());
            let cluster = subject
                .clusters
                .get(cluster)
                .filter(|_| !clusters.contains(&(entry.file, cluster)))
                .map(|found| ("cluster", found.name, found.file));
            let user = subject
                .users
                .get(user)
                .filter(|_| !users.contains(&(entry.file, user)))
                .map(|found| ("user", found.name, found.file));
            let (kind, name, file) = cluster.or(user)?;
            let text = format!(
                "context {}: its {kind} {} is in {}",
                escape(entry.name),
                escape(name),
                subject.shown(file)
            );
            Some(Evidence::entry(List::Contexts, entry, text))
        })
        .collect()
}

/// Which file has which name.
fn own<'a, T>(entries: &Entries<'a, T>) -> HashSet<(usize, &'a str)> {
    let all = entries.all.iter();
    all.map(|entry| (entry.file, entry.name)).collect()
}

fn contexts(
    subject: &Subject<'_>,
    mut look: impl FnMut(&str, &str) -> Option<String>,
) -> Vec<Evidence> {
    let contexts = subject.contexts.all.iter();
    contexts
        .filter_map(|entry| {
            let text = look(&entry.value.cluster, &entry.value.user)?;
            let text = format!("context {}: {text}", escape(entry.name));
            Some(Evidence::entry(List::Contexts, entry, text))
        })
        .collect()
}

fn unused_cluster(subject: &Subject<'_>) -> Vec<Evidence> {
    let used = subject.used(|context| context.cluster.as_str());
    let clusters = subject.clusters.all.iter();
    clusters
        .filter(|entry| !used.contains(entry.name))
        .map(|entry| {
            let text = format!("no context names cluster {}", escape(entry.name));
            Evidence::entry(List::Clusters, entry, text)
        })
        .collect()
}

fn unused_user(subject: &Subject<'_>) -> Vec<Evidence> {
    let used = subject.used(|context| context.user.as_str());
    let users = subject.users.all.iter();
    users
        .filter(|entry| !used.contains(entry.name))
        .map(|entry| {
            let text = format!("no context names user {}", escape(entry.name));
            Evidence::entry(List::Users, entry, text)
        })
        .collect()
}
