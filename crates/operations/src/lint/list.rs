//! `KUBECONFIG` itself.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::command;
use super::subject::Subject;
use super::subject::shown;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "kubeconfig-list-tilde",
        severity: Severity::Medium,
        title: "KUBECONFIG holds a `~`",
        consequence: "Bowline takes it for the home folder. kubectl and every other client look for a folder of that name, and pass over the file in silence.",
        remedy: command("export KUBECONFIG={value}"),
        check: tilde,
    },
    Rule {
        id: "kubeconfig-list-missing",
        severity: Severity::Low,
        title: "KUBECONFIG names a file that does not exist",
        consequence: "Clients pass over it in silence, so a mistyped name looks like missing contexts.",
        remedy: command("export KUBECONFIG={value}"),
        check: missing,
    },
    Rule {
        id: "kubeconfig-list-twice",
        severity: Severity::Low,
        title: "KUBECONFIG names a file twice",
        consequence: "It is read twice; a change goes to the first place that has the entry.",
        remedy: command("export KUBECONFIG={value}"),
        check: twice,
    },
    Rule {
        id: "kubeconfig-list-empty",
        severity: Severity::Info,
        title: "KUBECONFIG has an empty item",
        consequence: "Clients pass over it; mostly a variable that was to stand there is not set.",
        remedy: command("export KUBECONFIG={value}"),
        check: empty,
    },
];

fn tilde(subject: &Subject<'_>) -> Vec<Evidence> {
    items(subject, |_, item| {
        let is_home = expanded(subject, item).is_some();
        is_home.then(|| format!("`{}` is not expanded by other clients", shown(item)))
    })
}

fn missing(subject: &Subject<'_>) -> Vec<Evidence> {
    items(subject, |_, item| {
        let path = expanded(subject, item).unwrap_or_else(|| item.to_owned());
        let is_gone = !item.as_os_str().is_empty() && !path.exists();
        is_gone.then(|| format!("{} does not exist", shown(&path)))
    })
}

fn twice(subject: &Subject<'_>) -> Vec<Evidence> {
    let mut seen: HashMap<PathBuf, &Path> = HashMap::new();
    let list = subject.list.unwrap_or_default();
    let again: Vec<bool> = list
        .iter()
        .map(|item| {
            let Some(real) = real(subject, item) else {
                return false;
            };
            seen.insert(real, item).is_some()
        })
        .collect();
    items(subject, |number, item| {
        let is_again = again.get(number).copied().unwrap_or_default();
        is_again.then(|| format!("{} is there already", shown(item)))
    })
}

fn empty(subject: &Subject<'_>) -> Vec<Evidence> {
    items(subject, |number, item| {
        let is_empty = item.as_os_str().is_empty();
        is_empty.then(|| {
            format!(
                "item {} of {}",
                number + 1,
                subject.list.map_or(0, <[_]>::len)
            )
        })
    })
}

fn items(subject: &Subject<'_>, look: impl Fn(usize, &Path) -> Option<String>) -> Vec<Evidence> {
    let list = subject.list.unwrap_or_default();
    let value = mended(subject);
    let file = |item: &Path| {
        let path = expanded(subject, item).unwrap_or_else(|| item.to_owned());
        let mut files = subject.files.iter();
        files.position(|file| file.path == path).unwrap_or_default()
    };
    list.iter()
        .enumerate()
        .filter_map(|(number, item)| {
            let text = look(number, item)?;
            Some(Evidence::file(file(item), text).value(value.as_str()))
        })
        .collect()
}

/// What bowline takes an item with a `~` for.
fn expanded(subject: &Subject<'_>, item: &Path) -> Option<PathBuf> {
    let rest = item.strip_prefix("~").ok()?;
    if rest.as_os_str().is_empty() || item.exists() {
        return None;
    }
    Some(subject.present.home?.join(rest))
}

fn real(subject: &Subject<'_>, item: &Path) -> Option<PathBuf> {
    if item.as_os_str().is_empty() {
        return None;
    }
    let path = expanded(subject, item).unwrap_or_else(|| item.to_owned());
    path.canonicalize().ok()
}

/// The list as it ought to be.
fn mended(subject: &Subject<'_>) -> String {
    let mut seen = Vec::new();
    let mut kept: Vec<OsString> = Vec::new();
    for item in subject.list.unwrap_or_default() {
        if let Some(real) = real(subject, item)
            && !seen.contains(&real)
        {
            seen.push(real);
            let path = expanded(subject, item).unwrap_or_else(|| item.clone());
            kept.push(path.into_os_string());
        }
    }
    std::env::join_paths(kept)
        .map(|list| list.to_string_lossy().into_owned())
        .unwrap_or_default()
}
