//! `bowline status --all` over many contexts: each as it is, none asked more than it must be.

use std::fs;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use testnode::Behaviour;
use testnode::Ca;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;

use crate::status_book::Book;
use crate::status_book::contexts;
use crate::support::Sandbox;
use crate::support::place;
use crate::support::run;
use crate::support::slow_path;

/// Ports of one address: a place of its own for each would be more than a run may have.
fn ports(count: u16) -> impl Iterator<Item = SocketAddr> {
    let ip: IpAddr = place().ip();
    (0..count).map(move |port| SocketAddr::new(ip, 20_000 + port))
}

#[test]
fn several_hundred_clusters_are_each_told_as_they_are() {
    const EACH: usize = 60;
    let kinds = ["serves", "swallows", "refuses", "stranger", "hangs"];
    let places: Vec<SocketAddr> = ports(300).collect();
    let start = |number: usize| {
        let (cluster, kind) = (Cluster::new(), kinds[number % kinds.len()]);
        let options = NodeOptions {
            behaviour: match kind {
                "swallows" => Behaviour::Swallow,
                "refuses" => Behaviour::Refuse,
                "hangs" => Behaviour::Hang,
                _ => Behaviour::Serve,
            },
            ..NodeOptions::default()
        };
        let theirs = match kind {
            "stranger" => Cluster::new(),
            _ => cluster.clone(),
        };
        let node = Node::start_with(&theirs, places[number], options).unwrap();
        (format!("{kind}-{number:03}"), cluster, node)
    };
    // Filling the queue of a port that swallows is mostly waiting.
    let mut fleet = Vec::new();
    thread::scope(|scope| {
        let start = &start;
        let starters: Vec<_> = (0..20)
            .map(|first| {
                scope.spawn(move || (first..EACH * 5).step_by(20).map(start).collect::<Vec<_>>())
            })
            .collect();
        for starter in starters {
            fleet.extend(starter.join().unwrap());
        }
    });
    let mut book = Book::default();
    for (name, cluster, node) in &fleet {
        book.add(name, cluster, &node.url());
    }
    let sandbox = Sandbox::with(book.text());
    let contexts = contexts(&sandbox, &["--all"], 4);
    assert_eq!(contexts.len(), EACH * 5);
    for (name, cluster, node) in &fleet {
        let context = &contexts[name];
        let kind = name.split('-').next().unwrap();
        let rung = match kind {
            "serves" => Value::Null,
            "swallows" => json!("address"),
            "refuses" | "hangs" => json!("port"),
            _ => json!("identity"),
        };
        assert_eq!(context["failure"]["rung"], rung, "{name}: {context:#}");
        let records = node.records();
        match kind {
            "serves" => {
                assert_eq!(context["credential"]["state"], "accepted", "{context:#}");
                assert_eq!(context["identity"]["ca"], json!(cluster.ca().spki_sha256()));
                assert_eq!(records.lines(), ["GET /version", "GET /api"], "{name}");
            }
            "stranger" => assert_eq!(records.handshakes.len(), 1, "{name}"),
            _ => {}
        }
        if kind != "serves" {
            assert_eq!(records.credential_bytes(), 0, "{name}");
        }
    }
    // All that was proved is remembered, by one write.
    let state: Value = serde_json::from_slice(&fs::read(sandbox.state_file()).unwrap()).unwrap();
    assert_eq!(state["clusters"].as_object().unwrap().len(), EACH);
    let table = sandbox.bowline(&["status", "--all"]).expect(4);
    assert!(!table.stderr.contains("looked at"), "{}", table.stderr);
}

