//! `bowline config` held to what `kubectl config` did: see `tests/vectors/README.md`.
//!
//! Unix only: the cases are about modes, links and users of Unix.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests fail and report like tests"
)]

mod case;
mod compare;
mod deviations;
mod meaning;
mod sandbox;

use std::fmt::Write as _;

use case::Case;
use case::Class;
use deviations::deviation;
use sandbox::Sandbox;

/// What became of a case.
enum Verdict {
    Passed,
    Skipped(String),
    Failed(String),
}

/// All of them are played before anything is said, so that one run shows all that is left to do.
/// `BOWLINE_CASES=T129,T372` plays only these.
#[test]
fn config_does_what_kubectl_did() {
    let chosen = std::env::var("BOWLINE_CASES").unwrap_or_default();
    let chosen: Vec<&str> = chosen.split(',').filter(|id| !id.is_empty()).collect();
    let (mut passed, mut skipped, mut failures) = (0, 0, String::new());
    let mut failed = Vec::new();
    for case in case::all() {
        if !chosen.is_empty() && !chosen.contains(&case.id.as_str()) {
            continue;
        }
        match play(&case) {
            Verdict::Passed => passed += 1,
            Verdict::Skipped(reason) => {
                skipped += 1;
                println!("skipped {}: {reason}", case.id);
            }
            Verdict::Failed(difference) => {
                let (id, class, title) = (&case.id, &case.class, &case.title);
                writeln!(failures, "--- {id} {class}: {title}\n{difference}").unwrap();
                failed.push(case.id);
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{failures}\n{passed} passed, {skipped} skipped, {} failed: {}",
        failed.len(),
        failed.join(" ")
    );
    assert!(passed + skipped > 0, "no case is called {chosen:?}");
}

fn play(case: &Case) -> Verdict {
    if case.uid.is_some() && !sandbox::is_root() {
        return Verdict::Skipped("only root can run it as another user".to_owned());
    }
    let sandbox = Sandbox::new(case);
    let mut differences = Vec::new();
    let deviation = deviation(&case.id);
    for step in &case.steps {
        let outcome = sandbox.run(case, step);
        match (deviation, case.class()) {
            (Some(deviation), _) => deviation.judge(&sandbox, &outcome, &mut differences),
            (None, Class::Defect) => {
                differences
                    .push("no row of deviations.rs says what bowline does instead".to_owned());
            }
            (None, class) => {
                compare::step(class, &sandbox.expect(step), &outcome, &mut differences);
            }
        }
    }
    let changes = sandbox.changes();
    match deviation {
        Some(deviation) => deviation.judge_files(&changes, &mut differences),
        None => compare::files(case, &sandbox, &changes, &mut differences),
    }
    if differences.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Failed(differences.join("\n"))
    }
}
