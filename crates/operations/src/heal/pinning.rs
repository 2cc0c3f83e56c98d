//! `heal --pin`: an identity for an entry that accepts anybody (`insecure-skip-tls-verify`).
//!
//! Such an entry is never followed: at any address, any server would pass for its cluster. Where the cluster was
//! proved before, or the entry has a CA beside the flag, that is its identity still. Otherwise what its server
//! shows now is taken on trust, once, if the user says so. Either way the result is written as what every client
//! enforces: CA data and a name.

use std::net::SocketAddr;

use identity::Authority;
use identity::Leaf;
use identity::Limits;
use identity::ProbeError;
use identity::Proof;
use identity::SpkiHash;
use identity::inspect;
use identity::inspect::Shown;
use kubeconfig::Cluster;
use kubeconfig::Edit;
use kubeconfig::Named;
use kubeconfig::redact::escape;

use super::plan::Change;
use super::plan::Plan;
use super::plan::PlanError;
use super::plan::pin;
use crate::authorities;
use crate::check::own_candidates;
use crate::followable::Followable;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::kubeconfigs::ca_data;
use crate::state::State;
use crate::world::World;

/// An identity that can be written.
#[derive(Debug)]
pub struct Pinning {
    /// The entry as it would be.
    pub target: Target,
    /// The server, proved by what would be written.
    pub proof: Proof,
    /// Where the identity comes from.
    pub origin: Origin,
    /// Whether the certificate itself is written, which ends when the server gets another one.
    pub alone: bool,
}

/// Where an identity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The entry has a CA beside the flag.
    Entry,
    /// It was proved at this server before.
    Remembered,
    /// The server says so now, for the first time.
    FirstSight,
}

/// Why no identity can be written.
#[derive(Debug, thiserror::Error)]
pub enum PinningError {
    /// There is nothing to do.
    #[error("it has a CA already, and no insecure-skip-tls-verify: nothing is to be pinned")]
    Secure,
    /// There is no TLS.
    #[error("its server is plain http: there is no certificate to pin")]
    Plain,
    /// It is verified by the system's CAs.
    #[error(
        "it is verified by the system's CAs, and has no insecure-skip-tls-verify: nothing is to be pinned"
    )]
    System,
    /// What is behind a proxy is not seen from here.
    #[error("it is reached through a proxy, where bowline does not look")]
    Proxy,
    /// The entry cannot be read.
    #[error(transparent)]
    Entry(#[from] KubeconfigError),
    /// Its name has no address.
    #[error("{0}")]
    Unresolved(String),
    /// Nobody can be seen there.
    #[error("its server shows no certificate: {address}: {source}")]
    NotSeen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: ProbeError,
    },
    /// What answers is something else.
    #[error("{0} does not answer as an API server does: not pinned")]
    NotAnApiServer(SocketAddr),
    /// Another cluster than the one on record.
    #[error(
        "refused: {address} cannot be proved to be the cluster that is known there: {source}. It shows the key {shown}"
    )]
    Contradicts {
        /// Where.
        address: SocketAddr,
        /// What is wrong with it.
        source: ProbeError,
        /// The key that it shows.
        shown: SpkiHash,
    },
    /// The certificate can be held to nothing.
    #[error("the certificate at {address} cannot be pinned: {why}")]
    Unfit {
        /// Where.
        address: SocketAddr,
        /// Why.
        why: String,
    },
}

