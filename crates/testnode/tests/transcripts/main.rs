//! Holds the node to what the real pair said: kube-apiserver v1.36.2, kubectl 1.36.2, recorded 2026-11.
//!
//! One row is one call of the real kubectl with an empty home, so with a cold discovery cache. What
//! differs between versions of kubectl is data of the row.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod rows;
#[path = "../support/mod.rs"]
mod support;

use std::net::IpAddr;

use rows::{Row, Who, rows};
use support::{Home, LOOPBACK, matches};
use testnode::{ClientCertificateSpec, Cluster, LeafKind, Node, NodeOptions};

/// Answers with what went wrong, if anything did.
fn play(home: &Home, row: &Row) -> Result<(), String> {
    let setting = &row.setting;
    let cluster = Cluster::builder().rbac(setting.rbac).build();
    let other = Cluster::new();
    let leaf = if setting.moved {
        // MicroK8s' leaf without the 127.0.0.1 that every loopback test would pass by.
        let names = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "10.152.183.1",
            "127.0.0.2",
        ];
        Some(LeafKind::ApiServerFor(names.map(str::to_owned).to_vec()))
    } else {
        setting.leaf.clone()
    };
    let addresses = if setting.moved {
        vec![]
    } else {
        vec![IpAddr::from([127, 0, 0, 1])]
    };
    let options = NodeOptions {
        leaf: leaf.map(|kind| cluster.leaf(&kind, &addresses)),
        behaviour: setting.behaviour,
        tls12_only: setting.tls12_only,
        ..NodeOptions::default()
    };
    let node = Node::start_with(&cluster, LOOPBACK.into(), options).map_err(|e| e.to_string())?;
    let port = node.address().port().to_string();
    let server = setting
        .server
        .unwrap_or("https://127.0.0.1:{port}")
        .replace("{port}", &port);
    let configured = if setting.other_cluster {
        &other
    } else {
        &cluster
    };
    let mut kubeconfig = match &setting.user {
        Who::Admin => configured.kubeconfig(&server),
        Who::Token(token) => configured.kubeconfig_token(&server, token),
        Who::Certificate(spec) => {
            configured.kubeconfig_x509(&server, &cluster.client_certificate(&spec()))
        }
        Who::CertificateOfAnotherCa => {
            let foreign = other.client_certificate(&ClientCertificateSpec::admin());
            configured.kubeconfig_x509(&server, &foreign)
        }
    };
    if let Some(name) = setting.tls_server_name {
        let line = format!("    server: {server}\n");
        kubeconfig = kubeconfig.replace(&line, &format!("{line}    tls-server-name: {name}\n"));
    }
    if row.name == "delete ns" {
        let created = home.run(&kubeconfig, &["create", "ns", "doomed"]);
        if created.code != Some(0) {
            return Err(format!("no namespace to delete: {created:?}"));
        }
    }
    let mut command = home.command(&kubeconfig, row.arguments);
    command.envs(setting.environment.iter().copied());
    let outcome = support::Outcome::of(&command.output().map_err(|e| e.to_string())?);
    let last = outcome.last_error();
    let minor = home.kubectl.version.1;
    let expected: Vec<_> = row
        .stderr
        .iter()
        .filter(|(minors, _)| minors.contains(&minor))
        .map(|(_, text)| text.replace("{address}", &node.address().to_string()))
        .collect();
    let stderr_fits = if row.stderr.is_empty() {
        outcome.stderr.is_empty()
    } else {
        expected.iter().any(|pattern| matches(pattern, last))
    };
    if stderr_fits && matches(row.stdout, &outcome.stdout) && outcome.code == Some(row.code) {
        return Ok(());
    }
    Err(format!(
        "wanted {expected:?}, {:?}, {}; got {outcome:?}",
        row.stdout, row.code
    ))
}

#[test]
fn kubectl_says_what_it_says_to_a_real_server() {
    let mut failures = Vec::new();
    let mut played = 0;
    for row in rows() {
        let home = Home::new();
        if home.kubectl.version.1 < row.since {
            continue;
        }
        played += 1;
        if let Err(why) = play(&home, &row) {
            failures.push(format!("{}: {why}", row.name));
        }
    }
    assert!(played > 30);
    assert!(
        failures.is_empty(),
        "{} of {played}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
