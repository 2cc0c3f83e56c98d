//! The certificate's names and dates, and the clocks.

use super::*;

pub(super) const ROWS: &[Row] = &[
    // The name in the certificate.
    Row {
        name: "certificate lacks the address",
        fault: |stage| {
            let leaf = stage.node.leaf();
            stage.node.move_to(place()).unwrap();
            let text = stage.sandbox.text();
            let line = stage.line("server:");
            let url = stage.node.url();
            stage.write(&text.replace(&line, &format!("    server: {url}")));
            stage.machine_has(&stage.cluster);
            stage.node.set_leaf(leaf);
        },
        id: "server-name",
        rung: "server-name",
        code: 4,
        kubectl: "x509: certificate is valid for 127.0.0.1, 10.152.183.1, ",
        ..PLAIN
    },
    Row {
        name: "localhost is not in the certificate",
        fault: |stage| {
            stage.node.move_to(([127, 0, 0, 1], 0).into()).unwrap();
            let port = stage.node.address().port();
            let line = stage.line("server:");
            stage.edit(&line, &format!("    server: https://localhost:{port}"));
        },
        id: "server-name",
        rung: "server-name",
        code: 4,
        kubectl: "x509: certificate is valid for kubernetes, kubernetes.default, kubernetes.default.svc, kubernetes.default.svc.cluster, kubernetes.default.svc.cluster.local, not localhost",
        ..PLAIN
    },
    Row {
        name: "wrong tls-server-name",
        fault: |stage| {
            stage.edit(
                "    server: ",
                "    tls-server-name: nonsense\n    server: ",
            );
        },
        id: "tls-server-name-wrong",
        rung: "server-name",
        code: 4,
        kubectl: "not nonsense",
        ..PLAIN
    },
    // Dates and clocks.
    Row {
        name: "certificate expired",
        fault: |stage| leaf_of(stage, &LeafKind::ApiServerExpired),
        id: "certificate-expired",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "certificate not yet valid",
        fault: |stage| leaf_of(stage, &LeafKind::ApiServerNotYetValid),
        id: "certificate-not-yet-valid",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "clock of the node",
        fault: |stage| {
            leaf_of(stage, &LeafKind::ApiServerNotYetValid);
            stage.node.set_clock(2 * 86_400);
        },
        id: "clocks-apart",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "clock of this machine",
        fault: |stage| {
            leaf_of(stage, &LeafKind::ApiServerNotYetValid);
            stage.node.set_clock(400 * 86_400);
            // Written when the clock was right.
            let file = fs::File::options().write(true).open(stage.sandbox.file());
            file.unwrap()
                .set_modified(SystemTime::now() + 300 * DAY)
                .unwrap();
        },
        id: "clock-here",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "CA expired",
        cluster: old_ca,
        fault: |stage| {
            let old = STANDARD.encode(stage.cluster.ca_pem());
            let fresh = STANDARD.encode(stage.cluster.reissue_ca());
            let theirs = stage
                .cluster
                .kubeconfig(crate::add_machines::machines::LOOPBACK);
            let machines = crate::add_machines::machines::Machines::multipass(&stage.sandbox);
            machines.write(
                "dev",
                crate::add_machines::machines::CLIENT_CONFIG,
                &theirs.replace(&old, &fresh),
            );
        },
        id: "ca-out-of-date",
        rung: "expiry",
        code: 4,
        kubectl: "x509:",
        ..PLAIN
    },
];