/// Finds an identity for an entry; changes nothing, and sends nothing secret. `expected` is the key that the user
/// says the server has.
///
/// # Errors
/// [`PinningError`].
pub async fn look(
    world: &World,
    state: &State,
    target: &Target,
    expected: Option<&SpkiHash>,
    limits: &Limits,
) -> Result<Pinning, PinningError> {
    match &target.trust {
        Trust::Insecure => {}
        Trust::Authority { .. } => return Err(PinningError::Secure),
        Trust::System => return Err(PinningError::System),
        Trust::Plain => return Err(PinningError::Plain),
    }
    let hints = world.settings.hints(&target.name);
    let proxied = Followable::of(&target.cluster, &target.server, &hints) == Followable::Proxy;
    if proxied || world.proxies.apply_to(&target.server) {
        return Err(PinningError::Proxy);
    }
    let candidates = own_candidates(target, world.resolver.as_ref())
        .await
        .map_err(PinningError::Unresolved)?;
    let mut failure = None;
    for candidate in candidates {
        let address = candidate.address;
        let pin = target.pin();
        let version = format!("{}/version", target.server.path.trim_end_matches('/'));
        let seen = inspect(address, pin.sni(), &version, limits).await;
        let source = match seen {
            Ok(stranger) => match stranger.certificate {
                Some(shown) => {
                    let speaks = stranger.said.is_some_and(|said| said.api.is_some());
                    let seen = Seen {
                        address,
                        shown,
                        speaks,
                    };
                    return judge(world, state, target, &seen, expected, limits).await;
                }
                None => ProbeError::Tls("it speaks in the clear".to_owned()),
            },
            Err(source) => source,
        };
        failure = failure.or(Some(PinningError::NotSeen { address, source }));
    }
    Err(failure
        .unwrap_or_else(|| PinningError::Unresolved(format!("{} has no address", target.server))))
}

/// What a server shows, believed by nobody.
struct Seen {
    address: SocketAddr,
    shown: Shown,
    /// Whether it answers as an API server does.
    speaks: bool,
}

async fn judge(
    world: &World,
    state: &State,
    target: &Target,
    seen: &Seen,
    expected: Option<&SpkiHash>,
    limits: &Limits,
) -> Result<Pinning, PinningError> {
    let address = seen.address;
    let known = known(world, state, target, address)?;
    let contradiction = match known {
        // Who names the very key knows better than any record: the cluster was set up anew.
        Some(_) if expected == Some(&seen.shown.leaf.key) => {
            return first_sight(target, seen, limits).await;
        }
        Some((origin, pem)) => match proved(target, &pem, seen, limits).await {
            Ok((target, proof)) => {
                return Ok(Pinning {
                    target,
                    proof,
                    origin,
                    alone: false,
                });
            }
            Err(Unproved::Probe(source)) => PinningError::Contradicts {
                address,
                source,
                shown: seen.shown.leaf.key,
            },
            Err(Unproved::Unfit(why)) => PinningError::Unfit { address, why },
        },
        None if !seen.speaks => PinningError::NotAnApiServer(address),
        None => return first_sight(target, seen, limits).await,
    };
    Err(contradiction)
}

/// What its server shows, taken on trust.
async fn first_sight(
    target: &Target,
    seen: &Seen,
    limits: &Limits,
) -> Result<Pinning, PinningError> {
    let address = seen.address;
    let unfit = |why: String| PinningError::Unfit { address, why };
    let pem = seen
        .shown
        .certificate()
        .ok_or_else(|| unfit("there is none".to_owned()))?;
    // What CA the entry has is that of the cluster that was there before.
    let bare = Target {
        cluster: Cluster {
            certificate_authority: None,
            certificate_authority_data: None,
            ..target.cluster.clone()
        },
        ..target.clone()
    };
    match proved(&bare, pem.as_bytes(), seen, limits).await {
        Ok((target, proof)) => Ok(Pinning {
            target,
            proof,
            origin: Origin::FirstSight,
            alone: seen.shown.is_alone(),
        }),
        Err(Unproved::Probe(error)) => Err(unfit(error.to_string())),
        Err(Unproved::Unfit(why)) => Err(unfit(why)),
    }
}

/// The identity that is known for an entry: its own CA, else that of the cluster that was proved at the address.
fn known(
    world: &World,
    state: &State,
    target: &Target,
    address: SocketAddr,
) -> Result<Option<(Origin, Vec<u8>)>, PinningError> {
    if let Some(own) = ca_data(&target.file, &target.name, &target.cluster)? {
        return Ok(Some((Origin::Entry, own)));
    }
    let remembered = state
        .cluster_at(address)
        .and_then(|key| authorities::certificate(&world.state_file, key));
    Ok(remembered.map(|pem| (Origin::Remembered, pem.into_bytes())))
}

