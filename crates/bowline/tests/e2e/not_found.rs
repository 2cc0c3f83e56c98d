//! Nothing is found: every candidate with its reason, and soon.

use std::fs;
use std::time::Duration;

use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// What the issue promises.
const AT_MOST: Duration = Duration::from_secs(3);

/// A Multipass that hangs for a minute; anything but the one question would be answered otherwise.
const HANGING_MULTIPASS: &str = "\
[ \"$*\" = 'info --format json' ] || { echo \"unexpected: $*\" >&2; exit 2; }
exec /bin/sleep 60
";

fn assert_all_named(outcome: Outcome, candidates: [&Node; 3]) {
    let elapsed = outcome.elapsed;
    let [refused, swallowed, impostor] = candidates.map(|node| node.address().to_string());
    let outcome = outcome
        .says(&format!(
            "{refused} (by hosts.ics, refused.mshome.net): connection refused"
        ))
        .says(&format!(
            "{swallowed} (by hosts.ics, swallowed.mshome.net): no answer"
        ))
        .says(&format!(
            "{impostor} (by hosts.ics, impostor.mshome.net): another cluster"
        ))
        .says("multipass: no answer within 2 s");
    assert!(elapsed < AT_MOST, "{elapsed:?}: {outcome:#?}");
}

#[test]
fn every_candidate_is_named_with_its_reason_within_three_seconds() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let refused = Node::start(&cluster, place()).unwrap();
    let swallowed = Node::start(&cluster, place()).unwrap();
    let impostor = Node::start(&other, place()).unwrap();
    let own = Node::start(&cluster, place()).unwrap();
    refused.set_behaviour(Behaviour::Refuse).unwrap();
    swallowed.set_behaviour(Behaviour::Swallow).unwrap();
    own.set_behaviour(Behaviour::Swallow).unwrap();
    let before = odd(&cluster, &own.url());
    let sandbox = Sandbox::with(&before);
    sandbox.script("multipass", HANGING_MULTIPASS);
    sandbox.announce(&[
        ("refused", refused.address()),
        ("swallowed", swallowed.address()),
        ("impostor", impostor.address()),
    ]);
    let candidates = [&refused, &swallowed, &impostor];
    let outcome = sandbox.bowline(&["heal"]).expect(4);
    let own = outcome
        .stdout
        .contains(&format!("{} (by entry)", own.address()));
    assert!(own, "{outcome:#?}");
    assert_all_named(outcome, candidates);
    assert_eq!(sandbox.text(), before);
    assert_eq!(impostor.records().credential_bytes(), 0);

    // `k` says the same and lets kubectl speak, once the search is no longer fresh in memory; a stand-in, for the real one waits for half a minute.
    let kubectl = sandbox.script("kubectl", "echo kubectl speaks >&2; exit 1\n");
    fs::remove_file(sandbox.state_file()).unwrap();
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", kubectl);
    let outcome = crate::support::run(command, b"").expect(1);
    assert!(outcome.stderr.ends_with("kubectl speaks\n"), "{outcome:#?}");
    assert_all_named(outcome, candidates);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn multipass_names_candidates_and_its_failures_are_told() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let gone = place();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{gone}")));
    sandbox.script(
        "multipass",
        "echo 'cannot connect to the multipass socket' >&2; exit 2\n",
    );
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("cannot connect to the multipass socket");
    sandbox.script("multipass", "echo not json\n");
    sandbox.bowline(&["heal"]).expect(3).says("not the JSON");

    let ip = node.address().ip();
    let json = format!(
        "{{\"errors\":[],\"info\":{{\"microk8s-vm\":{{\"state\":\"Running\",\"ipv4\":[\"172.17.0.1\",\"{ip}\"]}}}}}}"
    );
    sandbox.script(
        "multipass",
        &format!("[ \"$*\" = 'info --format json' ] || exit 2\necho '{json}'\n"),
    );
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("by multipass, microk8s-vm");
    assert!(sandbox.text().contains(&node.url()));
}

#[test]
fn no_source_at_all_is_said_too() {
    let cluster = Cluster::new();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    sandbox.settings("multipass = false\n");
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("connection refused")
        .says("bowline heal dev --at ADDRESS");
}
