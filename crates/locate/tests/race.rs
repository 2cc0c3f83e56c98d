//! The race, on a clock that moves only when everybody waits.

#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use locate::Candidate;
use locate::Outcome;
use locate::Policy;
use locate::Search;
use locate::Source;
use locate::dns::Resolve;
use locate::race;
use locate::search::File;
use tokio::time::Instant;
use tokio::time::sleep;

const OWN: &str = "10.0.0.2:16443";

/// What an address does: answers rightly or wrongly after a time, or never.
enum Peer {
    Right(u64),
    Wrong(u64),
    Silent,
}

/// A resolver that counts its questions.
#[derive(Default)]
struct Names {
    asked: AtomicUsize,
    hangs: bool,
}

impl Resolve for Names {
    fn resolve(
        &self,
        name: String,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let hangs = self.hangs;
        Box::pin(async move {
            if hangs {
                sleep(Duration::from_mins(1)).await;
            }
            match name.as_str() {
                "vm" => Ok(vec!["10.0.0.9".parse().unwrap()]),
                _ => Err(io::Error::other("no such host")),
            }
        })
    }
}

struct Setup {
    search: Search,
    names: Arc<Names>,
}

fn setup(known: &[&str], names: &[&str], hangs: bool) -> Setup {
    let resolver = Arc::new(Names {
        hangs,
        ..Names::default()
    });
    let known = known
        .iter()
        .map(|address| Candidate::new(address.parse().unwrap(), Source::LastGood))
        .collect();
    let search = Search {
        known,
        names: names.iter().map(ToString::to_string).collect(),
        ..Search::nothing(16443, Arc::clone(&resolver) as Arc<dyn Resolve>)
    };
    Setup {
        search,
        names: resolver,
    }
}

async fn run(setup: &Setup, peers: &[(&str, Peer)]) -> (Outcome<(), &'static str>, Duration) {
    let own = [Candidate::new(OWN.parse().unwrap(), Source::Entry)];
    let start = Instant::now();
    let outcome = race(
        &own,
        &setup.search,
        &Policy::default(),
        |address: SocketAddr, own: bool| async move {
            assert_eq!(own, address == OWN.parse().unwrap());
            let peer = peers.iter().find(|(known, _)| known.parse() == Ok(address));
            match peer.map(|(_, peer)| peer) {
                Some(Peer::Right(ms)) => {
                    sleep(Duration::from_millis(*ms)).await;
                    Ok(())
                }
                Some(Peer::Wrong(ms)) => {
                    sleep(Duration::from_millis(*ms)).await;
                    Err("wrong")
                }
                Some(Peer::Silent) | None => std::future::pending().await,
            }
        },
    )
    .await;
    (outcome, start.elapsed())
}

