//! The smallest edits that a decision asks for, in every file that holds the same stale entry.

use std::path::PathBuf;

use identity::PINNED_NAME;
use identity::pin::Satisfied;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::server::Host;
use kubeconfig::server::Server;

use super::decide::Decision;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// What will change.
#[derive(Debug, Default)]
pub struct Plan {
    /// One for each file that changes.
    pub changes: Vec<Change>,
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

/// Plans what a decision asks for; `name` is the DNS name to write in place of an address (`--by-name`).
///
/// # Errors
/// [`PlanError`] names the file and why it cannot be edited (for example an entry shared by an alias).
pub fn plan(
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    decision: &Decision,
    name: Option<&str>,
) -> Result<Plan, PlanError> {
    let (candidate, proof, moved) = match decision {
        Decision::Works(answer) | Decision::NeedsName(answer) => (&answer.0, &answer.1, false),
        Decision::Moved(answer) => (&answer.0, &answer.1, true),
        Decision::Failover(_)
        | Decision::Ambiguous(_)
        | Decision::Unproven(_)
        | Decision::NotFollowed(_)
        | Decision::Lost => return Ok(Plan::default()),
    };
    let server = match name {
        Some(name) => Some(with_port(
            target.server.with_host(Host::Name(name.to_owned())),
            candidate.address.port(),
        )),
        None if moved => {
            let server = target.server.with_address(candidate.address.ip());
            Some(with_port(server, candidate.address.port()))
        }
        None => None,
    };
    let pin = match &proof.name {
        Satisfied::Cluster if server.is_some() || matches!(decision, Decision::NeedsName(_)) => {
            Some(PINNED_NAME)
        }
        // The host was the name that kubectl checked; it goes, the check stays.
        Satisfied::Host(host) if server.is_some() => Some(host.as_str()),
        Satisfied::Cluster
        | Satisfied::Host(_)
        | Satisfied::Explicit(_)
        | Satisfied::Address(_) => None,
    };
    let mut plan = Plan::default();
    for (path, document) in kubeconfigs.chain.members() {
        let mut edits = Vec::new();
        for entry in &document.config().clusters {
            let Ok(same) = Target::read(path, &entry.name, &entry.value) else {
                continue;
            };
            if !is_same_entry(target, &same) {
                continue;
            }
            if let Some(server) = &server {
                edits.push(Edit::SetServer {
                    cluster: entry.name.clone(),
                    server: server.to_string(),
                });
            }
            let unnamed = entry
                .value
                .tls_server_name
                .as_deref()
                .unwrap_or_default()
                .is_empty();
            if let Some(pin) = pin.filter(|_| unnamed) {
                edits.push(Edit::SetTlsServerName {
                    cluster: entry.name.clone(),
                    name: pin.to_owned(),
                });
            }
        }
        if !edits.is_empty() {
            let change = change(path.clone(), document, edits)?;
            plan.changes
                .extend((change.before != change.after).then_some(change));
        }
    }
    Ok(plan)
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
        }),
        Err(source) => Err(PlanError { path, source }),
    }
}

/// The same cluster (CA key) at the same stale server: copies of one entry, whatever their names.
pub(super) fn is_same_entry(target: &Target, other: &Target) -> bool {
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
    let same_server =
        target.server.host == other.server.host && target.server.port == other.server.port;
    same_server
        && ours.keys() == theirs.keys()
        && other.cluster.proxy_url == target.cluster.proxy_url
}