#[test]
fn contexts_that_share_server_and_credential_share_the_questions() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let mut book = Book::default();
    book.cluster("one", &cluster, &node.url());
    // The same server and CA under another name.
    book.cluster("two", &cluster, &node.url());
    book.user("admin", &json!({"token": cluster.admin_token()}));
    book.user("wrong", &json!({"token": "wr0ngT0ken"}));
    for (name, cluster, user) in [
        ("a", "one", "admin"),
        ("b", "one", "admin"),
        ("c", "one", "admin"),
        ("d", "one", "wrong"),
        ("e", "one", "wrong"),
        ("f", "two", "admin"),
    ] {
        book.context(name, cluster, user);
    }
    let sandbox = Sandbox::with(book.text());
    let contexts = contexts(&sandbox, &["--all"], 5);
    for (name, state, entry) in [
        ("a", "accepted", "one"),
        ("c", "accepted", "one"),
        ("d", "refused", "one"),
        ("e", "refused", "one"),
        ("f", "accepted", "two"),
    ] {
        assert_eq!(contexts[name]["credential"]["state"], state, "{name}");
        assert_eq!(contexts[name]["cluster"], entry, "{name}");
        assert_eq!(contexts[name]["reachable"], true, "{name}");
    }
    let lines = node.records().lines();
    let count = |line: &str| lines.iter().filter(|seen| *seen == line).count();
    // One proof for all; beside what is learnt of a cluster's nodes, its release is asked for.
    let learnt = count("GET /api/v1/nodes?limit=64");
    assert!(learnt <= 2, "{lines:?}");
    assert_eq!(count("GET /version"), 1 + learnt, "{lines:?}");
    // Each of the two users of `one`, and `two`'s.
    assert_eq!(count("GET /api"), 3, "{lines:?}");
}

/// minikube's way: one CA for all. Entries of the same CA are found without comparing each with each.
#[test]
fn many_clusters_of_one_authority_are_told_apart() {
    let ca = Ca::new("minikubeCA");
    let mut book = Book::default();
    let mut nodes = Vec::new();
    for (number, place) in ports(40).enumerate() {
        let cluster = Cluster::builder().ca(&ca).build();
        let node = Node::start(&cluster, place).unwrap();
        book.add(&format!("profile-{number}"), &cluster, &node.url());
        nodes.push(node);
    }
    let sandbox = Sandbox::with(book.text());
    let first = contexts(&sandbox, &["--all"], 0);
    assert!(first.values().all(|context| context["reachable"] == true));
    // Two profiles change places: each is another cluster of the same CA then.
    let (a, b) = (nodes[3].address(), nodes[7].address());
    let elsewhere = SocketAddr::new(a.ip(), 19_999);
    nodes[3].move_to(elsewhere).unwrap();
    nodes[7].move_to(a).unwrap();
    nodes[3].move_to(b).unwrap();
    for node in &nodes {
        node.clear_records();
    }
    let second = contexts(&sandbox, &["--all"], 4);
    for (name, context) in &second {
        let swapped = ["profile-3", "profile-7"].contains(&name.as_str());
        assert_eq!(context["reachable"], !swapped, "{context:#}");
        if swapped {
            assert_eq!(context["failure"]["rung"], "identity", "{context:#}");
        }
    }
    for node in [&nodes[3], &nodes[7]] {
        assert_eq!(node.records().credential_bytes(), 0);
    }
}

#[test]
fn a_low_limit_on_open_files_makes_it_slower_not_wrong() {
    let cluster = Cluster::new();
    let mut book = Book::default();
    let mut nodes = Vec::new();
    for (number, place) in ports(80).enumerate() {
        let options = NodeOptions {
            behaviour: Behaviour::Late(Duration::from_millis(50)),
            ..NodeOptions::default()
        };
        nodes.push(Node::start_with(&cluster, place, options).unwrap());
        book.add(&format!("c{number}"), &cluster, &nodes[number].url());
    }
    let sandbox = Sandbox::with(book.text());
    let mut command = sandbox.settle(Command::new("/bin/sh"));
    let bowline = env!("CARGO_BIN_EXE_bowline");
    command.args(["-c", &format!("ulimit -n 48; exec {bowline} status --all")]);
    let outcome = run(command, b"").expect(0);
    assert_eq!(outcome.stdout.matches(" ok ").count(), 80, "{outcome:#?}");
}

