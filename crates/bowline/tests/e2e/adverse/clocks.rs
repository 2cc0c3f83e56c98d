//! Clocks that are wrong by a year, either way: that is what is said, nothing is written, and what was remembered under
//! such a clock does no harm afterwards.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use serde_json::Value;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::sources::calls;
use crate::sources::stand_in;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

/// libfaketime, where Debian's package has it.
fn faketime(test: &str) -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let library = folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|path| path.exists());
    if library.is_none() {
        skip(test, "faketime is not installed");
    }
    library
}

/// A call under a clock that is off by so much: `+366d`.
#[track_caller]
fn at(sandbox: &Sandbox, library: &Path, offset: &str, line: &[&str]) -> Outcome {
    let mut command: Command = sandbox.command(line);
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME", offset)
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1");
    // It would be under that clock, too.
    command.env("BOWLINE_KUBECTL", sandbox.path("bin/kubectl"));
    run(command, b"")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[test]
fn it_is_said_that_it_is_the_dates() {
    let test = "it_is_said_that_it_is_the_dates";
    let Some(library) = faketime(test) else {
        return;
    };
    for (offset, what) in [("+366d", "it ended on "), ("-366d", "it is for ")] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let sibling = Node::start(&cluster, place()).unwrap();
        let before = odd(&cluster, &node.url());
        let sandbox = Sandbox::with(&before);
        sandbox.script("kubectl", "echo kubectl ran\n");
        sandbox.announce(&[("microk8s", sibling.address())]);
        for line in [&["status"][..], &["heal"], &["k", "get", "ns"]] {
            let outcome = at(&sandbox, &library, offset, line)
                .says(what)
                .says("and this machine's clock says 20")
                .says("set this machine's clock, if it is wrong");
            // `k` leaves it to kubectl, which refuses such a server itself.
            let expected = if line[0] == "k" { 0 } else { 4 };
            assert_eq!(outcome.code, Some(expected), "{outcome:#?}");
            assert_eq!(sandbox.text(), before, "{line:?}");
        }
        assert_eq!(node.records().credential_bytes(), 0);
        assert_eq!(sandbox.history().len(), 0);
        // The clock is set, and all is well.
        sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system");
        sandbox.bowline(&["heal"]).expect(0).says("works at");
        assert_eq!(sandbox.text(), before);
    }
}

/// A stranger where a node was until now: a process that another test starts may hold the port for a moment.
fn settle(address: SocketAddr) -> Node {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match Node::start(&Cluster::new(), address) {
            Ok(node) => return node,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Three hundred days: the certificates are valid then, too.
const LATER: &str = "+300d";

#[test]
fn a_verdict_from_the_future_is_not_trusted() {
    let Some(library) = faketime("a_verdict_from_the_future_is_not_trusted") else {
        return;
    };
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let old = node.address();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    at(&sandbox, &library, LATER, &["heal"]).expect(0);
    let newest = |key: &str| -> u64 {
        let state: Value =
            serde_json::from_slice(&fs::read(sandbox.state_file()).unwrap()).unwrap();
        let clusters = state["clusters"].as_object().unwrap().values();
        let endpoints = clusters.flat_map(|known| known["endpoints"].as_array().unwrap());
        endpoints
            .map(|known| known[key].as_u64().unwrap())
            .max()
            .unwrap()
    };
    for key in ["proved", "asked"] {
        assert!(newest(key) > now() + 200 * 86_400, "the clock was right");
    }
    node.move_to(place()).unwrap();
    let stranger = settle(old);
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    assert!(sandbox.text().contains(&node.url()));
    assert_eq!(stranger.records().credential_bytes(), 0);
    // What was learnt then is not the newest for three hundred days.
    assert!(newest("proved") <= now());
}

#[test]
fn a_search_of_the_future_puts_none_off() {
    let Some(library) = faketime("a_search_of_the_future_puts_none_off") else {
        return;
    };
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    node.set_behaviour(Behaviour::Refuse).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.script("kubectl", "exit 0\n");
    let json = r#"{"errors":[],"info":{}}"#;
    stand_in(&sandbox, "multipass", &[("info --format json", json)]);
    for (offset, expected) in [(LATER, 1), (LATER, 1), ("+0d", 2), ("+0d", 2), ("-300d", 3)] {
        at(&sandbox, &library, offset, &["k", "get", "ns"]).expect(0);
        assert_eq!(calls(&sandbox, "multipass"), expected, "{offset}");
    }
}

/// The last change is the last that was made, not the one of the latest date.
#[test]
fn undo_takes_back_what_was_done_last() {
    let Some(library) = faketime("undo_takes_back_what_was_done_last") else {
        return;
    };
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    let mut texts = vec![sandbox.text()];
    for offset in [LATER, "+0d", "-300d", "+0d"] {
        node.move_to(place()).unwrap();
        let to = node.address().to_string();
        at(&sandbox, &library, offset, &["heal", "--at", &to]).expect(if offset == "-300d" {
            4
        } else {
            0
        });
        if offset != "-300d" {
            texts.push(sandbox.text());
        }
    }
    assert_eq!(sandbox.history().len(), 3);
    texts.pop();
    while let Some(text) = texts.pop() {
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), text);
    }
}
