//! The outline means what the full parser means, or there is none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod agree;
mod edits;
mod kubectl;
mod mutate;
mod samples;

use kubeconfig::Document;
use kubeconfig::outline::Outline;
use mutate::Dice;

#[test]
fn what_tools_write_is_accepted() {
    for (name, text) in samples::accepted() {
        assert!(agree::check(text.as_bytes()), "{name}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for (name, text) in samples::refused() {
        assert!(Outline::of(text.as_bytes()).is_none(), "{name}");
    }
}

#[test]
fn damaged_files_mean_the_same_or_are_refused() {
    // How many: a long run is asked for by hand.
    let count = std::env::var("BOWLINE_MUTANTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2_000);
    let samples = samples::accepted();
    let (mut accepted, mut invalid) = (0, 0);
    for seed in 0..count {
        let mut dice = Dice(seed);
        // The richest sample half of the time.
        let text = if dice.below(2) == 0 {
            &samples.last().unwrap().1
        } else {
            &dice.pick(&samples).1
        };
        let other = &dice.pick(&samples).1;
        let bytes = mutate::mutant(&mut dice, text, other);
        let outcome = std::panic::catch_unwind(|| agree::check(&bytes));
        let Ok(fine) = outcome else {
            panic!("seed {seed}:\n{}", String::from_utf8_lossy(&bytes));
        };
        accepted += u64::from(fine);
        invalid += u64::from(!fine && Document::parse(bytes).is_err());
    }
    println!("{count} mutants: {accepted} accepted, {invalid} invalid");
    assert!(
        accepted > count / 20 && invalid > count / 20,
        "{accepted}, {invalid}"
    );
}
