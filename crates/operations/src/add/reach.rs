//! Finds the address at which a machine's cluster answers and proves itself. What the machine's own file
//! says is an address of its own loopback.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use identity::Limits;
use identity::ProbeError;
use identity::Proof;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;
use kubeconfig::server::Server;
use locate::Candidate;
use locate::Policy;
use locate::Search;
use locate::Source;
use machines::Machine;
use machines::Place;

use super::At;
use crate::check;
use crate::heal::decide::same_subnet;
use crate::kubeconfigs::Target;
use crate::world::World;

/// Where to look.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// What the entry itself says; it stays where it proves itself.
    pub(crate) own: Vec<Candidate>,
    /// Where it may be otherwise.
    pub(crate) others: Vec<Candidate>,
    /// Names to resolve.
    pub(crate) names: Vec<String>,
    /// What could not be asked, with the reason.
    pub(crate) failed: Vec<(String, String)>,
}

impl Claims {
    /// Takes the addresses of an entry's server for its own.
    pub(crate) async fn own_of(&mut self, world: &World, entry: &Target) {
        match check::own_candidates(entry, world.resolver.as_ref()).await {
            Ok(own) => self.own = own,
            Err(reason) => self.failed.push((entry.server.to_string(), reason)),
        }
    }

    /// Whether an entry's server is one of the places.
    pub(crate) fn name(&self, entry: &Target) -> bool {
        let address = entry.literal();
        let at = |candidate: &Candidate| {
            Some(candidate.address.ip()) == address && candidate.address.port() == entry.server.port
        };
        self.others.iter().chain(&self.own).any(at)
    }
}

/// Why no address can be written.
#[derive(Debug)]
pub(crate) enum Unreached {
    /// None was proved. Each with the reason, in words.
    Nobody {
        /// What was tried.
        tried: Vec<(String, String)>,
        /// Whether something answered that is not the cluster.
        somebody: bool,
    },
    /// Several nodes answer.
    Several(Vec<SocketAddr>),
}

/// Whether a server is what a machine calls itself; k0s writes `localhost`. The rest of 127.0.0.0/8 has to
/// be chosen on purpose.
pub(crate) fn is_loopback(server: &Server) -> bool {
    match &server.host {
        Host::Ip(IpAddr::V4(address)) => *address == Ipv4Addr::LOCALHOST,
        Host::Ip(IpAddr::V6(address)) => address.is_loopback(),
        Host::Name(name) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Collects the claims for what was fetched from a machine; `target` is what its file says.
pub(crate) async fn claims(
    world: &World,
    machine: Option<&Machine>,
    at: &[At],
    target: &Target,
) -> Claims {
    let port = target.server.port;
    let mut claims = Claims::default();
    if !at.is_empty() {
        let here = |at: &At| SocketAddr::new(at.address, at.port.unwrap_or(port));
        let here = at.iter().map(here);
        claims.others = here
            .map(|address| Candidate::new(address, Source::At))
            .collect();
        return claims;
    }
    let Some(machine) = machine else {
        return claims;
    };
    // A server that is no loopback address means the same everywhere; on this machine, and from Windows to
    // its WSL, loopback does too.
    let here = matches!(machine.place(), Place::Local | Place::Wsl(_));
    if here || !is_loopback(&target.server) {
        claims.own_of(world, target).await;
    }
    if let Some(host) = machine.place().ssh_host() {
        match host.parse::<IpAddr>() {
            Ok(address) => claims.others.push(claim(address, port)),
            Err(_) => claims.names.push(host.to_owned()),
        }
    }
    // A folder is no machine, and this machine's other addresses are only worth asking when its own fails.
    if !matches!(machine.place(), Place::Folder(_)) {
        match locate::machine::collect(machine).await {
            Ok(addresses) => {
                let addresses = addresses.into_iter();
                claims
                    .others
                    .extend(addresses.map(|address| claim(address, port)));
            }
            Err(reason) => claims
                .failed
                .push(("its addresses".to_owned(), escape(&reason).into_owned())),
        }
    }
    claims
}

fn claim(address: IpAddr, port: u16) -> Candidate {
    Candidate::new(SocketAddr::new(address, port), Source::Machine)
}

/// Probes them all. `target` says by which CA and name; `old` is the address that the entry has.
pub(crate) async fn reach(
    world: &World,
    claims: Claims,
    target: &Target,
    old: Option<IpAddr>,
    limits: &Limits,
) -> Result<(Candidate, Proof), Unreached> {
    let Claims {
        own,
        others,
        names,
        failed,
    } = claims;
    let mut tried = failed;
    let is_own = |candidate: &Candidate| own.iter().any(|own| own.address == candidate.address);
    let implausible = others
        .iter()
        .filter(|candidate| !candidate.is_plausible() && !is_own(candidate))
        .map(|candidate| candidate.address);
    tried.extend(implausible.map(|address| {
        let why = "passed over: on this machine it is another place";
        (address.to_string(), why.to_owned())
    }));
    let search = Search {
        known: others,
        names,
        ..Search::nothing(target.server.port, Arc::clone(&world.resolver))
    };
    let policy = Policy {
        deadline: limits.total + Duration::from_millis(200),
        ..Policy::default()
    };
    let outcome = locate::race(&own, &search, &policy, |address, own| {
        check::probe(target, address, own, limits)
    })
    .await;
    // An own address that proves itself ends the race: what works stays.
    let mut proved = outcome.accepted;
    if let Some(own) = proved
        .iter()
        .position(|(candidate, _)| candidate.source == Source::Entry)
    {
        return Ok(proved.swap_remove(own));
    }
    proved.sort_by_key(|(candidate, proof)| {
        let near = old.is_some_and(|old| same_subnet(old, candidate.address.ip()));
        (!near, proof.latency)
    });
    let first = proved
        .first()
        .map(|(_, proof)| proof.leaf.fingerprint)
        .filter(|first| {
            proved
                .iter()
                .all(|(_, proof)| proof.leaf.fingerprint == *first)
        });
    match (first, proved.is_empty()) {
        (Some(_), _) => Ok(proved.swap_remove(0)),
        (None, false) => Err(Unreached::Several(
            proved.iter().map(|(it, _)| it.address).collect(),
        )),
        (None, true) => {
            let somebody = outcome.rejected.iter().any(|(_, error)| {
                matches!(
                    error,
                    ProbeError::Rejected(_) | ProbeError::NotAnApiServer { .. }
                )
            });
            let rejected = outcome.rejected.into_iter();
            tried.extend(
                rejected.map(|(candidate, why)| (candidate.address.to_string(), why.to_string())),
            );
            let unfinished = outcome.unfinished.into_iter();
            tried.extend(unfinished.map(|candidate| {
                let why = format!("no answer within {} s", policy.deadline.as_secs_f32());
                (candidate.address.to_string(), why)
            }));
            let failed = outcome.failed_sources.into_iter();
            tried.extend(failed.map(|(source, why)| (source.to_string(), why)));
            Err(Unreached::Nobody { tried, somebody })
        }
    }
}
