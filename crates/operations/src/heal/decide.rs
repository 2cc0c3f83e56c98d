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
            proof.identifies()
                && (may_write || (published && candidate.source.facts().publishes))
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
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use identity::Leaf;
    use identity::pin::Satisfied;
    use identity::proof;
    use locate::Source;

    use super::*;

    fn answer(address: &str, node: &str) -> Answer {
        answer_in(address, node, 1)
    }

    fn answer_in(address: &str, node: &str, ms: u64) -> Answer {
        let address: SocketAddr = address.parse().unwrap();
        let leaf = Leaf {
            key: SpkiHash::of(node.as_bytes()),
            fingerprint: SpkiHash::of(node.as_bytes()),
            version1: false,
            common_names: vec![],
            organizations: vec![],
            dns_names: vec![],
            addresses: vec![],
            not_before: 0,
            not_after: i64::MAX,
        };
        let proof = Proof {
            address,
            authority: SpkiHash::of(b"ca"),
            leaf,
            name: Satisfied::Cluster,
            kubectl_accepts: true,
            answer: proof::Answer::Status(401),
            connect: Duration::ZERO,
            latency: Duration::from_millis(ms),
        };
        (Candidate::new(address, Source::HostsIcs), proof)
    }

    fn facts(others: Vec<Answer>) -> Facts {
        Facts {
            followable: Followable::Yes,
            chosen: false,
            old: "10.0.0.2".parse().ok(),
            own: None,
            others: others.into_iter().map(|answer| (answer, true)).collect(),
            recorded: Some(SpkiHash::of(b"node")),
            siblings: vec![],
            listed: false,
            has_others: false,
        }
    }

    fn show(decision: &Decision) -> String {
        let name = format!("{decision:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default().to_owned();
        match decision.answer() {
            Some((candidate, _)) => format!("{name} {}", candidate.address),
            None => name,
        }
    }

    #[track_caller]
    fn assert(facts: Facts, expected: &str) {
        assert_eq!(show(&decide(facts)), expected);
    }

    const NEW: &str = "10.0.0.9:16443";

    #[test]
    fn the_same_node_elsewhere_has_moved() {
        assert(facts(vec![answer(NEW, "node")]), "Moved 10.0.0.9:16443");
    }

    #[test]
    fn another_node_of_the_cluster_is_failover_and_only_the_user_makes_it_the_entrys() {
        assert(
            facts(vec![answer(NEW, "sibling")]),
            "Failover 10.0.0.9:16443",
        );
        assert(
            Facts {
                chosen: true,
                ..facts(vec![answer(NEW, "sibling")])
            },
            "Moved 10.0.0.9:16443",
        );
    }

    #[test]
    fn without_a_record_the_only_answer_is_the_node_unless_it_is_known_as_another_entrys() {
        let unknown = || Facts {
            recorded: None,
            ..facts(vec![answer(NEW, "node")])
        };
        assert(unknown(), "Moved 10.0.0.9:16443");
        assert(
            Facts {
                siblings: vec![SpkiHash::of(b"node")],
                ..unknown()
            },
            "Failover 10.0.0.9:16443",
        );
    }

    #[test]
    fn two_nodes_that_the_cluster_does_not_list_are_refused() {
        let two = || {
            facts(vec![
                answer(NEW, "node"),
                answer("10.0.0.10:16443", "clone"),
            ])
        };
        assert(two(), "Ambiguous");
        assert(
            Facts {
                listed: true,
                ..two()
            },
            "Moved 10.0.0.9:16443",
        );
        assert(
            Facts {
                listed: true,
                recorded: None,
                ..two()
            },
            "Failover 10.0.0.9:16443",
        );
    }

    #[test]
    fn a_clone_has_its_originals_key_but_another_certificate() {
        let mut clone = answer("10.0.0.10:16443", "node");
        clone.1.leaf.fingerprint = SpkiHash::of(b"signed anew");
        assert(facts(vec![answer(NEW, "node"), clone]), "Ambiguous");
    }

    #[test]
    fn without_a_record_one_of_several_api_servers_is_not_the_entrys_own() {
        let unknown = Facts {
            recorded: None,
            has_others: true,
            ..facts(vec![answer(NEW, "sibling")])
        };
        assert(unknown, "Failover 10.0.0.9:16443");
    }

    #[test]
    fn of_several_addresses_of_one_node_the_old_subnet_wins_then_the_latency() {
        let answers = || {
            vec![
                answer_in("172.17.0.1:16443", "node", 1),
                answer_in("10.0.0.8:16443", "node", 9),
                answer_in("10.0.0.9:16443", "node", 5),
            ]
        };
        assert(facts(answers()), "Moved 10.0.0.9:16443");
        assert(
            Facts {
                old: None,
                ..facts(answers())
            },
            "Moved 172.17.0.1:16443",
        );
    }

    #[test]
    fn a_shared_ca_needs_a_second_fact() {
        let mut unproven = facts(vec![answer(NEW, "node")]);
        unproven.others[0].1 = false;
        assert(unproven, "Unproven");
    }

    #[test]
    fn tunnels_and_load_balancers_are_left_alone_unless_the_user_says_where() {
        for kind in [Followable::Tunnel, Followable::Name, Followable::Proxy] {
            assert(
                Facts {
                    followable: kind,
                    ..facts(vec![answer(NEW, "node")])
                },
                "NotFollowed",
            );
            let chosen = Facts {
                followable: kind,
                chosen: true,
                ..facts(vec![answer(NEW, "node")])
            };
            assert(chosen, "Moved 10.0.0.9:16443");
        }
        let forbidden = Facts {
            followable: Followable::Forbidden,
            chosen: true,
            ..facts(vec![])
        };
        assert(forbidden, "NotFollowed");
        for (followable, chosen) in [
            (Followable::Tunnel, false),
            (Followable::Name, false),
            (Followable::Forbidden, true),
        ] {
            let mut unnamed = answer("10.0.0.2:16443", "node");
            unnamed.1.kubectl_accepts = false;
            let left_alone = Facts {
                followable,
                chosen,
                own: Some(unnamed),
                ..facts(vec![])
            };
            assert(left_alone, "NeedsNameUnwritten 10.0.0.2:16443");
        }
    }

    #[test]
    fn a_port_of_this_machine_is_followed_by_the_word_of_those_who_know_such_ports() {
        const GONE: &str = "127.0.0.1:34545";
        let answers = |places: &[(Source, &str)]| Facts {
            followable: Followable::Tunnel,
            old: GONE.parse::<SocketAddr>().ok().map(|gone| gone.ip()),
            ..facts(
                places
                    .iter()
                    .map(|(source, address)| {
                        let (candidate, proof) = answer(address, "node");
                        let source = *source;
                        (Candidate { source, ..candidate }, proof)
                    })
                    .collect(),
            )
        };
        let port = "127.0.0.1:41243";
        let rows: &[(&[(Source, &str)], &str)] = &[
            (&[(Source::Docker, port)], "Moved 127.0.0.1:41243"),
            (&[(Source::Podman, port)], "Moved 127.0.0.1:41243"),
            (&[(Source::Lima, port)], "Moved 127.0.0.1:41243"),
            (&[(Source::Wsl, "172.28.40.7:16443")], "Moved 172.28.40.7:16443"),
            (
                &[(Source::Wsl, "172.28.40.7:16443"), (Source::Wsl, port)],
                "Moved 127.0.0.1:41243",
            ),
            (&[(Source::LastGood, port)], "NotFollowed"),
            (&[(Source::Configured, port)], "NotFollowed"),
            (&[(Source::Dns, "172.28.40.7:16443")], "NotFollowed"),
            (&[(Source::Multipass, "172.28.40.7:16443")], "NotFollowed"),
            (
                &[(Source::Multipass, "172.28.40.7:16443"), (Source::Docker, port)],
                "Moved 127.0.0.1:41243",
            ),
            (&[], "NotFollowed"),
        ];
        for (places, expected) in rows {
            assert(answers(places), expected);
        }
        // What holds for every other entry holds here.
        let docker = || answers(&[(Source::Docker, port)]);
        let mut unproven = docker();
        unproven.others[0].1 = false;
        assert(unproven, "Unproven");
        assert(
            Facts {
                recorded: Some(SpkiHash::of(b"another node")),
                ..docker()
            },
            "Failover 127.0.0.1:41243",
        );
        for followable in [Followable::Name, Followable::Proxy, Followable::Forbidden] {
            assert(
                Facts {
                    followable,
                    ..docker()
                },
                "NotFollowed",
            );
        }
    }

    #[test]
    fn a_machines_address_is_replaced_by_one_of_its_own_before_a_port_of_this_machine() {
        let answers = || {
            vec![
                answer_in("127.0.0.1:16443", "node", 1),
                answer_in("172.28.40.7:16443", "node", 9),
            ]
        };
        assert(facts(answers()), "Moved 172.28.40.7:16443");
    }

    #[test]
    fn a_server_that_works_is_never_rewritten() {
        let own = Facts {
            own: Some(answer("10.0.0.2:16443", "node")),
            ..facts(vec![answer(NEW, "node")])
        };
        assert(own, "Works 10.0.0.2:16443");
        let mut unnamed = answer("10.0.0.2:16443", "node");
        unnamed.1.kubectl_accepts = false;
        assert(
            Facts {
                own: Some(unnamed),
                ..facts(vec![])
            },
            "NeedsName 10.0.0.2:16443",
        );
    }

    #[test]
    fn an_address_in_the_certificate_identifies_nothing_elsewhere() {
        let mut weak = answer(NEW, "node");
        weak.1.name = Satisfied::Address("10.0.0.9".parse().unwrap());
        assert(facts(vec![weak]), "Lost");
        assert(facts(vec![]), "Lost");
    }
}
