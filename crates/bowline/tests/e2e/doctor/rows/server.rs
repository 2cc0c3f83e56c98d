//! What the credential permits, how the server is, and the nodes.

use super::*;

pub(super) const ROWS: &[Row] = &[
    // What it permits.
    Row {
        name: "no permission",
        cluster: rbac,
        fault: |stage| {
            let token = stage.cluster.admin_token().to_owned();
            stage.edit(&token, "devT0ken");
        },
        id: "forbidden",
        rung: "permission",
        code: 9,
        kubectl: "no",
        ask: &["auth", "can-i", "list", "pods", "-n", "default"],
        ..PLAIN
    },
    // How the server is.
    Row {
        name: "datastore down",
        fault: |stage| stage.node.set_behaviour(Behaviour::DatastoreDown).unwrap(),
        id: "datastore-down",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "objects are not answered",
        fault: |stage| stage.node.set_behaviour(Behaviour::ObjectsHang).unwrap(),
        id: "server-silent",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "unavailable",
        fault: |stage| stage.node.set_behaviour(Behaviour::Unavailable).unwrap(),
        id: "server-error",
        rung: "server",
        code: 10,
        kubectl: "Error from server (ServiceUnavailable)",
        ..PLAIN
    },
    Row {
        name: "not ready",
        fault: |stage| stage.node.set_behaviour(Behaviour::ReadyzFails).unwrap(),
        id: "not-ready",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    // The nodes.
    Row {
        name: "kubelet at another address",
        fault: |stage| stage.kubelet(&LeafKind::MicroK8sKubelet, ([172, 28, 40, 7], 1).into()),
        id: "kubelet-certificate-address",
        rung: "node",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "kubelet certificate expired",
        fault: |stage| {
            let own = stage.node.address();
            stage.kubelet(&LeafKind::MicroK8sKubeletExpired, own);
        },
        id: "kubelet-certificate-expired",
        rung: "node",
        code: 10,
        ..PLAIN
    },
];
