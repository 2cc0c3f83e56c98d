//! Other ways to a cluster: IPv6, a proxy of the environment, several nodes.

use std::fmt::Write as _;

use serde_json::Value;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use super::stage::Stage;
use super::stage::named;
use super::stage::verdict;
use crate::support::place;
use crate::support::skip;

#[test]
fn ipv6_is_an_address_like_another() {
    let stage = Stage::with(Cluster::new());
    if stage.node.move_to("[::1]:0".parse().unwrap()).is_err() {
        return skip("ipv6_is_an_address_like_another", "this machine has no ::1");
    }
    stage.node.renew_leaf();
    let line = stage.line("server:");
    let url = stage.node.url();
    stage.edit(&line, &format!("    server: {url}"));
    let diagnosis = stage.diagnose(0);
    assert_eq!(diagnosis["verdict"], Value::Null, "{diagnosis:#}");
    stage.node.set_behaviour(Behaviour::Refuse).unwrap();
    let diagnosis = stage.diagnose(3);
    assert_eq!(diagnosis["verdict"], "port-refused");
    // What listens on ::1 is a tunnel: nobody is followed from there.
    assert_eq!(verdict(&diagnosis)["mend"]["at"], "hand");
    // With a zone no server can be written (RFC 6874), and kubectl refuses it as well.
    stage.edit(&url, "https://[fe80::1%eth0]:16443");
    let diagnosis = stage.diagnose(6);
    assert_eq!(diagnosis["verdict"], "server-invalid", "{diagnosis:#}");
    let failed = stage.kubectl(&["get", "ns"]);
    assert_ne!(failed.code, Some(0), "{failed:#?}");
}

#[test]
fn behind_a_proxy_of_the_environment_nothing_is_said() {
    let mut stage = Stage::with(Cluster::new());
    let line = stage.line("server:");
    // Documentation's address (RFC 5737), to which nothing is sent.
    stage.edit(&line, "    server: https://192.0.2.1:16443");
    stage.variables = vec![("HTTPS_PROXY", format!("http://{}", place()))];
    let diagnosis = stage.diagnose(0);
    let findings = diagnosis["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{diagnosis:#}");
    assert_eq!(findings[0]["id"], "proxied");
    assert!(
        findings[0]["mend"]["text"]
            .as_str()
            .unwrap()
            .contains("NO_PROXY")
    );
    assert_eq!(diagnosis["rungs"][8]["state"], "not-reached");
}

#[test]
fn of_several_nodes_the_one_that_is_down_is_to_be_started() {
    let stage = Stage::with(Cluster::new());
    let second = Node::start(&stage.cluster, place()).unwrap();
    let file = stage.sandbox.path("second");
    std::fs::write(&file, named(&stage.cluster.kubeconfig(&second.url()))).unwrap();
    let file = file.to_str().unwrap();
    stage.bowline(&["doctor", "--kubeconfig", file]).expect(0);
    stage.diagnose(0);
    stage.machine_is_lost();
    stage.node.set_behaviour(Behaviour::Refuse).unwrap();
    let before = stage.sandbox.text();
    let diagnosis = stage.diagnose(3);
    let finding = verdict(&diagnosis);
    assert_eq!(finding["id"], "port-refused");
    let seen = finding["seen"].as_str().unwrap();
    let sibling = format!(
        "another node of the cluster answers at {}",
        second.address()
    );
    assert!(seen.contains(&sibling), "{seen}");
    assert_eq!(finding["mend"]["command"], "sudo microk8s start");
    stage.bowline(&["doctor", "--fix"]).expect(3);
    assert_eq!(stage.sandbox.text(), before, "a sibling is never written");
    stage.bowline(&["k", "get", "ns"]).expect(0);
}

/// With many contexts nobody is looked for elsewhere; `heal` does that.
#[test]
fn of_many_contexts_each_is_told_to_heal() {
    let stage = Stage::with(Cluster::new());
    let mut contexts = String::new();
    for number in 0..10 {
        write!(
            contexts,
            "- context:\n    cluster: dev\n    user: dev\n  name: c{number}\n"
        )
        .unwrap();
    }
    stage.edit("contexts:\n", &format!("contexts:\n{contexts}"));
    stage.move_away();
    let outcome = stage.bowline(&["doctor", "--all", "-o", "json"]).expect(3);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let listed = report["contexts"].as_array().unwrap();
    assert_eq!(listed.len(), 11);
    for context in listed {
        let command = verdict(context)["mend"]["command"].clone();
        let name = context["context"].as_str().unwrap();
        assert_eq!(command, format!("bowline heal {name}"));
    }
    // One command mends the entry that all of them share.
    stage.bowline(&["doctor", "--all", "--fix"]).expect(0);
}
