//! The first rung, second half: what a context leads to.

use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::User;
use kubeconfig::redact;
use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use kubeconfig::server::ServerError;

use super::catalogue as kind;
use super::diagnose::Case;
use super::files::shown;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use crate::failure::Rung;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Target;

/// Changes a cluster entry.
pub(super) const SET_CLUSTER: &[&str] = &["config", "set-cluster"];

/// How many names a message lists.
const SHOWN: usize = 8;

/// What a context leads to, as far as it does.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) context: String,
    pub(super) cluster: Option<(PathBuf, String, Cluster)>,
    pub(super) user_name: Option<String>,
    pub(super) user: Option<(PathBuf, User)>,
    pub(super) namespace: Option<String>,
    pub(super) server: Option<Server>,
    /// The cluster entry, read; with what kubectl would refuse in it left out, so that the rest is looked at.
    pub(super) target: Option<Target>,
    /// Whether something was left out.
    pub(super) altered: bool,
}

impl Entries {
    pub(super) fn cluster_name(&self) -> &str {
        self.cluster.as_ref().map_or("", |(_, name, _)| name)
    }
}

/// Follows a context through the files.
pub(super) fn follow(case: &Case<'_>, context: Option<&str>, ladder: &mut Ladder) -> Entries {
    let mut entries = Entries::default();
    for finding in &case.files.findings {
        ladder.find(finding.clone());
    }
    let chain = &case.files.kubeconfigs.chain;
    let Some(name) = context else {
        // Where no file could be read, that is the fault.
        if !case.files.findings.iter().any(|finding| finding.breaks) {
            let names = chain.contexts().map(|entry| entry.name);
            let mend = choose(names, |name| {
                case.ours(&["config", "use-context"], &[name], &[])
            });
            let seen = format!("no current-context in {}", files(case));
            ladder.find(Finding::new(&kind::NO_CONTEXT, seen, mend));
        }
        return entries;
    };
    name.clone_into(&mut entries.context);
    let Some(entry) = chain.context(name) else {
        let known: Vec<_> = chain.contexts().map(|entry| entry.name).collect();
        let mend = Mend::hand(match known.as_slice() {
            [] => "take a cluster in: `bowline add FILE`".to_owned(),
            known => format!("name one of these: {}", list(known)),
        });
        let seen = format!("there is no context {} in {}", escape(name), files(case));
        ladder.find(Finding::new(&kind::CONTEXT_UNKNOWN, seen, mend));
        return entries;
    };
    entries.namespace.clone_from(&entry.value.namespace);
    let dangling = |kind, what: &str, missing: &str| {
        let which = if what == "cluster" {
            chain.clusters().map(|e| e.name).collect::<Vec<_>>()
        } else {
            chain.users().map(|e| e.name).collect()
        };
        // One that no context uses was probably meant.
        let used = |other: &&str| {
            chain.contexts().any(|c| {
                let uses = if what == "cluster" {
                    &c.value.cluster
                } else {
                    &c.value.user
                };
                uses == other
            })
        };
        let unused: Vec<_> = which.iter().copied().filter(|name| !used(name)).collect();
        let candidates = if unused.len() == 1 { unused } else { which };
        let mend = choose(candidates, |found| {
            let flag = format!("--{what}={found}");
            case.ours(&["config", "set-context"], &[name], &[&flag])
        });
        let seen = format!(
            "context {} in {}: its {what} {} does not exist",
            escape(name),
            shown(entry.file),
            if missing.is_empty() {
                "\"\"".into()
            } else {
                escape(missing)
            }
        );
        Finding::new(kind, seen, mend)
    };
    if !entry.value.user.is_empty() {
        entries.user_name = Some(entry.value.user.clone());
        match chain.user(&entry.value.user) {
            Some(user) => entries.user = Some((user.file.to_owned(), user.value.clone())),
            None => ladder.find(dangling(&kind::USER_UNKNOWN, "user", &entry.value.user)),
        }
    }
    let Some(cluster) = chain.cluster(&entry.value.cluster) else {
        ladder.find(dangling(
            &kind::CLUSTER_UNKNOWN,
            "cluster",
            &entry.value.cluster,
        ));
        return entries;
    };
    let mut value = cluster.value.clone();
    let named = escape(cluster.name);
    let has_ca = value
        .certificate_authority_data
        .as_ref()
        .is_some_and(|d| !d.is_empty())
        || value
            .certificate_authority
            .as_ref()
            .is_some_and(|path| !path.is_empty());
    if has_ca && value.insecure_skip_tls_verify {
        value.insecure_skip_tls_verify = false;
        entries.altered = true;
        ladder.find(Finding::new(
            &kind::CA_AND_INSECURE,
            format!("cluster {named} has a CA and insecure-skip-tls-verify: true"),
            case.ours(
                SET_CLUSTER,
                &[cluster.name],
                &["--insecure-skip-tls-verify=false"],
            ),
        ));
    }
    match Server::parse(&value.server) {
        Ok(server) => entries.server = Some(server),
        Err(error) => ladder.find(bad_server(case, cluster.name, &value.server, &error)),
    }
    if entries.server.is_some() {
        match Target::read(cluster.file, cluster.name, &value) {
            Ok(target) => entries.target = Some(target),
            Err(error) => ladder.find(bad_ca(case, cluster.name, &error)),
        }
    }
    for (path, finding) in &case.files.exposed {
        let user_file = entries.user.as_ref().map(|(file, _)| file.as_path());
        if path == cluster.file || Some(path.as_path()) == user_file {
            ladder.find(finding.clone());
        }
    }
    let fact = format!(
        "{}: cluster {named}, user {}",
        shown(cluster.file),
        entries.user_name.as_deref().map_or("none".into(), escape)
    );
    entries.cluster = Some((cluster.file.to_owned(), cluster.name.to_owned(), value));
    ladder.ok(Rung::Kubeconfig, fact);
    entries
}

