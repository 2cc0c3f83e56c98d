//! The real kubectl while a node changes under it.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use support::{Home, LOOPBACK, eventually, matches};
use testnode::{Cluster, Leaf, LeafKind, Node};

const GET: &[&str] = &["get", "ns"];

#[test]
fn a_watch_shows_what_is_created_and_ends_with_the_server() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    let mut watch = home.spawn(&kubeconfig, &["get", "ns", "-w"]);
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let names = [
        "NAME",
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
    ];
    for expected in names {
        let line = lines.next().unwrap().unwrap();
        assert_eq!(line.split_whitespace().next(), Some(expected));
    }
    eventually("the watch begins", || {
        node.records()
            .lines()
            .iter()
            .any(|line| line.contains("watch=true"))
    });
    assert_eq!(
        home.run(&kubeconfig, &["create", "ns", "late"]).code,
        Some(0)
    );
    let line = lines.next().unwrap().unwrap();
    assert!(matches("late   *Active   *s", &line), "{line}");
    drop(node);
    assert_eq!(lines.count(), 0);
    let outcome = support::Outcome::of(&watch.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_watch_of_one_name_sees_only_that() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    assert_eq!(
        home.run(&kubeconfig, &["create", "ns", "demo"]).code,
        Some(0)
    );
    let mut watch = home.spawn(&kubeconfig, &["get", "ns", "demo", "-w"]);
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("NAME"));
    assert!(matches(
        "demo   Active   *s",
        &lines.next().unwrap().unwrap()
    ));
    eventually("the watch begins", || {
        node.records()
            .lines()
            .iter()
            .any(|line| line.contains("watch=true"))
    });
    assert_eq!(
        home.run(&kubeconfig, &["create", "ns", "other"]).code,
        Some(0)
    );
    assert_eq!(
        home.run(&kubeconfig, &["delete", "ns", "demo"]).code,
        Some(0)
    );
    assert!(matches(
        "demo   Terminating   *s",
        &lines.next().unwrap().unwrap()
    ));
    drop(node);
    assert!(lines.all(|line| line.unwrap().starts_with("demo ")));
    assert_eq!(watch.wait_with_output().unwrap().status.code(), Some(0));
}

/// The recorded texts themselves; only Linux has all of 127/8 without further ado.
#[cfg(target_os = "linux")]
#[test]
fn a_node_that_moved_is_reported_as_recorded() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, ([127, 0, 0, 2], 0).into()).unwrap();
    let old = node.address();
    let kubeconfig = cluster.kubeconfig(&node.url());
    assert_eq!(home.run(&kubeconfig, GET).code, Some(0));
    node.move_to(([127, 0, 0, 9], old.port()).into()).unwrap();
    let refused = home.run(&kubeconfig, GET);
    assert_eq!(
        refused.last_error(),
        format!(
            "The connection to the server {old} was refused - did you specify the right host or port?"
        )
    );
    let there = cluster.kubeconfig(&node.url());
    let outcome = home.run(&there, GET);
    assert!(
        outcome.last_error().ends_with(
            "x509: certificate is valid for 127.0.0.1, 10.152.183.1, 127.0.0.2, not 127.0.0.9"
        ),
        "{outcome:?}"
    );
    node.renew_leaf();
    assert_eq!(home.run(&there, GET).code, Some(0));
}

#[test]
fn a_leaf_is_served_as_soon_as_it_is_set() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    let before = node.leaf_spki_sha256();
    node.set_leaf(cluster.leaf(&LeafKind::ApiServerExpired, &[]));
    assert_eq!(home.run(&kubeconfig, GET).code, Some(1));
    node.renew_leaf();
    assert_eq!(home.run(&kubeconfig, GET).code, Some(0));
    assert_ne!(node.leaf_spki_sha256(), before);
}

#[test]
fn a_reissued_ca_is_the_same_cluster_to_kubectl() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    // The old kubeconfig, a new CA certificate on the node and a leaf signed after it.
    let now = SystemTime::now();
    let reissued = cluster.ca().reissued(now, now + Duration::from_hours(24));
    assert_ne!(reissued.pem(), cluster.ca_pem());
    assert_ne!(cluster.reissue_ca(), cluster.ca_pem());
    assert_eq!(reissued.spki_sha256(), cluster.ca().spki_sha256());
    let addresses = [IpAddr::from([127, 0, 0, 1])];
    node.set_leaf(Leaf::new(&reissued, &LeafKind::ApiServer, &addresses));
    assert_eq!(home.run(&kubeconfig, GET).code, Some(0));
    // And the other way round.
    node.renew_leaf();
    let renewed = Cluster::builder()
        .ca(&reissued)
        .known_tokens(&cluster.known_tokens())
        .build();
    assert_eq!(
        home.run(&renewed.kubeconfig(&node.url()), GET).code,
        Some(0)
    );
}
