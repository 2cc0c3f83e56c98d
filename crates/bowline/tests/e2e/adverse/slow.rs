//! A server at a round trip of 900 ms is healthy: nothing is written, and what answers sooner is not used.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;

use crate::sources::calls;
use crate::sources::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::slow_path;

/// Programs that would be asked for a cluster that is gone.
const PROGRAMS: [&str; 3] = ["docker", "multipass", "virsh"];

struct Scene {
    sandbox: Sandbox,
    before: Vec<u8>,
    near: [Node; 2],
    _far: Node,
}

/// TCP, TLS and HTTP take one round trip each, 2.7 s together. Loopback cannot delay TCP's, so each of the other two
/// takes half of it more. Near by are a sibling and an impostor, who answer at once.
fn scene() -> Scene {
    let cluster = Cluster::new();
    let far = Node::start(&cluster, place()).unwrap();
    let slow = slow_path(far.address(), Duration::from_millis(675));
    far.set_leaf(cluster.leaf(&LeafKind::ApiServer, &[slow.ip()]));
    let sibling = Node::start(&cluster, place()).unwrap();
    let impostor = Node::start(&Cluster::new(), place()).unwrap();
    cluster.set_endpoints(&[slow, sibling.address()]);
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{slow}")));
    sandbox.announce(&[
        ("microk8s", sibling.address()),
        ("microk8s-vm", impostor.address()),
    ]);
    for program in PROGRAMS {
        stand_in(&sandbox, program, &[]);
    }
    Scene {
        before: sandbox.bytes(),
        near: [sibling, impostor],
        sandbox,
        _far: far,
    }
}

impl Scene {
    /// `k` with a stand-in for kubectl, which says how it was called.
    #[track_caller]
    fn k(&self) {
        let kubectl = self.sandbox.script("kubectl", "echo \"ran: $*\"\n");
        let mut command = self.sandbox.command(&["k", "get", "ns"]);
        command.env("BOWLINE_KUBECTL", kubectl);
        run(command, b"")
            .expect(0)
            .says("ran: get ns")
            .never_says("--server")
            .never_says("down")
            .never_says("moved");
        assert_eq!(self.sandbox.bytes(), self.before);
    }

    fn calls(&self) -> usize {
        let calls = PROGRAMS.iter().map(|name| calls(&self.sandbox, name));
        calls.sum()
    }

    /// The verdict is no longer fresh; what was learnt stays.
    fn forget_the_verdict(&self) {
        let path = self.sandbox.state_file();
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        state["verdicts"] = json!({});
        fs::write(&path, state.to_string()).unwrap();
    }
}

#[test]
fn it_works_for_heal_and_then_nobody_else_is_asked() {
    let scene = scene();
    let sandbox = &scene.sandbox;
    let outcome = sandbox.bowline(&["heal"]).expect(0).says("works at");
    let least = Duration::from_millis(2700);
    assert!(
        outcome.elapsed >= least,
        "the path was not slow: {outcome:?}"
    );
    assert_eq!(sandbox.bytes(), scene.before);

    // It is known to be slow: neither a program nor a neighbour is disturbed, with a fresh verdict or without one.
    let asked = scene.calls();
    for node in &scene.near {
        node.clear_records();
    }
    scene.k();
    scene.forget_the_verdict();
    scene.k();
    assert_eq!(scene.calls(), asked);
    for node in &scene.near {
        assert_eq!(node.records().connections, 0);
    }
    assert_eq!(sandbox.history().len(), 0);
}

#[test]
fn it_works_for_the_first_k() {
    let scene = scene();
    scene.k();
    let [sibling, impostor] = &scene.near;
    assert_eq!(impostor.records().credential_bytes(), 0);
    // Proved without a credential, if at all.
    assert_eq!(sibling.records().credential_bytes(), 0);
    assert_eq!(scene.sandbox.history().len(), 0);
}

/// That it was slow once costs nothing when it is gone.
#[test]
fn once_it_is_gone_it_is_looked_for_at_once() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let slow = slow_path(node.address(), Duration::from_millis(300));
    node.set_leaf(cluster.leaf(&LeafKind::ApiServer, &[slow.ip()]));
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{slow}")));
    sandbox.bowline(&["heal"]).expect(0).says("works at");
    // Nobody listens where the entry says now.
    let gone = place();
    let path = sandbox.state_file();
    let state = fs::read_to_string(&path).unwrap();
    fs::write(&path, state.replace(&slow.to_string(), &gone.to_string())).unwrap();
    let text = sandbox.text();
    sandbox.write(text.replace(&slow.to_string(), &gone.to_string()));
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert!(sandbox.text().contains(&node.url()), "{outcome:?}");
    assert!(outcome.elapsed < Duration::from_secs(1), "{outcome:?}");
}
