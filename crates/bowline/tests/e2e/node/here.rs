//! The node on this very machine: its files where MicroK8s has them, in a mount namespace of their own.

use std::process::Command;

use testnode::Cluster;
use testnode::Node;
use testnode::NodeOptions;

use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

#[test]
fn a_kubeconfig_for_somebody_else_does_not_lead_to_their_own_machine() {
    let cluster = Cluster::builder().rbac(true).build();
    let node = Node::start(&cluster, ([127, 0, 0, 1], 0).into()).unwrap();
    let port = node.address().port();
    // The same server at the machine's address on the network.
    let mut outside = place();
    outside.set_port(port);
    let options = NodeOptions {
        leaf: Some(node.leaf()),
        ..NodeOptions::default()
    };
    let _same = Node::start_with(&cluster, outside, options).unwrap();
    let port = port.to_string();
    let tree = Tree::of(&cluster, "1.34", &["--rbac", "--port", &port]);
    let sandbox = Sandbox::new();
    // The bridges of containers are the same everywhere, too.
    let addresses = format!("172.17.0.1 {}", outside.ip());
    sandbox.script("hostname", &format!("echo {addresses}"));
    let here = |arguments: &[&str]| {
        let under = "mount -t tmpfs tmpfs /var && mkdir -p /var/snap/microk8s && mount --bind \"$0\" \
                     /var/snap/microk8s && PATH=$1:/usr/bin:/bin && shift && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["-m", "/bin/sh", "-c", under]);
        command.arg(tree.root().join("var/snap/microk8s"));
        command.arg(sandbox.path("bin"));
        command.arg(env!("CARGO_BIN_EXE_bowline")).args(arguments);
        let mut command = sandbox.settle(command);
        command.env("PATH", "/usr/bin:/bin");
        run(command, b"")
    };
    let tried = here(&["--version"]);
    if tried.code != Some(0) {
        let name = "a_kubeconfig_for_somebody_else_does_not_lead_to_their_own_machine";
        skip(name, "nothing can be mounted in a namespace here");
        return;
    }
    let file = sandbox.path("alice.yaml");
    let path = file.to_str().unwrap();
    here(&["node", "users", "add", "alice", "-o", path]).expect(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("https://{outside}")), "{text}");
    assert_eq!(sandbox.who(path)["username"], "alice");
    // Without another address, that is said.
    sandbox.script("hostname", "echo 172.17.0.1");
    here(&["node", "kubeconfig", "admin"])
        .expect(0)
        .says(&format!("https://127.0.0.1:{port}"))
        .says("--at ADDRESS");
}
