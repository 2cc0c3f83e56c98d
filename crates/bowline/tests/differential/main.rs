//! `bowline config` beside a real kubectl, on random kubeconfigs.
//!
//! Runs where a plain kubectl of at least 1.30 is found (`BOWLINE_KUBECTL`, or on `PATH`), and says so
//! where not. `BOWLINE_SEED` chooses other sequences than the usual ones, `BOWLINE_SEQUENCES` how many,
//! `BOWLINE_SEQUENCE` a single one, `BOWLINE_THREADS` how many at a time.
//!
//! Unix only: the folders are made with modes of Unix.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "helpers of tests fail and report like tests"
)]

mod bugs;
mod commands;
mod config;
mod coverage;
mod deviations;
mod dice;
#[path = "../conformance/meaning.rs"]
mod meaning;
mod normal;
mod play;
mod scene;
mod side;
mod text;

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use deviations::DEVIATIONS;
use dice::Coverage;
use play::Oracle;
use scene::Scene;
use side::Side;

const SEED: u64 = 20_261;

/// In a run of so many sequences everything is covered.
const LONG: u64 = 1_000;

fn oracle() -> Option<Oracle> {
    match testnode::kubectl::find() {
        Ok(kubectl) if kubectl.version >= (1, 30) => Some(Oracle { path: kubectl.path }),
        Ok(kubectl) => {
            println!("skipped: {} is older than 1.30", kubectl.path.display());
            None
        }
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let value = std::env::var(variable);
    value.map_or(otherwise, |value| value.parse().unwrap())
}

fn seed_of(seed: u64, index: u64) -> u64 {
    seed.wrapping_mul(1_000_003).wrapping_add(index)
}

#[test]
fn config_does_what_kubectl_does() {
    let Some(oracle) = oracle() else {
        return;
    };
    let seed = number("BOWLINE_SEED", SEED);
    let only = number("BOWLINE_SEQUENCE", u64::MAX);
    let (first, end) = match only {
        u64::MAX => (0, number("BOWLINE_SEQUENCES", 60)),
        only => (only, only + 1),
    };
    let next = AtomicU64::new(first);
    let results = Mutex::new((Coverage::new(), Coverage::new(), Vec::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= end {
                return;
            }
            let scene = Scene::new(seed_of(seed, index), None);
            let mut deviations = Coverage::new();
            let differences = play::play(&scene, &oracle, Side::run, &mut deviations);
            let mut results = results.lock().unwrap();
            for (production, count) in scene.covered {
                *results.0.entry(production).or_default() += count;
            }
            for (row, count) in deviations {
                *results.1.entry(row).or_default() += count;
            }
            if !differences.is_empty() {
                let (kubeconfig, calls) = (&scene.kubeconfig, &scene.calls);
                let failure = format!(
                    "--- BOWLINE_SEED={seed} BOWLINE_SEQUENCE={index}, KUBECONFIG {kubeconfig:?}, calls {calls:?}\n{}",
                    differences.join("\n")
                );
                println!("{failure}");
                results.2.push(format!("{index}"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..number("BOWLINE_THREADS", 1) {
            scope.spawn(work);
        }
        work();
    });
    let (covered, deviations, failures) = results.into_inner().unwrap();
    println!(
        "seed {seed}, {} sequences beside {}",
        end - first,
        oracle.path.display()
    );
    println!("covered: {covered:?}");
    for row in DEVIATIONS {
        let uses = deviations.get(row.name).unwrap_or(&0);
        println!("deliberate: {uses} × {}: {}", row.name, row.reason);
    }
    let count = failures.len();
    assert!(
        failures.is_empty(),
        "{count} sequences differ: {}",
        failures.join(" ")
    );
    if end - first >= LONG {
        let expected = coverage::expected();
        let missing: Vec<_> = expected
            .iter()
            .filter(|it| !covered.contains_key(*it))
            .collect();
        assert!(missing.is_empty(), "not covered: {missing:?}");
        let unused: Vec<_> = DEVIATIONS
            .iter()
            .filter(|row| !deviations.contains_key(row.name))
            .collect();
        assert!(
            unused.is_empty(),
            "never used: {:?}",
            unused.iter().map(|row| row.name).collect::<Vec<_>>()
        );
    }
}

#[test]
fn planted_bugs_are_caught() {
    if let Some(oracle) = oracle() {
        bugs::all_are_caught(&oracle, SEED);
    }
}
