//! `bowline heal --all` over many contexts: those that are gone are looked for at once, and each is healed as if it
//! were alone.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use testnode::Behaviour;
use testnode::Ca;
use testnode::Cluster;
use testnode::Node;

use crate::sources::calls;
use crate::sources::stand_in;
use crate::status_book::Book;
use crate::support::Sandbox;
use crate::support::place;

#[test]
fn many_that_are_off_cost_little_more_than_one() {
    const OFF: usize = 12;
    let mut book = Book::default();
    let mut fleet = Vec::new();
    for number in 0..OFF + 2 {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        book.add(&format!("c{number:02}"), &cluster, &node.url());
        fleet.push(node);
    }
    let sandbox = Sandbox::with(book.text());
    let (moved, works) = (&fleet[OFF], &fleet[OFF + 1]);
    moved.move_to(place()).unwrap();
    moved.renew_leaf();
    sandbox.announce(&[("microk8s-vm", moved.address())]);
    for node in &fleet[..OFF] {
        node.set_behaviour(Behaviour::Swallow).unwrap();
    }
    let before = sandbox.text();
    // What hosts.ics names is another cluster than theirs.
    let alone = sandbox.bowline(&["heal", "c00"]).expect(4).elapsed;
    let outcome = sandbox
        .bowline(&["heal", "--all"])
        .expect(4)
        .stays_plain()
        .says(&format!("c{OFF}: moved from "))
        .says(&format!("c{}: works at {}", OFF + 1, works.address()));
    for number in 0..OFF {
        let lost = format!("c{number:02}: not found: ");
        assert!(outcome.stdout.contains(&lost), "{outcome:#?}");
    }
    // Four at a time.
    let most = alone * 6 + Duration::from_secs(1);
    assert!(outcome.elapsed < most, "{alone:?}, {:?}", outcome.elapsed);
    let after = sandbox.text();
    let lines = after.lines().zip(before.lines());
    let changed: Vec<_> = lines.filter(|(after, before)| after != before).collect();
    assert!(after.contains(&moved.url()), "{changed:#?}");
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
}

/// What is said of each is what is said of it alone.
#[test]
fn each_is_told_as_if_it_were_alone() {
    let kinds = [
        Behaviour::Serve,
        Behaviour::Refuse,
        Behaviour::Hang,
        Behaviour::CloseAfterAccept,
    ];
    let mut book = Book::default();
    let mut fleet = Vec::new();
    for (number, kind) in kinds.into_iter().enumerate() {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        node.set_behaviour(kind).unwrap();
        book.add(&format!("c{number}"), &cluster, &node.url());
        fleet.push(node);
    }
    // The stranger at its address is another cluster.
    let stranger = Node::start(&Cluster::new(), place()).unwrap();
    book.add("c4", &Cluster::new(), &stranger.url());
    let sandbox = Sandbox::with(book.text());
    let without_times = |text: &str| -> String {
        let words = text.split_inclusive(char::is_whitespace);
        words
            .filter(|word| !word.contains(char::is_numeric) || word.contains(':'))
            .collect()
    };
    let mut alone = String::new();
    for number in 0..=kinds.len() {
        let name = format!("c{number}");
        alone.push_str(&sandbox.bowline(&["heal", "--dry-run", &name]).stdout);
    }
    let together = sandbox.bowline(&["heal", "--dry-run", "--all"]).expect(4);
    assert_eq!(without_times(&together.stdout), without_times(&alone));
    assert_eq!(stranger.records().credential_bytes(), 0);
}

/// Of two clusters of one CA nobody knows which is which before the first was healed: they wait for each other.
#[test]
fn clusters_of_one_authority_are_looked_for_one_after_the_other() {
    let ca = Ca::new("minikubeCA");
    let mut book = Book::default();
    let mut nodes = Vec::new();
    for name in ["one", "two"] {
        let cluster = Cluster::builder().ca(&ca).build();
        let node = Node::start(&cluster, place()).unwrap();
        book.add(name, &cluster, &node.url());
        nodes.push(node);
    }
    let sandbox = Sandbox::with(book.text());
    sandbox.bowline(&["heal", "--all"]).expect(0);
    // They change places.
    let [a, b]: [SocketAddr; 2] = [nodes[0].address(), nodes[1].address()];
    nodes[0].move_to(place()).unwrap();
    nodes[1].move_to(a).unwrap();
    nodes[0].move_to(b).unwrap();
    for node in &nodes {
        node.renew_leaf();
    }
    sandbox.bowline(&["heal", "--all"]).expect(0);
    let text = sandbox.text();
    let view = sandbox.config(&["view", "-o", "json"]).expect(0).stdout;
    let view: serde_json::Value = serde_json::from_str(&view).unwrap();
    for (name, node) in ["one", "two"].iter().zip(&nodes) {
        let clusters = view["clusters"].as_array().unwrap();
        let entry = clusters.iter().find(|entry| entry["name"] == **name);
        assert_eq!(entry.unwrap()["cluster"]["server"], node.url(), "{text}");
    }
}

/// Two entries for the same stale place: the heal of the first mends both.
#[test]
fn what_the_first_heal_mended_is_looked_at_anew() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let mut book = Book::default();
    book.add("one", &cluster, &node.url());
    book.add("two", &cluster, &node.url());
    let sandbox = Sandbox::with(book.text());
    node.move_to(place()).unwrap();
    node.renew_leaf();
    let asked = "info --format json";
    let ip = node.address().ip();
    let json = format!(
        r#"{{"errors":[],"info":{{"microk8s-vm":{{"state":"Running","ipv4":["{ip}"]}}}}}}"#
    );
    stand_in(&sandbox, "multipass", &[(asked, &json)]);
    sandbox.settings("");
    sandbox
        .bowline(&["heal", "--all"])
        .expect(0)
        .says("one: moved from")
        .says("two: works at");
    assert!(calls(&sandbox, "multipass") <= 2);
    let text = fs::read_to_string(sandbox.file()).unwrap();
    assert_eq!(text.matches(&node.url()).count(), 2, "{text}");
}