fn accepted(outcome: &Outcome<(), &'static str>) -> Vec<String> {
    outcome
        .accepted
        .iter()
        .map(|(candidate, ())| candidate.address.to_string())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_works_disturbs_nobody() {
    let setup = setup(&["10.0.0.7:16443"], &["vm"], false);
    let (outcome, took) = run(
        &setup,
        &[(OWN, Peer::Right(50)), ("10.0.0.7:16443", Peer::Right(1))],
    )
    .await;
    assert_eq!(accepted(&outcome), [OWN]);
    assert_eq!(setup.names.asked.load(Ordering::SeqCst), 0);
    assert_eq!(took, Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_starts_the_search_at_once_and_the_grace_shows_a_second_answer() {
    let setup = setup(&["10.0.0.7:16443"], &["vm"], false);
    let peers = [
        (OWN, Peer::Wrong(1)),
        ("10.0.0.9:16443", Peer::Right(3)),
        ("10.0.0.7:16443", Peer::Right(60)),
    ];
    let (outcome, took) = run(&setup, &peers).await;
    assert_eq!(accepted(&outcome), ["10.0.0.9:16443", "10.0.0.7:16443"]);
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_grace_ends_even_when_others_never_answer() {
    let setup = setup(&["10.0.0.7:16443"], &["vm"], false);
    let peers = [
        (OWN, Peer::Wrong(1)),
        ("10.0.0.9:16443", Peer::Right(3)),
        ("10.0.0.7:16443", Peer::Silent),
    ];
    let (outcome, took) = run(&setup, &peers).await;
    assert_eq!(accepted(&outcome), ["10.0.0.9:16443"]);
    assert_eq!(outcome.unfinished.len(), 1);
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for_although_a_candidate_is_proved() {
    let setup = setup(&["10.0.0.7:16443"], &[], false);
    let (outcome, took) = run(
        &setup,
        &[(OWN, Peer::Right(900)), ("10.0.0.7:16443", Peer::Right(5))],
    )
    .await;
    assert_eq!(accepted(&outcome), ["10.0.0.7:16443", OWN]);
    assert_eq!(took, Duration::from_millis(900));
}

#[tokio::test(start_paused = true)]
async fn nothing_found_ends_at_the_deadline_with_every_reason() {
    let setup = setup(&["10.0.0.7:16443", "10.0.0.8:16443"], &["vm", "gone"], true);
    let (outcome, took) = run(
        &setup,
        &[(OWN, Peer::Silent), ("10.0.0.7:16443", Peer::Wrong(5))],
    )
    .await;
    assert!(outcome.accepted.is_empty());
    assert_eq!(outcome.rejected.len(), 1);
    assert_eq!(outcome.unfinished.len(), 2);
    let failed: Vec<_> = outcome
        .failed_sources
        .iter()
        .map(|(source, reason)| format!("{source}: {reason}"))
        .collect();
    assert_eq!(
        failed,
        ["DNS: no answer within 1.5 s", "DNS: no answer within 1.5 s"]
    );
    assert_eq!(took, Policy::default().deadline);
}

#[tokio::test(start_paused = true)]
async fn it_is_over_when_there_is_nothing_left_to_ask() {
    let setup = setup(&["10.0.0.7:16443"], &["gone"], false);
    let (outcome, took) = run(
        &setup,
        &[(OWN, Peer::Wrong(1)), ("10.0.0.7:16443", Peer::Wrong(5))],
    )
    .await;
    assert_eq!(outcome.rejected.len(), 2);
    assert_eq!(
        outcome.failed_sources,
        [(Source::Dns, "gone: no such host".to_owned())]
    );
    assert!(took < Duration::from_millis(50), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_address_is_asked_once_and_only_so_many() {
    let many: Vec<String> = (0..200)
        .map(|i| format!("10.1.0.{}:16443", i % 100))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let setup = setup(&many, &[], false);
    let (outcome, _) = run(&setup, &[(OWN, Peer::Wrong(1))]).await;
    assert_eq!(
        outcome.unfinished.len() + outcome.rejected.len(),
        Policy::default().most
    );
}

#[tokio::test]
async fn a_hosts_ics_that_cannot_be_read_is_a_reason_and_a_missing_one_is_none() {
    let mut setup = setup(&[], &[], false);
    let folder = std::env::temp_dir();
    let file = |path| File {
        source: Source::HostsIcs,
        path,
        named: false,
    };
    setup.search.files = vec![file(folder), file(PathBuf::from("/nowhere/hosts.ics"))];
    let (outcome, _) = run(&setup, &[(OWN, Peer::Wrong(0))]).await;
    let [(Source::HostsIcs, reason)] = &outcome.failed_sources[..] else {
        panic!("{:?}", outcome.failed_sources);
    };
    assert!(reason.ends_with("not a file"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn what_fits_the_record_is_asked_although_others_filled_the_race() {
    let many: Vec<String> = (0..200).map(|i| format!("10.1.0.{i}:16443")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut setup = setup(&many, &["vm"], false);
    setup.search.likely.names = vec!["vm".to_owned()];
    let peers = [(OWN, Peer::Wrong(1)), ("10.0.0.9:16443", Peer::Right(3))];
    let (outcome, _) = run(&setup, &peers).await;
    assert_eq!(accepted(&outcome), ["10.0.0.9:16443"]);
}

#[tokio::test]
async fn mshome_names_are_resolved_and_named() {
    let mut setup = setup(&[], &[], false);
    setup.search.mshome = vec!["vm".to_owned(), "gone".to_owned()];
    let peers = [(OWN, Peer::Wrong(0)), ("10.0.0.9:16443", Peer::Right(0))];
    let (outcome, _) = run(&setup, &peers).await;
    let [(candidate, ())] = &outcome.accepted[..] else {
        panic!("{outcome:?}")
    };
    assert_eq!(candidate.source, Source::Mshome);
    assert_eq!(
        outcome.failed_sources,
        [(Source::Mshome, "gone: no such host".to_owned())]
    );
}
