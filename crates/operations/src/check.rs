//! Is the entry's own server the cluster?

use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use identity::Limits;
use identity::ProbeError;
use identity::Proof;
use kubeconfig::server::Host;
use locate::Candidate;
use locate::Source;
use locate::dns::Resolve;
use tokio::time::timeout;

use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::proxies::Proxies;
use crate::world::World;

/// How a check of an entry's own server ended.
#[derive(Debug)]
pub enum Checked {
    /// One of its addresses is the cluster.
    Proved(Candidate, Box<Proof>),
    /// None is; each with its reason.
    Failed(Vec<(Candidate, ProbeError)>),
    /// Its name has no address; the resolver's text.
    Unresolved(String),
    /// There is nothing to prove it by.
    Unprovable(&'static str),
}

impl Checked {
    /// Whether nothing answered: what answers and is refused is there.
    pub fn is_silent(&self) -> bool {
        match self {
            Self::Failed(reasons) => reasons.iter().all(|(_, error)| is_silence(error)),
            Self::Unresolved(_) => true,
            Self::Proved(..) | Self::Unprovable(_) => false,
        }
    }
}

/// Whether a probe failed because nothing answered.
pub fn is_silence(error: &ProbeError) -> bool {
    matches!(
        error,
        ProbeError::Refused | ProbeError::ConnectTimedOut(_) | ProbeError::Unreachable(_)
    )
}

/// Probes the addresses of the entry's server, all at once; the first proof counts.
pub async fn check(world: &World, target: &Target, limits: &Limits) -> Checked {
    if let Some(why) = unprovable(target, &world.proxies) {
        return Checked::Unprovable(why);
    }
    let own = match own_candidates(target, world.resolver.as_ref()).await {
        Ok(own) => own,
        Err(reason) => return Checked::Unresolved(reason),
    };
    let resolver = std::sync::Arc::clone(&world.resolver);
    let search = locate::Search::nothing(target.server.port, resolver);
    let policy = locate::Policy {
        deadline: limits.total + Duration::from_millis(50),
        ..locate::Policy::default()
    };
    let mut outcome = locate::race(&own, &search, &policy, |address, own| {
        probe(target, address, own, limits)
    })
    .await;
    if outcome.accepted.is_empty() {
        let unfinished = outcome.unfinished.into_iter();
        let hung = |candidate| {
            (
                candidate,
                ProbeError::Hung {
                    after: limits.total,
                    stage: "TLS",
                },
            )
        };
        outcome.rejected.extend(unfinished.map(hung));
        return Checked::Failed(outcome.rejected);
    }
    let (candidate, proof) = outcome.accepted.swap_remove(0);
    Checked::Proved(candidate, Box::new(proof))
}

/// Whether the identity of an entry's server cannot be proved at all.
pub fn is_unprovable(target: &Target, proxies: &Proxies) -> bool {
    unprovable(target, proxies).is_some()
}

/// Why the identity of an entry's server cannot be proved at all, if so.
pub(crate) fn unprovable(target: &Target, proxies: &Proxies) -> Option<&'static str> {
    if target
        .cluster
        .proxy_url
        .as_deref()
        .is_some_and(|url| !url.is_empty())
    {
        return Some("it is reached through a proxy, where bowline does not look");
    }
    if proxies.apply_to(&target.server) {
        return Some(
            "HTTPS_PROXY stands before it, where bowline does not look (NO_PROXY excepts servers)",
        );
    }
    match target.trust {
        Trust::Authority { .. } => None,
        Trust::Insecure => Some("insecure-skip-tls-verify: any server passes for it"),
        Trust::System => Some("it has no CA of its own"),
        Trust::Plain => Some("plain http: there is nothing to prove it by"),
    }
}

/// The addresses that the entry's server stands for.
pub(crate) async fn own_candidates(
    target: &Target,
    resolver: &dyn Resolve,
) -> Result<Vec<Candidate>, String> {
    let candidate = |address: IpAddr| {
        Candidate::new(SocketAddr::new(address, target.server.port), Source::Entry)
    };
    match &target.server.host {
        Host::Ip(address) => Ok(vec![candidate(*address)]),
        Host::Name(name) => {
            let limit = Source::Entry.facts().limit;
            match timeout(limit, resolver.resolve(name.clone())).await {
                Ok(Ok(addresses)) if addresses.is_empty() => Err(format!("{name} has no address")),
                Ok(Ok(addresses)) => Ok(addresses
                    .into_iter()
                    .map(|a| candidate(a).named(name.clone()))
                    .collect()),
                Ok(Err(error)) => Err(format!("{name}: {error}")),
                Err(_) => Err(format!(
                    "{name}: the resolver did not answer within {} s",
                    limit.as_secs_f32()
                )),
            }
        }
    }
}

/// One probe on behalf of an entry.
pub(crate) async fn probe(
    target: &Target,
    address: SocketAddr,
    own: bool,
    limits: &Limits,
) -> Result<Proof, ProbeError> {
    match &target.trust {
        Trust::Authority { authority, .. } => {
            identity::probe(
                address,
                authority,
                &target.pin(),
                &target.server.path,
                own,
                limits,
            )
            .await
        }
        // Never reached: `unprovable` is asked first. It is still an answer, not a panic.
        Trust::Insecure | Trust::System | Trust::Plain => {
            Err(ProbeError::Tls("there is no CA to prove it by".to_owned()))
        }
    }
}
