//! Byte ranges lead from one state to the other, and back.

use proptest::collection::vec;
use proptest::prelude::*;
use store::delta::{apply, between, inverse};

/// Files like kubeconfigs: many lines, of which many are alike.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("- context:\n".to_owned()),
        Just("    user: admin\n".to_owned()),
        "[a-d]{0,3}\n",
        "[^\\n]{0,5}",
    ];
    vec(line, 0..60).prop_map(|lines| lines.concat().into_bytes())
}

/// A file, and one with some of its ranges replaced.
fn edited() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    (
        file(),
        vec((any::<prop::sample::Index>(), 0..20_usize, file()), 0..4),
    )
        .prop_map(|(before, edits)| {
            let mut after = before.clone();
            for (at, length, text) in edits {
                let start = at.index(after.len() + 1);
                let end = (start + length).min(after.len());
                after.splice(start..end, text.into_iter().take(12));
            }
            (before, after)
        })
}

fn holds(before: &[u8], after: &[u8]) -> Result<(), TestCaseError> {
    let deltas = between(before, after);
    prop_assert_eq!(apply(before, &deltas), Some(after.to_vec()));
    prop_assert_eq!(apply(after, &inverse(&deltas)), Some(before.to_vec()));
    prop_assert_eq!(deltas.is_empty(), before == after);
    let json = serde_json::to_vec(&deltas).unwrap();
    prop_assert_eq!(
        serde_json::from_slice::<Vec<store::delta::Delta>>(&json).unwrap(),
        deltas
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_edit_is_applied_and_reverted((before, after) in edited()) {
        holds(&before, &after)?;
    }

    #[test]
    fn any_two_states_are_joined(before in file(), after in file()) {
        holds(&before, &after)?;
    }

    #[test]
    fn any_bytes_are_joined(before in vec(any::<u8>(), 0..200), after in vec(any::<u8>(), 0..200)) {
        holds(&before, &after)?;
    }
}

#[test]
fn changes_far_apart_stay_small() {
    let file = |server: &str, current: &str| {
        let clusters: String = (0..20_000)
            .map(|n| format!("- cluster:\n    server: https://10.0.0.{n}\n  name: c{n}\n"))
            .collect();
        format!(
            "clusters:\n- cluster:\n    server: {server}\n{clusters}current-context: {current}\nusers: []\n"
        )
    };
    let before = file("https://172.20.0.9:16443", "one");
    let after = file("https://172.31.255.200:16443", "another");
    let deltas = between(before.as_bytes(), after.as_bytes());
    assert_eq!(deltas.len(), 2);
    let bytes: usize = deltas
        .iter()
        .map(|delta| delta.removed.len() + delta.inserted.len())
        .sum();
    assert!(bytes < 40, "{bytes}: {deltas:?}");
}

#[test]
fn deltas_of_another_state_are_refused() {
    let deltas = between(b"one\ntwo\n", b"one\nthree\n");
    assert_eq!(apply(b"one\nten\n", &deltas), None);
    assert_eq!(apply(b"", &deltas), None);
}
