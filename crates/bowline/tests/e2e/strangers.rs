//! Strangers at the entry's own address, and what else an attacker or an unlucky network arranges.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;

use testnode::Behaviour;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;

fn with_kind(cluster: &Cluster, kind: &LeafKind, at: SocketAddr) -> Node {
    let leaf = Some(cluster.leaf(kind, &[at.ip()]));
    let options = NodeOptions {
        leaf,
        ..NodeOptions::default()
    };
    Node::start_with(cluster, at, options).unwrap()
}

/// A node's certificate that carries the address is good enough for kubectl: so kubectl must not be run.
#[test]
fn a_node_at_the_entrys_own_address_gets_no_credential() {
    for kind in [
        LeafKind::K3sKubelet,
        LeafKind::K3sKubeletNamedLikeApiServer,
        LeafKind::MicroK8sKubelet,
        LeafKind::CsrKubelet,
    ] {
        let cluster = Cluster::new();
        let node = with_kind(&cluster, &kind, place());
        let sandbox = Sandbox::with(odd(&cluster, &node.url()));
        let outcome = sandbox.bowline(&["k", "get", "ns"]);
        assert_eq!(outcome.code, Some(4), "{kind:?}: {outcome:?}");
        sandbox.bowline(&["status"]).expect(4);
        sandbox.bowline(&["heal"]).expect(4);
        assert_eq!(node.records().credential_bytes(), 0, "{kind:?}");
        // The test of the test: kubectl alone gives it away.
        sandbox.kubectl(&["get", "ns"]);
        assert!(node.records().credential_bytes() > 0, "{kind:?}");
    }
}

#[test]
fn a_node_that_takes_the_place_while_the_verdict_is_fresh_gets_no_credential() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["k", "get", "ns"]).expect(0);
    node.set_leaf(cluster.leaf(&LeafKind::MicroK8sKubelet, &[node.address().ip()]));
    node.set_behaviour(Behaviour::Refuse).unwrap();
    node.set_behaviour(Behaviour::Serve).unwrap();
    node.clear_records();
    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(1);
    assert!(
        outcome.stderr.contains("not kubernetes.default.svc"),
        "{outcome:?}"
    );
    assert_eq!(node.records().credential_bytes(), 0);
}

#[test]
fn clusters_behind_one_address_are_told_apart_by_their_paths() {
    let cluster = Cluster::new();
    let gone = place();
    let server = |n: u32| format!("https://{gone}/k8s/clusters/c-{n}");
    let one = odd(&cluster, &server(1));
    let sandbox = Sandbox::with(&one);
    let other = sandbox.path("other");
    std::fs::write(&other, odd(&cluster, &server(2))).unwrap();
    let before = std::fs::read(&other).unwrap();
    let node = Node::start(&cluster, place()).unwrap();
    let chain = std::env::join_paths([sandbox.file(), other.clone()]).unwrap();
    let at = node.address().to_string();
    sandbox.bowline_on(&chain, &["heal", "--at", &at]).expect(0);
    assert_eq!(node.records().lines()[0], "GET /k8s/clusters/c-1/version");
    let moved = format!("'https://{at}/k8s/clusters/c-1'");
    assert!(sandbox.text().contains(&moved), "{}", sandbox.text());
    assert_eq!(std::fs::read(&other).unwrap(), before);
}

#[test]
fn an_entry_that_must_not_be_followed_is_not_changed_with_its_copies() {
    let cluster = Cluster::new();
    let gone = format!("https://{}", place());
    let sandbox = Sandbox::with(odd(&cluster, &gone));
    let copy = sandbox.path("copy");
    std::fs::write(&copy, cluster.kubeconfig(&gone)).unwrap();
    let before = std::fs::read(&copy).unwrap();
    let settings = sandbox.default_settings();
    sandbox.settings(&format!(
        "{settings}\n[clusters.microk8s-cluster]\nfollow = false\n"
    ));
    let node = Node::start(&cluster, place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let chain = std::env::join_paths([sandbox.file(), copy.clone()]).unwrap();
    sandbox.bowline_on(&chain, &["heal"]).expect(0);
    assert!(sandbox.text().contains(&node.url()));
    assert_eq!(std::fs::read(&copy).unwrap(), before);
}

/// A cloned VM has the key of its original; its certificate is signed anew for its own address.
#[test]
fn a_clone_with_the_originals_key_is_refused() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(0);

    let machine = cluster.clone_machine();
    let options = NodeOptions {
        leaf: Some(node.leaf()),
        ..NodeOptions::default()
    };
    let clone = Node::start_with(&machine, place(), options).unwrap();
    clone.renew_leaf();
    assert_eq!(clone.leaf_spki_sha256(), node.leaf_spki_sha256());
    node.move_to(place()).unwrap();
    node.renew_leaf();
    sandbox.announce(&[("microk8s-vm", node.address()), ("clone", clone.address())]);
    sandbox
        .bowline(&["heal"])
        .expect(4)
        .says("one may be a clone of the other");
    assert_eq!(sandbox.text(), before);

    // Alone it is the node that moved, whose certificate was signed anew.
    clone.set_behaviour(Behaviour::Refuse).unwrap();
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    assert!(sandbox.text().contains(&node.url()));
}