/// 900 ms there and back: TCP, TLS and HTTP take one round trip each. Loopback cannot delay TCP's, so each of the
/// other two takes half of it more.
#[test]
fn a_server_at_a_round_trip_of_900_ms_is_healthy() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let slow = slow_path(node.address(), Duration::from_millis(675));
    node.set_leaf(cluster.leaf(&LeafKind::ApiServer, &[slow.ip()]));
    let mut book = Book::default();
    book.add("far", &cluster, &format!("https://{slow}"));
    let mut near = Vec::new();
    for (number, place) in ports(50).enumerate() {
        near.push(Node::start(&cluster, place).unwrap());
        book.add(&format!("near-{number}"), &cluster, &near[number].url());
    }
    let sandbox = Sandbox::with(book.text());
    let before = sandbox.bytes();
    let contexts = contexts(&sandbox, &["--all"], 0);
    let far = &contexts["far"];
    assert_eq!(far["credential"]["state"], "accepted", "{far:#}");
    let latency = far["address"]["latencyMs"].as_f64().unwrap();
    assert!(latency >= 2700.0, "the path was not slow: {latency} ms");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn an_exec_plugin_is_not_run_but_looked_for() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let mut book = Book::default();
    book.cluster("dev", &cluster, &node.url());
    let sandbox = Sandbox::new();
    sandbox.script("get-token", "echo ran >> \"$HOME/ran\"\n");
    let beside = sandbox.path("home/.kube/plugin");
    crate::support::install(
        "/dev/stdin",
        b"#!/bin/sh\necho ran >> \"$HOME/ran\"\n",
        &beside,
    );
    let exec = |command: &str| {
        json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command,
            "args": ["--secret", "s3cretArgument"], "interactiveMode": "Never"}})
    };
    for (name, command) in [
        ("path", "get-token"),
        ("beside", "./plugin"),
        ("missing", "no-such-plugin"),
        ("gone", "./no-such-plugin"),
        ("hostile", "no\u{1b}[31m\u{202e}such"),
        ("folder", "/"),
    ] {
        book.user(name, &exec(command));
        book.context(name, "dev", name);
    }
    sandbox.write(book.text());
    let contexts = contexts(&sandbox, &["--all"], 5);
    let found = |path: &Path| json!(path.to_str().unwrap());
    for (name, path) in [
        ("path", found(&sandbox.path("bin/get-token"))),
        ("beside", found(&sandbox.path("home/.kube/./plugin"))),
        ("missing", Value::Null),
        ("gone", Value::Null),
        ("hostile", Value::Null),
        ("folder", Value::Null),
    ] {
        let credential = &contexts[name]["credential"];
        assert_eq!(credential["state"], "unchecked", "{credential:#}");
        let found = credential["program"]["path"].as_str().map(Path::new);
        let same = found.map(fs::canonicalize).transpose().unwrap()
            == path.as_str().map(fs::canonicalize).transpose().unwrap();
        assert!(same, "{name}: {credential:#}");
        let says = credential["reason"].as_str().unwrap();
        assert_eq!(
            says.contains("there is no program"),
            path.is_null(),
            "{says}"
        );
        // kubectl fails where it is not.
        let rung = if path.is_null() {
            json!("credential-form")
        } else {
            json!(null)
        };
        assert_eq!(contexts[name]["failure"]["rung"], rung, "{name}");
    }
    sandbox
        .bowline(&["status", "--all"])
        .expect(5)
        .stays_plain()
        .says("bowline doctor missing")
        .says(
            "missing: its credential comes from no-such-plugin, and there is no such program here",
        )
        .never_says("s3cretArgument");
    assert!(!sandbox.path("home/ran").exists(), "a plugin was run");
    assert_eq!(node.records().credential_bytes(), 0);
}