/// A command that names the only candidate, or words that name all.
fn choose<'a>(names: impl IntoIterator<Item = &'a str>, command: impl Fn(&str) -> Mend) -> Mend {
    let names: Vec<_> = names.into_iter().collect();
    match names.as_slice() {
        [] => Mend::hand("take a cluster in: `bowline add FILE`"),
        [only] => command(only),
        several => {
            let typed = command("NAME").command.unwrap_or_default();
            Mend::hand(format!("`{typed}`; there are: {}", list(several)))
        }
    }
}

fn bad_server(case: &Case<'_>, cluster: &str, text: &str, error: &ServerError) -> Finding {
    let seen = format!(
        "cluster {}: {error}: {}",
        escape(cluster),
        escape(&redact::url(text))
    );
    let guess = format!("https://{text}");
    let flag = format!("--server={guess}");
    let mend = if *error == ServerError::Scheme && Server::parse(&guess).is_ok() {
        case.ours(SET_CLUSTER, &[cluster], &[&flag])
    } else {
        let mend = case.ours(SET_CLUSTER, &[cluster], &["--server=https://HOST:PORT"]);
        Mend::hand(format!("`{}`", mend.command.unwrap_or_default()))
    };
    Finding::new(&kind::SERVER_INVALID, seen, mend)
}

fn bad_ca(case: &Case<'_>, cluster: &str, error: &KubeconfigError) -> Finding {
    let kind = match error {
        KubeconfigError::NoCaFile { .. } | KubeconfigError::Read(_) => &kind::CA_FILE_MISSING,
        _ => &kind::CA_UNUSABLE,
    };
    let seen = match error {
        KubeconfigError::Authority { source, .. } => {
            format!("cluster {}: {source}", escape(cluster))
        }
        other => escape(&other.to_string()).into_owned(),
    };
    Finding::new(kind, seen, give_ca(case, cluster))
}

/// The command that puts a CA into an entry.
pub(super) fn give_ca(case: &Case<'_>, cluster: &str) -> Mend {
    let mend = case.ours(
        SET_CLUSTER,
        &[cluster],
        &["--certificate-authority=FILE", "--embed-certs=true"],
    );
    Mend::here(mend.command.unwrap_or_default()).and(
        "FILE is the cluster's CA certificate; on a MicroK8s node it is /var/snap/microk8s/current/certs/ca.crt",
    )
}

fn files(case: &Case<'_>) -> String {
    escape(&case.files.kubeconfigs.files()).into_owned()
}

fn list(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape(name)).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