/// Nothing is on record, and the cluster says that it has several API servers: which one the entry meant,
/// nobody knows.
#[test]
fn without_a_record_a_sibling_is_used_and_not_written() {
    let cluster = Cluster::new();
    let sibling = Node::start(&cluster, place()).unwrap();
    let gone = place();
    cluster.set_endpoints(&[gone, sibling.address()]);
    let before = odd(&cluster, &format!("https://{gone}"));
    let sandbox = Sandbox::with(&before);
    sandbox.announce(&[("node-2", sibling.address())]);
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    assert_eq!(sandbox.text(), before);
}

/// A resolver or lease file that names this machine would turn the entry into a tunnel.
#[test]
fn a_source_cannot_lead_to_this_machine() {
    let cluster = Cluster::new();
    let gone = place();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, gone.port()));
    let _node = Node::start(&cluster, here).unwrap();
    let before = odd(&cluster, &format!("https://{gone}"));
    let sandbox = Sandbox::with(&before);
    sandbox.announce(&[("microk8s-vm", here)]);
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .never_says("127.0.0.1:");
    assert_eq!(sandbox.text(), before);
}

#[test]
fn a_kubectl_that_is_a_wrapper_around_bowline_ends() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let bowline = env!("CARGO_BIN_EXE_bowline");
    let wrapper = sandbox.script("kubectl", &format!("exec {bowline} k \"$@\"\n"));
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", wrapper);
    let outcome = run(command, b"").expect(127);
    assert!(outcome.stderr.contains("BOWLINE_KUBECTL"), "{outcome:?}");
    assert!(outcome.elapsed < Duration::from_secs(10), "{outcome:?}");
}

#[test]
fn a_plugin_gets_its_own_arguments_only() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let echo = sandbox.script("echo-arguments", "echo \"ran: $*\"\n");
    let mut command = sandbox.command(&["k", "neat", "get"]);
    command.env("BOWLINE_KUBECTL", echo);
    let outcome = run(command, b"").expect(0);
    assert_eq!(outcome.stdout, "ran: neat get\n");
}

/// What stands behind a proxy is reached by kubectl through it: a direct look says nothing.
#[test]
fn what_is_behind_the_environments_proxy_is_left_alone() {
    let cluster = Cluster::new();
    let before = odd(&cluster, "https://192.0.2.7:16443");
    let sandbox = Sandbox::with(&before);
    let mut command = sandbox.command(&["status"]);
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    run(command, b"").expect(0).says("HTTPS_PROXY");
    assert_eq!(sandbox.text(), before);
}

/// Where nothing can be remembered, the credential is as safe as elsewhere.
#[test]
fn a_node_gets_no_credential_where_the_state_cannot_be_used() {
    for what in ["its locks", "its folder", "its text"] {
        let cluster = Cluster::new();
        let node = with_kind(&cluster, &LeafKind::MicroK8sKubelet, place());
        let sandbox = Sandbox::with(odd(&cluster, &node.url()));
        let state = sandbox.path("state");
        if what == "its folder" {
            std::fs::write(&state, "").unwrap();
        } else {
            std::fs::create_dir(&state).unwrap();
            let name = if what == "its locks" {
                "locks"
            } else {
                "state.json"
            };
            std::fs::write(state.join(name), "{").unwrap();
        }
        let outcome = sandbox.bowline(&["k", "get", "ns"]);
        assert_eq!(outcome.code, Some(4), "{what}: {outcome:#?}");
        assert_eq!(node.records().credential_bytes(), 0, "{what}");
    }
}

/// Nor where nobody reads what is said.
#[test]
fn a_node_gets_no_credential_where_nobody_reads_the_warning() {
    let cluster = Cluster::new();
    let node = with_kind(&cluster, &LeafKind::MicroK8sKubelet, place());
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.stderr(writer);
    assert_eq!(command.output().unwrap().status.code(), Some(4));
    assert_eq!(node.records().credential_bytes(), 0);
}

/// A plugin reads the entry as it is, whatever else was found.
#[test]
fn a_plugin_is_not_run_where_a_node_sits_at_the_entrys_own_address() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["heal"]).expect(0);
    sandbox.announce(&[("node-2", sibling.address())]);
    node.set_leaf(cluster.leaf(&LeafKind::MicroK8sKubelet, &[node.address().ip()]));
    // Another spelling has no verdict yet.
    sandbox.write(sandbox.text().replace(":16443'", ":16443/'"));
    let echo = sandbox.script("echo-arguments", "echo \"ran: $*\"\n");
    for _ in 0..2 {
        let mut command = sandbox.command(&["k", "neat", "get"]);
        command.env("BOWLINE_KUBECTL", &echo);
        run(command, b"").expect(4).never_says("ran:");
    }
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", &echo);
    run(command, b"")
        .expect(0)
        .says("ran: get ns --server=")
        .says(&sibling.address().to_string());
}
