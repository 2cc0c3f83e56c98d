//! Who answers instead of the cluster.

use super::*;

pub(super) const ROWS: &[Row] = &[
    // Who answers.
    Row {
        name: "another cluster has the address",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        id: "other-cluster",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "another known cluster has the address",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            let ca = STANDARD.encode(other.ca_pem());
            stage.edit(
                "contexts:\n",
                &format!("- cluster:\n    certificate-authority-data: {ca}\n    server: https://10.9.9.9\n  name: lab\ncontexts:\n"),
            );
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        id: "other-known-cluster",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "installed anew",
        fault: |stage| {
            // The machine is known: the cluster was seen there.
            stage.bowline(&["doctor"]);
            let at = stage.node.address();
            let leaf = stage.node.leaf();
            let anew = Cluster::new();
            stage.node.move_to(place()).unwrap();
            stage.node = Node::start(&anew, at).unwrap();
            stage.node.set_leaf(leaf.renewed(anew.ca(), &[at.ip()]));
            stage.machine_has(&anew);
            stage.cluster = anew;
        },
        id: "rekeyed",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "captive portal",
        fault: |stage| {
            let old = hide(stage);
            let public = Cluster::builder().ca_name("R11").build();
            let kind = LeafKind::ApiServerFor(vec!["login.portal.example".to_owned()]);
            let leaf = Leaf::new(public.ca(), &kind, &[]);
            stage.somebody(&public, old, Role::CaptivePortal, Some(leaf));
        },
        id: "intercepted",
        rung: "identity",
        code: 4,
        kubectl: "x509:",
        hand: Some(come_back),
        ..PLAIN
    },
    Row {
        name: "captive portal in the clear",
        fault: |stage| {
            let old = hide(stage);
            let public = Cluster::new();
            stage.somebody(&public, old, Role::PlainCaptivePortal, None);
        },
        id: "intercepted",
        rung: "identity",
        code: 4,
        hand: Some(come_back),
        ..PLAIN
    },
    Row {
        name: "plain http on the port",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            stage.somebody(&other, old, Role::PlainWebServer, None);
        },
        id: "plain-http-port",
        rung: "identity",
        code: 4,
        kubectl: "http: server gave HTTP response to HTTPS client",
        ..PLAIN
    },
    Row {
        name: "kubelet has the address",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            let leaf = cluster.leaf(&LeafKind::MicroK8sKubelet, &[old.ip()]);
            stage.somebody(
                &cluster,
                old,
                Role::Kubelet { anonymous: false },
                Some(leaf),
            );
        },
        id: "node-answers",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "no API server",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            stage.somebody(&cluster, old, Role::WebServer, None);
        },
        id: "not-an-api-server",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "client certificate for a server's",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            let leaf = cluster.leaf(&LeafKind::KubeadmClient, &[old.ip()]);
            stage.somebody(&cluster, old, Role::WebServer, Some(leaf));
        },
        id: "certificate-unusable",
        rung: "identity",
        code: 4,
        kubectl: "x509:",
        ..PLAIN
    },
    Row {
        name: "ssh on the port",
        fault: |stage| {
            let old = stage.move_away();
            says(old, b"SSH-2.0-OpenSSH_9.6\r\n");
        },
        id: "tls-failed",
        rung: "identity",
        code: 4,
        kubectl: "tls: first record does not look like a TLS handshake",
        ..PLAIN
    },
    Row {
        name: "another cluster of the same CA",
        cluster: || Cluster::builder().ca_name("minikubeCA").build(),
        fault: |stage| {
            stage.bowline(&["doctor"]);
            let old = stage.move_away();
            let other = Cluster::builder().ca(stage.cluster.ca()).build();
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        // kubectl would give it the token.
        id: "shared-ca-stranger",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "no CA",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&format!("{line}\n"), "");
        },
        id: "no-ca",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
];
