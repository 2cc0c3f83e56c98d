//! The names in the user's kubeconfigs.

use std::collections::HashSet;
use std::ffi::OsStr;

use kubeconfig::Document;
use kubeconfig::List;
use kubeconfig::outline::Outline;
use operations::session;

use super::answer::Answer;
use crate::environment::Environment;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Contexts,
    /// Contexts, and the short names that the user gave them.
    Choices,
    Clusters,
    Users,
    Namespaces,
}

/// kubectl's flags, as far as their values are names.
pub(super) const FLAGS: [(&str, Names); 5] = [
    ("--context", Names::Contexts),
    ("--cluster", Names::Clusters),
    ("--user", Names::Users),
    ("--namespace", Names::Namespaces),
    ("-n", Names::Namespaces),
];

/// What the value of a flag names.
pub(super) fn of_flag(flag: &str) -> Option<Names> {
    let mut flags = FLAGS.iter();
    flags
        .find(|(name, _)| *name == flag)
        .map(|(_, names)| *names)
}

/// The names of a kind, in the files that `--kubeconfig` or the environment names.
pub(super) fn of(names: Names, kubeconfig: Option<&str>) -> Answer {
    let mut answer = Answer::default();
    let environment = Environment::find();
    if names == Names::Choices
        && let Ok(settings) = environment.settings()
    {
        for (alias, context) in &settings.aliases {
            answer.add(alias, context);
        }
    }
    let Ok(mut paths) = environment.kubeconfig_paths(kubeconfig.map(OsStr::new)) else {
        return answer;
    };
    // What programs wrote into this terminal's session can be chosen, too.
    paths.sort_by_key(|path| session::is_ours(path));
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for path in paths {
        let Ok(Some(bytes)) = store::read(&path) else {
            continue;
        };
        for (name, help) in in_file(names, bytes) {
            if seen.insert(name.clone()) {
                found.push((name, help));
            }
        }
    }
    if names == Names::Namespaces {
        // What clusters said to `bowline ns`: which one is current would cost more than is worth it here.
        let state = environment.state_folder().ok();
        let said = state.map(operations::namespaces::all).unwrap_or_default();
        for name in said {
            if seen.insert(name.clone()) {
                found.push((name, String::new()));
            }
        }
        found.sort();
        if seen.insert("default".to_owned()) {
            found.push(("default".to_owned(), String::new()));
        }
    }
    for (name, help) in found {
        answer.add(&name, &help);
    }
    answer
}

/// The names of one file with what is to be said about each.
fn in_file(names: Names, bytes: Vec<u8>) -> Vec<(String, String)> {
    let only = |name: &str| (name.to_owned(), String::new());
    if let Some(outline) = Outline::of(&bytes) {
        return match names {
            Names::Contexts | Names::Choices => outline
                .contexts()
                .map(|context| described(context.name, context.cluster, context.namespace))
                .collect(),
            Names::Clusters => outline.names(List::Clusters).map(only).collect(),
            Names::Users => outline.names(List::Users).map(only).collect(),
            Names::Namespaces => outline
                .contexts()
                .filter_map(|context| context.namespace.map(only))
                .collect(),
        };
    }
    let Ok(document) = Document::parse(bytes) else {
        return Vec::new();
    };
    let config = document.config();
    match names {
        Names::Contexts | Names::Choices => config
            .contexts
            .iter()
            .map(|named| {
                described(
                    &named.name,
                    &named.value.cluster,
                    named.value.namespace.as_deref(),
                )
            })
            .collect(),
        Names::Clusters => config
            .clusters
            .iter()
            .map(|named| only(&named.name))
            .collect(),
        Names::Users => config.users.iter().map(|named| only(&named.name)).collect(),
        Names::Namespaces => config
            .contexts
            .iter()
            .filter_map(|named| named.value.namespace.as_deref().map(only))
            .collect(),
    }
}

fn described(name: &str, cluster: &str, namespace: Option<&str>) -> (String, String) {
    let namespace = namespace.map(|namespace| format!("namespace {namespace}"));
    let cluster = (cluster != name).then(|| format!("cluster {cluster}"));
    let parts: Vec<String> = cluster.into_iter().chain(namespace).collect();
    (name.to_owned(), parts.join(", "))
}
