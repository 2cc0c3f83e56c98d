//! The decision, row by row.

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
                    (
                        Candidate {
                            source,
                            ..candidate
                        },
                        proof,
                    )
                })
                .collect(),
        )
    };
    let port = "127.0.0.1:41243";
    let rows: &[(&[(Source, &str)], &str)] = &[
        (&[(Source::Docker, port)], "Moved 127.0.0.1:41243"),
        (&[(Source::Podman, port)], "Moved 127.0.0.1:41243"),
        (&[(Source::Lima, port)], "Moved 127.0.0.1:41243"),
        (
            &[(Source::Wsl, "172.28.40.7:16443")],
            "Moved 172.28.40.7:16443",
        ),
        (
            &[(Source::Wsl, "172.28.40.7:16443"), (Source::Wsl, port)],
            "Moved 127.0.0.1:41243",
        ),
        (&[(Source::LastGood, port)], "NotFollowed"),
        (&[(Source::Configured, port)], "NotFollowed"),
        (&[(Source::Dns, "172.28.40.7:16443")], "NotFollowed"),
        (&[(Source::Multipass, "172.28.40.7:16443")], "NotFollowed"),
        (
            &[
                (Source::Multipass, "172.28.40.7:16443"),
                (Source::Docker, port),
            ],
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
