//! Sweeps over a bridge that looks like libvirt's, with silent addresses and live ones.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use locate::System;
use locate::interfaces;
use locate::interfaces::Kind;
use locate::sweep::Counts;
use locate::sweep::Plan;
use locate::sweep::Refusal;
use locate::sweep::Tally;
use locate::sweep::plan;
use locate::sweep::run;

use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::NeighbourTable;

const PORT: u16 = 16443;
const MAC: &str = "52:54:00:a4:6f:91";

fn planned(old: &str, asked: bool) -> Plan {
    let networks = interfaces::collect(&System::linux()).unwrap();
    plan(&networks, Some(old.parse().unwrap()), asked)
}

fn swept(plan: &Plan) -> (Vec<SocketAddr>, Counts, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tally = Tally::default();
    let mut open = Vec::new();
    let start = Instant::now();
    let counts = runtime
        .block_on(run(plan, PORT, &System::linux(), &tally, |address| {
            open.push(address);
        }))
        .unwrap();
    (open, counts, start.elapsed())
}

#[test]
fn every_live_address_of_a_virtual_switch_is_found_and_the_neighbour_table_is_never_full() {
    let test = "sweep::every_live_address_of_a_virtual_switch_is_found_and_the_neighbour_table_is_never_full";
    let table = NeighbourTable::mine();
    netns::within(test, &[], |_| {
        // A /24 and a /20, each with forty addresses that live and one of them listening.
        netns::bridge("virbr0", "10.66.0.1/24");
        let small = Machine::plugged_into("virbr0", MAC);
        let live: Vec<String> = (0..40)
            .map(|n| format!("10.66.0.{}/24", 11 + 6 * n))
            .collect();
        small.add(&live);
        let _listens = small.listen("10.66.0.137:16443".parse().unwrap());
        let plan = planned("10.66.9.20", false);
        assert_eq!(plan.targets.len(), 253);
        let (open, counts, took) = swept(&plan);
        assert_eq!(open, ["10.66.0.137:16443".parse().unwrap()]);
        assert_eq!(
            (
                counts.tried,
                counts.open,
                counts.refused,
                counts.silent,
                counts.failed
            ),
            (253, 1, 39, 213, 0)
        );
        assert!(took < Duration::from_secs(5), "{took:?}");
        drop(small);
        netns::tool(&["ip", "link", "del", "virbr0"]);

        netns::bridge("virbr1", "172.28.32.1/20");
        let large = Machine::plugged_into("virbr1", MAC);
        let live: Vec<String> = (0..40)
            .map(|n: u16| format!("172.28.{}.{}/20", 32 + n * 2 / 5, 7 + 6 * n))
            .collect();
        large.add(&live);
        let target: SocketAddr = "172.28.47.235:16443".parse().unwrap();
        assert!(live.contains(&"172.28.47.235/20".to_owned()), "{live:?}");
        let _listens = large.listen(target);
        let plan = planned("172.23.138.107", false);
        assert_eq!(plan.targets.len(), 4093);
        let (open, counts, took) = swept(&plan);
        assert_eq!(open, [target]);
        assert_eq!(
            (
                counts.tried,
                counts.open,
                counts.refused,
                counts.silent,
                counts.failed
            ),
            (4093, 1, 39, 4053, 0)
        );
        assert!(took < Duration::from_secs(30), "{took:?}");
    });
    table.assert_never_full();
}

#[test]
fn what_is_found_is_told_at_once_and_a_dropped_sweep_ends() {
    let test = "sweep::what_is_found_is_told_at_once_and_a_dropped_sweep_ends";
    let table = NeighbourTable::mine();
    netns::within(test, &[], |_| {
        netns::bridge("virbr0", "10.66.0.1/20");
        let machine = Machine::plugged_into("virbr0", MAC);
        machine.add(&["10.66.0.9/20".to_owned()]);
        let _listens = machine.listen("10.66.0.9:16443".parse().unwrap());
        let plan = planned("10.66.0.7", false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let tally = Tally::default();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let system = System::linux();
        let found = runtime.block_on(async {
            tokio::select! {
                address = told.recv() => address,
                ended = run(&plan, PORT, &system, &tally, |a| tell.send(a).unwrap()) => {
                    panic!("it went on to the end: {ended:?}")
                }
            }
        });
        assert_eq!(found, Some("10.66.0.9:16443".parse().unwrap()));
        let counts = tally.counts();
        assert!(counts.tried < 400, "{counts}");
    });
    table.assert_never_full();
}

#[test]
fn what_is_not_ours_is_refused() {
    netns::within("sweep::what_is_not_ours_is_refused", &[], |_| {
        for (name, address) in [
            ("virbr0", "203.0.113.1/24"),
            ("virbr1", "10.66.0.1/24"),
            ("lan0", "192.168.7.1/24"),
            ("wg0", "10.8.0.1/24"),
        ] {
            netns::bridge(name, address);
            // A bridge without a machine is not up.
            std::mem::forget(Machine::plugged_into(name, MAC));
        }
        let networks = interfaces::collect(&System::linux()).unwrap();
        let kind = |name: &str| {
            let v4 = networks
                .iter()
                .find(|n| n.interface == name && n.address.is_ipv4());
            v4.map(|network| network.kind)
        };
        assert_eq!(kind("lo"), Some(Kind::Loopback));
        assert_eq!(kind("virbr1"), Some(Kind::HostOnly));
        assert_eq!(kind("lan0"), Some(Kind::Lan));
        assert_eq!(kind("wg0"), Some(Kind::PointToPoint));

        let of = |plan: &Plan| -> Vec<String> {
            plan.shares
                .iter()
                .map(|share| share.network.interface.clone())
                .collect()
        };
        let refused = |plan: &Plan| -> Vec<(String, Refusal)> {
            let mut all: Vec<(String, Refusal)> = plan
                .refused
                .iter()
                .map(|(network, refusal)| (network.interface.clone(), *refusal))
                .collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        let unasked = planned("192.168.7.9", false);
        assert_eq!(of(&unasked), ["virbr1"]);
        assert_eq!(
            refused(&unasked),
            [
                ("lan0".to_owned(), Refusal::NotAsked),
                ("virbr0".to_owned(), Refusal::Public),
                ("wg0".to_owned(), Refusal::PointToPoint),
            ]
        );
        let asked = planned("192.168.7.9", true);
        assert_eq!(of(&asked), ["virbr1", "lan0"]);
        let nearest: IpAddr = "192.168.7.8".parse().unwrap();
        assert_eq!(
            asked.targets.first().map(|t| IpAddr::V4(t.address)),
            Some(nearest)
        );
        assert!(
            refused(&asked)
                .iter()
                .all(|(_, refusal)| *refusal != Refusal::NotAsked)
        );
    });
}
