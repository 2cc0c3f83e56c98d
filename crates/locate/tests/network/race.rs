//! The race with a sweep in it: who ends it, and when.

use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use locate::Candidate;
use locate::Outcome;
use locate::Policy;
use locate::Search;
use locate::Source;
use locate::System;
use locate::dns::Resolve;
use locate::race;
use locate::sweep::Sweep;
use tokio::time::sleep;

use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::NeighbourTable;

const OWN: &str = "172.28.32.7:16443";
const MAC: &str = "52:54:00:a4:6f:91";

struct NoNames;

impl Resolve for NoNames {
    fn resolve(
        &self,
        name: String,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        panic!("{name} was asked for")
    }
}

/// Races with a sweep for a cluster that was at the own address. That one is judged after a while, as told;
/// everybody else is the cluster.
fn raced(
    own_answers: Result<(), &'static str>,
    after: Duration,
) -> (Outcome<(), &'static str>, Duration) {
    let own = [Candidate::new(OWN.parse().unwrap(), Source::Entry)];
    let search = Search {
        sweep: Some(Sweep {
            old: Some(own[0].address.ip()),
            asked: false,
        }),
        network: System::linux,
        ..Search::nothing(16443, Arc::new(NoNames))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let start = Instant::now();
    let outcome = runtime.block_on(race(
        &own,
        &search,
        &Policy::default(),
        |_: SocketAddr, own: bool| async move {
            if own {
                sleep(after).await;
                return own_answers;
            }
            Ok(())
        },
    ));
    (outcome, start.elapsed())
}

fn ended_by(outcome: &Outcome<(), &'static str>) -> Vec<String> {
    let accepted = outcome.accepted.iter();
    accepted
        .map(|(c, ())| format!("{} by {}", c.address, c.source))
        .collect()
}

#[test]
fn a_sweep_goes_on_after_the_deadline_and_ends_with_what_it_finds() {
    let test = "race::a_sweep_goes_on_after_the_deadline_and_ends_with_what_it_finds";
    let table = NeighbourTable::mine();
    netns::within(test, &[], |_| {
        netns::bridge("virbr0", "172.28.32.1/20");
        let machine = Machine::plugged_into("virbr0", MAC);
        // About 800 addresses away: three seconds.
        machine.add(&["172.28.35.32/20".to_owned()]);
        let _listens = machine.listen("172.28.35.32:16443".parse().unwrap());

        let (outcome, took) = raced(Err("gone"), Duration::ZERO);
        assert_eq!(ended_by(&outcome), ["172.28.35.32:16443 by sweep"]);
        assert!(took > Policy::default().deadline, "{took:?}");
        let swept = outcome.swept.unwrap();
        let counts = swept.tally.counts();
        assert!(counts.tried < 2000, "it went on: {counts}");
        assert!(
            swept.to_string().starts_with("172.28.32.0/20 on virbr0: "),
            "{swept}"
        );

        // The kernel knows that address now, so it is the first one tried. But an own address that is only slow
        // is waited for; and when it answers, that ends everything at once, the sweep too.
        let (outcome, took) = raced(Ok(()), Duration::from_millis(1800));
        assert_eq!(
            ended_by(&outcome),
            ["172.28.35.32:16443 by sweep", "172.28.32.7:16443 by entry"]
        );
        assert!(took < Duration::from_millis(2300), "{took:?}");
        assert!(outcome.swept.unwrap().tally.counts().tried > 0);
    });
    table.assert_never_full();
}

#[test]
fn without_anything_to_sweep_the_race_ends_as_ever() {
    let test = "race::without_anything_to_sweep_the_race_ends_as_ever";
    netns::within(test, &[], |_| {
        netns::bridge("lan0", "192.168.7.1/24");
        let _machine = Machine::plugged_into("lan0", MAC);
        let own = [Candidate::new(OWN.parse().unwrap(), Source::Entry)];
        let search = |asked| Search {
            sweep: Some(Sweep { old: None, asked }),
            network: System::linux,
            ..Search::nothing(16443, Arc::new(NoNames))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let policy = Policy::default();
        let start = Instant::now();
        let outcome: Outcome<(), ()> =
            runtime.block_on(race(&own, &search(false), &policy, |_, _| pending()));
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{:?}",
            start.elapsed()
        );
        let swept = outcome.swept.unwrap();
        assert!(swept.plan.targets.is_empty());
        assert_eq!(
            swept.refusals(),
            "192.168.7.0/24 on lan0: other machines may be on it: it is swept only with --sweep"
        );
        assert!(outcome.failed_sources.is_empty());

        netns::tool(&["ip", "link", "del", "lan0"]);
        let outcome: Outcome<(), ()> =
            runtime.block_on(race(&[], &search(true), &policy, |_, _| pending()));
        let (source, reason) = outcome.failed_sources.first().unwrap();
        assert_eq!(*source, Source::Sweep);
        assert_eq!(
            reason,
            "this machine is in no network with private IPv4 addresses"
        );
    });
}
