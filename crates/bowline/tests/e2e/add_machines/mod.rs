//! `bowline add` from the machine that a cluster runs on.

mod added;
mod again;
mod kinds;
pub(crate) mod machines;
mod refused;

use std::fs;

use testnode::Cluster;
use testnode::Node;

use self::machines::CLIENT_CONFIG;
use self::machines::LOOPBACK;
use self::machines::Machines;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::odd;

/// A machine with MicroK8s at the address of a node.
fn microk8s(machines: &Machines<'_>, name: &str, cluster: &Cluster, node: &Node) {
    machines.runs(name, &[node.address()]);
    machines.write(name, CLIENT_CONFIG, &cluster.kubeconfig(LOOPBACK));
}

/// A kubeconfig that a person wrote, in which no name of these tests is taken.
fn mine() -> String {
    odd(&Cluster::new(), "https://10.0.0.1:16443")
        .replace("current-context: 'dev'", "current-context: 'mine'")
        .replace("{name: dev,", "{name: mine,")
}

/// Everything that a command must not touch when it refuses.
fn everything(sandbox: &Sandbox) -> (Vec<u8>, Vec<u8>, Vec<String>, Vec<String>) {
    (
        fs::read(sandbox.file()).unwrap_or_default(),
        fs::read(sandbox.path("config.toml")).unwrap_or_default(),
        sandbox.beside(),
        names(&sandbox.path("state/journal")),
    )
}
