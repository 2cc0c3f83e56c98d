//! What a race means for an entry. Pure: every fact comes in, the decision goes out.

use std::net::IpAddr;

use identity::Proof;
use identity::SpkiHash;
use locate::Candidate;
use locate::candidate::is_this_machine;

use crate::followable::Followable;
use crate::state::Place;

/// A candidate that was proved.
pub type Answer = (Candidate, Proof);

/// What is known when a race is over.
#[derive(Debug)]
pub struct Facts {
    /// Whether the entry may be rewritten at all.
    pub followable: Followable,
    /// Whether the user named the candidates (`--at`).
    pub chosen: bool,
    /// The address in the entry, if it is a literal.
    pub old: Option<IpAddr>,
    /// The proof of the entry's own server.
    pub own: Option<Answer>,
    /// The candidates that were proved, each with whether a second fact ties it to this cluster; where the
    /// CA is the cluster's alone, the proof is that fact.
    pub others: Vec<(Answer, bool)>,
    /// The key of the node at the entry's server, when it was last proved.
    pub recorded: Option<SpkiHash>,
    /// The keys of nodes that other entries' servers are.
    pub siblings: Vec<SpkiHash>,
    /// When several machines answered: whether the cluster lists all of them as its API servers.
    pub listed: bool,
    /// When nothing is on record: whether the cluster lists other API servers than the one that answered.
    pub has_others: bool,
}

/// What to do about an entry.
#[derive(Debug)]
pub enum Decision {
    /// The entry's server is the cluster, and kubectl accepts it: nothing to do.
    Works(Box<Answer>),
    /// The entry's server is the cluster, but kubectl refuses its certificate under the entry's name:
    /// `tls-server-name` cures it.
    NeedsName(Box<Answer>),
    /// The same, in an entry that is not to be changed: the name is used for the call.
    NeedsNameUnwritten(Box<Answer>, Followable),
    /// The same node is at another address: to be written.
    Moved(Box<Answer>),
    /// The node is gone and a sibling of its cluster answers: to be used, never written.
    Failover(Box<Answer>),
    /// Several nodes answered that the cluster does not list as its own: one may be a clone.
    Ambiguous(Vec<Answer>),
    /// Right CA and name, but the CA signs for other clusters too, and no second fact says that it is this
    /// one.
    Unproven(Vec<Answer>),
    /// The entry's server does not answer, and the entry is not to be followed.
    NotFollowed(Followable),
    /// Nothing was found.
    Lost,
}

impl Decision {
    /// The peer to use, if there is one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Works(answer)
            | Self::NeedsName(answer)
            | Self::NeedsNameUnwritten(answer, _)
            | Self::Moved(answer)
            | Self::Failover(answer) => Some(answer),
            Self::Ambiguous(_) | Self::Unproven(_) | Self::NotFollowed(_) | Self::Lost => None,
        }
    }
}

impl Decision {
    /// Where the peer stands to the entry, once the decision has been carried out.
    pub fn place(&self) -> Place {
        match self {
            Self::Failover(_) => Place::Sibling,
            _ => Place::Own,
        }
    }
}

/// Applies promise 2 of the design: follow addresses, never the choice.
pub fn decide(facts: Facts) -> Decision {
    let may_write = facts.followable == Followable::Yes
        || (facts.chosen && facts.followable != Followable::Forbidden);
    if let Some(own) = facts.own {
        let own = Box::new(own);
        return match (own.1.kubectl_accepts, may_write) {
            (true, _) => Decision::Works(own),
            (false, true) => Decision::NeedsName(own),
            (false, false) => Decision::NeedsNameUnwritten(own, facts.followable),
        };
    }
    // A port of this machine is followed by the word of those who know such ports; a tunnel is its user's.
    let published = facts.followable == Followable::Tunnel && !may_write;
    let identified: Vec<(Answer, bool)> = facts
        .others
        .into_iter()
        .filter(|((candidate, proof), _)| {
            proof.identifies() && (may_write || (published && candidate.source.facts().publishes))
        })
        .collect();
    if identified.is_empty() && !may_write {
        return Decision::NotFollowed(facts.followable);
    }
    if identified.is_empty() {
        return Decision::Lost;
    }
    let (mut ours, foreign): (Vec<_>, Vec<_>) = identified.into_iter().partition(|(_, fact)| *fact);
    if ours.is_empty() {
        return Decision::Unproven(foreign.into_iter().map(|(answer, _)| answer).collect());
    }
    ours.sort_by_key(|((candidate, proof), _)| {
        let near = facts
            .old
            .is_some_and(|old| same_subnet(old, candidate.address.ip()));
        // A machine's own address for a machine's own address, a port of this machine for another of them.
        let here = facts.old.is_some_and(is_this_machine);
        let alike = here == is_this_machine(candidate.address.ip());
        (!near, !alike, proof.latency)
    });
    let mut ours: Vec<Answer> = ours.into_iter().map(|(answer, _)| answer).collect();

    let several = ours
        .iter()
        .any(|(_, proof)| proof.leaf.fingerprint != ours[0].1.leaf.fingerprint);
    if several && !facts.listed {
        return Decision::Ambiguous(ours);
    }
    let is_recorded = |(_, proof): &Answer| Some(proof.leaf.key) == facts.recorded;
    if let Some(same_node) = ours.iter().position(is_recorded) {
        return Decision::Moved(Box::new(ours.swap_remove(same_node)));
    }
    let first = Box::new(ours.swap_remove(0));
    let another = facts.recorded.is_some()
        || several
        || facts.has_others
        || facts.siblings.contains(&first.1.leaf.key);
    // Only the user's word makes another node the entry's own.
    if another && !facts.chosen {
        Decision::Failover(first)
    } else {
        Decision::Moved(first)
    }
}

/// Whether two addresses are in one network, as small networks go: /24, or /64.
pub(crate) fn same_subnet(a: IpAddr, b: IpAddr) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
        (IpAddr::V6(a), IpAddr::V6(b)) => a.octets()[..8] == b.octets()[..8],
        _ => false,
    }
}

#[cfg(test)]
mod tests;
