//! A cluster of several nodes: a sibling that answers is used and never written.

use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn a_sibling_answers_for_a_node_that_is_down_and_is_never_written() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(0);

    node.set_behaviour(Behaviour::Refuse).unwrap();
    sandbox.announce(&[("node-2", sibling.address())]);
    let at = sibling.address().to_string();
    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert!(outcome.stdout.contains("kube-system"), "{outcome:?}");
    assert!(outcome.stderr.contains(&at), "{outcome:?}");
    assert!(outcome.stderr.contains("never written"), "{outcome:?}");
    // Now from the fresh verdict.
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("never written")
        .says(&format!("bowline heal dev --at {at}"));
    assert_eq!(sandbox.text(), before);

    // The node itself comes back elsewhere: that is a move.
    node.move_to(place()).unwrap();
    node.set_behaviour(Behaviour::Serve).unwrap();
    sandbox.announce(&[("node-2", sibling.address()), ("node-1", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    let healed = sandbox.text();
    assert!(healed.contains(&node.url()), "{healed}");
}

#[test]
fn a_node_that_is_back_where_it_was_is_used_again() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(0);
    node.set_behaviour(Behaviour::Refuse).unwrap();
    sandbox.announce(&[("node-2", sibling.address())]);
    sandbox.bowline(&["k", "get", "ns"]).expect(0);

    // The sibling goes, the node comes: the verdict that named the sibling is wrong by now.
    sibling.set_behaviour(Behaviour::Refuse).unwrap();
    node.set_behaviour(Behaviour::Serve).unwrap();
    node.clear_records();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    assert!(node.records().credential_bytes() > 0);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn only_the_user_makes_a_sibling_the_entrys_own() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["status"]).expect(0);
    node.set_behaviour(Behaviour::Refuse).unwrap();
    let at = sibling.address().to_string();
    sandbox.bowline(&["heal", "--at", &at]).expect(0);
    assert!(sandbox.text().contains(&sibling.url()));
    sandbox.kubectl(&["get", "ns"]).expect(0);
}

#[test]
fn a_slow_sibling_is_asked_who_it_is_although_the_node_took_all_the_time() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    // Nothing is on record.
    let sandbox = Sandbox::with(&before);
    node.set_behaviour(Behaviour::Hang).unwrap();
    let slow = Behaviour::Late(std::time::Duration::from_millis(250));
    sibling.set_behaviour(slow).unwrap();
    sandbox.announce(&[("node-2", sibling.address())]);
    sandbox.bowline(&["heal"]).expect(3).says("never written");
    assert_eq!(sandbox.text(), before);
}