enum Unproved {
    Probe(ProbeError),
    Unfit(String),
}

/// The entry with this CA, a name that its server's certificate carries, and no flag; and the proof that its
/// server passes so.
async fn proved(
    target: &Target,
    ca: &[u8],
    seen: &Seen,
    limits: &Limits,
) -> Result<(Target, Proof), Unproved> {
    let authority = Authority::from_pem(ca).map_err(|error| Unproved::Unfit(error.to_string()))?;
    let mut entry = target.pin();
    let weak = entry.explicit.is_none()
        && !seen.shown.leaf.carries_cluster_names()
        && !seen.shown.leaf.is_valid_host(&entry.host);
    if weak {
        entry.explicit = Some(own_name(&seen.shown.leaf).ok_or_else(|| {
            Unproved::Unfit("it carries no name, and Go accepts none without".to_owned())
        })?);
    }
    let base = &target.server.path;
    let proof = identity::probe(seen.address, &authority, &entry, base, true, limits)
        .await
        .map_err(Unproved::Probe)?;
    let mut cluster = Cluster {
        insecure_skip_tls_verify: false,
        ..target.cluster.clone()
    };
    if has_no_ca(&cluster) {
        cluster.certificate_authority_data = Some(ca.to_vec());
    }
    let mut pinned = Target {
        trust: Trust::Authority {
            authority,
            pem: ca.to_vec(),
        },
        cluster,
        ..target.clone()
    };
    if target.pin().explicit.is_none() {
        pinned.cluster.tls_server_name = entry.explicit.or_else(|| pin(&proof, target, true));
    }
    Ok((pinned, proof))
}

fn has_no_ca(cluster: &Cluster) -> bool {
    let no_data = cluster
        .certificate_authority_data
        .as_ref()
        .is_none_or(Vec::is_empty);
    no_data
        && cluster
            .certificate_authority
            .as_deref()
            .unwrap_or_default()
            .is_empty()
}

/// A name of the certificate by which a server can be held to it: its first DNS name that says something, else
/// an address.
fn own_name(leaf: &Leaf) -> Option<String> {
    let said = |name: &&String| !name.contains('*') && !name.eq_ignore_ascii_case("localhost");
    let named = leaf.dns_names.iter().find(said).cloned();
    named.or_else(|| leaf.addresses.first().map(ToString::to_string))
}

/// The change of the entry's file.
///
/// # Errors
/// [`PlanError`] when the file cannot be edited safely.
pub fn plan(kubeconfigs: &Kubeconfigs, pinning: &Pinning) -> Result<Plan, PlanError> {
    let target = &pinning.target;
    let members = kubeconfigs.chain.members().iter();
    let mut plan = Plan::default();
    for (path, document) in members.filter(|(path, _)| *path == target.file) {
        let entry = Named::new(target.name.clone(), target.cluster.clone());
        let edits = vec![Edit::PutCluster(entry)];
        let after = document.edit(&edits).map_err(|source| PlanError {
            path: path.clone(),
            source,
        })?;
        plan.changes.push(Change {
            path: path.clone(),
            edits,
            before: document.bytes().to_vec(),
            after,
            beside: false,
        });
    }
    Ok(plan)
}

impl Pinning {
    /// The keys by which the user may know the server: its own, and that of its CA.
    pub fn keys(&self) -> [SpkiHash; 2] {
        [self.proof.leaf.key, self.proof.authority]
    }

    /// One line for people that says whose word it is.
    pub fn says(&self, context: &str) -> String {
        let context = escape(context);
        let address = self.proof.address;
        let key = self.proof.leaf.key;
        match self.origin {
            Origin::Entry => format!(
                "{context}: {address} is proved by the CA that the entry has beside insecure-skip-tls-verify"
            ),
            Origin::Remembered => format!(
                "{context}: {address} is the cluster that was proved there before, by its CA key {}",
                self.proof.authority
            ),
            Origin::FirstSight => {
                format!("{context}: {address} shows the key {key}, and nothing is known of it yet")
            }
        }
    }
}
