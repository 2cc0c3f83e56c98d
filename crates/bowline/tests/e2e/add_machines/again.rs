//! A machine, or a cluster, that is known already.

use std::fs;

use testnode::Node;

use super::everything;
use super::machines::CLIENT_CONFIG;
use super::machines::LOOPBACK;
use super::machines::Machines;
use super::machines::started;
use super::microk8s;
use super::mine;
use crate::support::Sandbox;
use crate::support::place;

#[test]
fn a_machine_that_is_added_again_is_brought_up_to_date() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(mine());
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let added = sandbox.text();
    let old_token = cluster.admin_token().to_owned();
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(0)
        .says("context dev is up to date");
    assert_eq!(sandbox.text(), added);
    assert_eq!(sandbox.history().len(), 1);

    // It moves, and its token is rotated there.
    node.move_to(place()).unwrap();
    let fresh = "bmV3LXRva2VuLW9mLXRoZS1hZG1pbi1vZi10aGlzLWNsdXN0ZXIK";
    cluster.set_known_tokens(&cluster.known_tokens().replace(&old_token, fresh));
    multipass.runs("dev", &[node.address()]);
    let config = cluster.kubeconfig(LOOPBACK).replace(&old_token, fresh);
    multipass.write("dev", CLIENT_CONFIG, &config);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(0)
        .says("refreshed context dev: server, credential changed")
        .never_says(fresh);
    sandbox
        .kubectl(&["--context", "dev", "get", "ns"])
        .expect(0);
    let refreshed = sandbox.text();
    assert!(!refreshed.contains(&old_token));
    assert_eq!(
        refreshed.lines().count(),
        added.lines().count(),
        "two values, nothing else"
    );
    sandbox.bowline(&["undo"]).expect(1).says("--reinstate");
    sandbox.bowline(&["undo", "--reinstate"]).expect(0);
    assert_eq!(sandbox.text(), added);
}

#[test]
fn a_credential_that_the_cluster_does_not_accept_replaces_none() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    // A machine that claims another one's CA and address, and a node whose API server reads its new list later.
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "odd", &cluster, &node);
    let config = cluster.kubeconfig(LOOPBACK);
    let config = config.replace(cluster.admin_token(), "of-nobody");
    multipass.write("odd", CLIENT_CONFIG, &config);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:odd"])
        .expect(5)
        .says("not accepted by the cluster")
        .never_says("of-nobody");
    assert_eq!(everything(&sandbox), before);
    sandbox.kubectl(&["get", "ns"]).expect(0);
}

#[test]
fn a_cluster_set_up_anew_takes_the_place_only_when_told() {
    let (old, old_node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &old, &old_node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let (new, new_node) = started();
    microk8s(&multipass, "dev", &new, &new_node);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(6)
        .says("another cluster now")
        .says("--replace");
    assert_eq!(everything(&sandbox), before);
    sandbox
        .bowline(&["add", "multipass:dev", "--replace"])
        .expect(0)
        .says("refreshed context dev");
    let uid = ["get", "ns", "kube-system", "-o=jsonpath={.metadata.uid}"];
    assert_eq!(sandbox.kubectl(&uid).expect(0).stdout, new.uid());
    assert_eq!(sandbox.text().matches("name: dev\n").count(), 3);
}

#[test]
fn another_node_of_a_known_cluster_gets_an_entry_of_its_own() {
    let (cluster, node) = started();
    let sibling = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    // The first came in without its machine.
    sandbox
        .feed(
            &["add", "-", "--name", "n1"],
            cluster.kubeconfig(&node.url()),
        )
        .expect(0);
    microk8s(&multipass, "n2", &cluster, &sibling);
    sandbox
        .bowline(&["add", "multipass:n2"])
        .expect(0)
        .says("added context n2");
    let text = sandbox.text();
    assert!(text.contains(&node.url()) && text.contains(&sibling.url()));
    // Now the first is told where it lives, and stays what it is.
    microk8s(&multipass, "n1", &cluster, &node);
    sandbox
        .bowline(&["add", "multipass:n1"])
        .expect(0)
        .says("context n1 is up to date")
        .says("n1 runs on multipass:n1");
    assert_eq!(sandbox.text(), text);
}

#[test]
fn heal_asks_the_machine_where_it_is() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let before = sandbox.text();
    let from = node.url();
    node.move_to(place()).unwrap();
    // Docker's address first, as Multipass lists them.
    multipass.runs(
        "dev",
        &["127.255.0.1:16443".parse().unwrap(), node.address()],
    );
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    assert_eq!(sandbox.text(), before.replace(&from, &node.url()));
    let status = sandbox.bowline(&["status", "-o", "json"]).expect(0);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["contexts"][0]["reachable"], true);
    let state = fs::read_to_string(sandbox.state_file()).unwrap();
    assert!(state.contains("\"machine\""), "{state}");

    // Nobody is asked who must not be.
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    sandbox.settings(&format!("multipass = false\n{settings}"));
    node.move_to(place()).unwrap();
    multipass.runs("dev", &[node.address()]);
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("machine: multipass:dev: config.toml says `multipass = false`");
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(6)
        .says("multipass = false");
}
