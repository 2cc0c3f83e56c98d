//! The smallest edits that a decision asks for, in every file that holds the same stale entry.

use std::path::PathBuf;

use identity::PINNED_NAME;
use identity::Proof;
use identity::pin::Satisfied;
use kubeconfig::Cluster;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::redact;
use kubeconfig::server::Host;
use kubeconfig::server::Server;

use super::copies::Copies;
use super::decide::Decision;
use crate::followable::Followable;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Record;
use crate::settings::Settings;
use crate::state::Question;
use crate::state::State;

/// What will change.
#[derive(Debug, Default)]
pub struct Plan {
    /// One for each file that changes.
    pub changes: Vec<Change>,
    /// What may have to change and cannot be changed safely, with the reason.
    pub left: Vec<String>,
}

/// What will change in one file.
#[derive(Debug)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// The edits.
    pub edits: Vec<Edit>,
    /// The file's bytes when the plan was made.
    pub before: Vec<u8>,
    /// What they would be.
    pub after: Vec<u8>,
    /// Whether the file is beside the chain: then it keeps no other from being changed.
    pub beside: bool,
}

/// Why a file cannot be edited.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .path.display())]
pub struct PlanError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: EditError,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Plans what a decision asks for, in the chain and in the copies beside it; `name` is the DNS name to write in
/// place of an address (`--by-name`).
///
/// # Errors
/// [`PlanError`] names the file of the chain and why it cannot be edited (for example an entry shared by an alias).
pub fn plan(
    settings: &Settings,
    kubeconfigs: &Kubeconfigs,
    state: &State,
    copies: &Copies,
    target: &Target,
    decision: &Decision,
    name: Option<&str>,
) -> Result<Plan, PlanError> {
    let (candidate, proof, moved) = match decision {
        Decision::Works(answer) | Decision::NeedsName(answer) => (&answer.0, &answer.1, false),
        Decision::Moved(answer) => (&answer.0, &answer.1, true),
        Decision::Failover(_)
        | Decision::NeedsNameUnwritten(..)
        | Decision::Ambiguous(_)
        | Decision::Unproven(_)
        | Decision::NotFollowed(_)
        | Decision::Lost => return Ok(Plan::default()),
    };
    let Trust::Authority { authority, .. } = &target.trust else {
        return Ok(Plan::default());
    };
    let hinted = settings.hints(&target.name).shared_ca;
    let record = Record::of(target, authority, kubeconfigs, state, hinted);
    let disputed = record.shared && is_disputed(kubeconfigs, state, target, &record, proof);
    let mut plan = Plan::default();
    let chain = kubeconfigs.chain.members().iter();
    let members = chain.map(|member| (member, false));
    let beside = copies.members.iter().map(|member| (member, true));
    for ((path, document), beside) in members.chain(beside) {
        let mut edits = Vec::new();
        for entry in &document.config().clusters {
            let older = copies.is_older(path, &entry.name);
            // Before the CA is parsed: most of ten thousand entries are somewhere else.
            if !older && !is_same_place(target, &entry.value) {
                continue;
            }
            let Ok(same) = Target::read(path, &entry.name, &entry.value) else {
                continue;
            };
            let hints = settings.hints(&entry.name);
            let judged = Followable::of(&entry.value, &same.server, &hints);
            let own = same.file == target.file && same.name == target.name;
            // What is not followed may go along with its like, and is not improved unasked.
            let kept = judged != Followable::Yes && !moved && name.is_none() && !own;
            if kept
                || judged == Followable::Forbidden
                || !is_same_entry(target, &same)
                || wants_another(target, &same, proof)
                || (!own && record.is_another(&same, state, proof))
            {
                continue;
            }
            if disputed && !own && !is_owned(&same, state) {
                let name = redact::escape(&same.name);
                plan.left.push(format!(
                    "{}: cluster {name}: two clusters of its CA had this address, and nothing says which one it is",
                    path.display()
                ));
                continue;
            }
            // From the entry's own server: copies may be spelt differently.
            let server = match name {
                Some(name) => Some(same.server.with_host(Host::Name(name.to_owned()))),
                None if moved || older => Some(same.server.with_address(candidate.address.ip())),
                None => None,
            };
            let unnamed = same.pin().explicit.is_none();
            let pin = pin(proof, &same, server.is_some()).filter(|_| unnamed);
            if let Some(server) = server {
                let server = with_port(server, candidate.address.port());
                edits.push(Edit::SetServer {
                    cluster: entry.name.clone(),
                    server: server.to_string(),
                });
            }
            if let Some(pin) = pin {
                edits.push(Edit::SetTlsServerName {
                    cluster: entry.name.clone(),
                    name: pin,
                });
            }
        }
        if !edits.is_empty() {
            match change(path.clone(), document, edits) {
                Ok(change) if change.before == change.after => {}
                Ok(change) => plan.changes.push(Change { beside, ..change }),
                Err(error) if beside => plan.left.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(plan)
}

/// Whether an entry of the chain at the same server is another cluster of the CA: then an address says of no other
/// entry which one it is.
fn is_disputed(
    kubeconfigs: &Kubeconfigs,
    state: &State,
    target: &Target,
    record: &Record,
    proof: &Proof,
) -> bool {
    let chain = kubeconfigs.chain.members().iter();
    let mut there = chain.flat_map(|(path, document)| {
        let clusters = document.config().clusters.iter();
        let there = clusters.filter(|entry| is_same_place(target, &entry.value));
        there.filter_map(|entry| Target::read(path, &entry.name, &entry.value).ok())
    });
    there.any(|other| is_same_entry(target, &other) && record.is_another(&other, state, proof))
}

fn is_owned(entry: &Target, state: &State) -> bool {
    Question::of(entry).is_some_and(|question| state.owner(&question).is_some())
}

/// The `tls-server-name` that an entry without one needs, once its host changes or is not what the
/// certificate carries. A DNS host that verified goes on being checked under its own name.
pub(crate) fn pin(proof: &Proof, entry: &Target, host_changes: bool) -> Option<String> {
    if !host_changes && proof.leaf.is_valid_host(&entry.pin().host) {
        return None;
    }
    match &proof.name {
        Satisfied::Host(host) => Some(host.clone()),
        _ if proof.leaf.carries_cluster_names() => Some(PINNED_NAME.to_owned()),
        Satisfied::Explicit(name) => Some(name.clone()),
        Satisfied::Cluster | Satisfied::Address(_) => None,
    }
}

fn with_port(mut server: Server, port: u16) -> Server {
    server.port = port;
    server
}

fn change(path: PathBuf, document: &Document, edits: Vec<Edit>) -> Result<Change, PlanError> {
    match document.edit(&edits) {
        Ok(after) => Ok(Change {
            path,
            edits,
            before: document.bytes().to_vec(),
            after,
            beside: false,
        }),
        Err(source) => Err(PlanError { path, source }),
    }
}

/// The same cluster (CA key), for entries at the same server: copies of one entry, whatever their names.
fn is_same_entry(target: &Target, other: &Target) -> bool {
    let (
        Trust::Authority {
            authority: ours, ..
        },
        Trust::Authority {
            authority: theirs, ..
        },
    ) = (&target.trust, &other.trust)
    else {
        return false;
    };
    ours.keys() == theirs.keys() && other.cluster.proxy_url == target.cluster.proxy_url
}

/// Whether an entry wants a name of the certificate that was not proved: behind a proxy that goes by names, another
/// name at the same address is another cluster.
fn wants_another(target: &Target, other: &Target, proof: &Proof) -> bool {
    let Some(name) = other.pin().explicit else {
        return false;
    };
    let address = name.parse().ok();
    let carried = proof.leaf.carries(&name)
        || address.is_some_and(|address| proof.leaf.addresses.contains(&address));
    !carried && target.pin().explicit != Some(name)
}

/// The same server, however it is spelt.
fn is_same_place(target: &Target, cluster: &Cluster) -> bool {
    // The path too: a proxy in front of several clusters tells them apart by it.
    let place = |server: &Server| {
        let path = server.path.trim_end_matches('/').to_owned();
        (server.host.clone(), server.port, path)
    };
    Server::parse(&cluster.server).is_ok_and(|server| place(&server) == place(&target.server))
}
