//! Who can read credentials.

use kubeconfig::Document;
use machines::Entry;
use machines::Kind;
use machines::argument;

use super::Evidence;
use super::Rule;
use super::Subject;
use crate::paths;
use crate::severity::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "credentials-readable",
        severity: Severity::High,
        title: "Credentials of the node are readable beyond its group",
        consequence: "Who reads them is cluster administrator; with ca.key, can make new ones.",
        remedy: "",
        fixable: false,
        check: readable,
    },
    Rule {
        id: "kubeconfig-readable",
        severity: Severity::Medium,
        title: "A copied kubeconfig is readable by others",
        consequence: "`microk8s config > FILE` leaves the mode to the shell, mostly 0644: every user of the machine can take the credential.",
        remedy: "",
        fixable: true,
        check: copied,
    },
];

/// Files that let their reader in: kubeconfigs, tokens, keys.
fn is_secret(path: &str) -> bool {
    let Some(rest) = path.strip_prefix(paths::DATA) else {
        // Older revisions: snapd keeps their files with their modes.
        return path.starts_with(paths::REVISIONS) && path.contains("/credentials/");
    };
    let key = std::path::Path::new(rest)
        .extension()
        .is_some_and(|extension| extension == "key");
    rest.contains("/credentials/") || key
}

/// Who can read an entry besides root and the snap's group; `None` when nobody.
fn beyond(subject: &Subject<'_>, entry: &Entry) -> Option<&'static str> {
    let mode = entry.mode?;
    let owner = entry.owner.as_ref().map(|owner| owner.id);
    let group = entry.group.as_ref();
    let trusted = group.is_none_or(|group| {
        group.id == 0 || matches!(group.name.as_deref(), Some("microk8s" | "snap_microk8s"))
    });
    let hardened = subject.node.locks.has("cis-hardening");
    if mode & 0o004 != 0 {
        Some("everybody")
    } else if mode & 0o040 != 0 && !trusted {
        Some("another group")
    } else if owner.is_some_and(|id| id != 0) && mode & 0o400 != 0 {
        Some("another owner")
    } else if hardened && mode & 0o040 != 0 && group.is_some_and(|group| group.id != 0) {
        Some("the group, on a hardened node")
    } else {
        None
    }
}

fn shown(path: &str, entry: &Entry, who: &str) -> String {
    let name = |owner: &Option<machines::Owner>| match owner {
        Some(owner) => owner.name.clone().unwrap_or_else(|| owner.id.to_string()),
        None => "?".to_owned(),
    };
    let mode = entry.mode.unwrap_or_default();
    format!(
        "{path}: {who} ({mode:04o} {}:{})",
        name(&entry.owner),
        name(&entry.group)
    )
}

fn readable(subject: &Subject<'_>) -> Vec<Evidence> {
    let files = subject.tree.entries.iter();
    files
        .filter(|(path, entry)| {
            is_secret(path)
                && !matches!(entry.kind, Kind::Folder | Kind::Link(_))
                && !is_same_revision(subject, path)
        })
        .filter_map(|(path, entry)| {
            let who = beyond(subject, entry)?;
            let group = subject.node.group();
            let path_shown = argument(path);
            let remedy = if subject.node.locks.has("cis-hardening") {
                format!("sudo chown root:root {path_shown} && sudo chmod 0600 {path_shown}")
            } else {
                format!("sudo chown root:{group} {path_shown} && sudo chmod 0660 {path_shown}")
            };
            let evidence = Evidence::new(path.as_str(), shown(path, entry, who)).remedy(remedy);
            // A folder that nobody may enter keeps others out, until somebody opens it.
            Some(if closed_above(subject, path) {
                evidence.severity(Severity::Low)
            } else {
                evidence
            })
        })
        .collect()
}

/// The revision that runs is in the tree twice, by its number and as `current`.
fn is_same_revision(subject: &Subject<'_>, path: &str) -> bool {
    subject.node.revision.is_some() && path.starts_with(&format!("{}/", subject.node.data))
}

fn closed_above(subject: &Subject<'_>, path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else {
        return false;
    };
    let entry = subject.tree.entries.get(folder);
    entry.is_some_and(|entry| {
        matches!(entry.kind, Kind::Folder) && entry.mode.is_some_and(|mode| mode & 0o001 == 0)
    })
}

fn copied(subject: &Subject<'_>) -> Vec<Evidence> {
    let files = subject.tree.entries.iter();
    files
        .filter(|(path, _)| path.ends_with("/.kube/config"))
        .filter_map(|(path, entry)| {
            let Kind::File(bytes) = &entry.kind else {
                return None;
            };
            let open = entry.mode? & 0o077;
            if open & 0o044 == 0 || !holds_credentials(bytes) {
                return None;
            }
            let everybody = open & 0o004 != 0;
            let who = if everybody { "everybody" } else { "its group" };
            let evidence = Evidence::new(path.as_str(), shown(path, entry, who))
                .remedy(format!("sudo chmod 0600 {}", argument(path)));
            Some(if everybody {
                evidence.severity(Severity::High)
            } else {
                evidence
            })
        })
        .collect()
}

/// Whether a kubeconfig lets anyone in. One that cannot be read may.
fn holds_credentials(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes.to_vec()) else {
        return !bytes.is_empty();
    };
    document.config().users.iter().any(|user| {
        let user = &user.value;
        user.token.is_some() || user.password.is_some() || user.client_key_data.is_some()
    })
}
