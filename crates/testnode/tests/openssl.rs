//! Keys and certificates made by the `openssl` of the machine, as MicroK8s makes them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::{Home, LOOPBACK};
use tempfile::TempDir;
use testnode::{Ca, Cluster, Leaf, Node, NodeOptions};

const GET: &[&str] = &["get", "ns"];

/// Certificates made by the very commands of MicroK8s (`openssl` of its snap), served as they are.
#[test]
fn certificates_made_by_openssl_are_served() {
    let home = Home::new();
    let [(ca, leaf, client), (_, other_leaf, _)] = [make(), make()];
    let cluster = Cluster::builder().ca(&ca).build();
    let node = Node::start_with(
        &cluster,
        LOOPBACK.into(),
        NodeOptions {
            leaf: Some(leaf),
            ..NodeOptions::default()
        },
    )
    .unwrap();
    let outcome = home.run(&cluster.kubeconfig(&node.url()), GET);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let x509 = cluster.kubeconfig(&node.url()).replace(
        &format!("token: {}", cluster.admin_token()),
        &format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            client.0, client.1
        ),
    );
    let outcome = home.run(&x509, GET);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("kube-system"), "{outcome:?}");

    node.set_leaf(other_leaf);
    let outcome = home.run(&cluster.kubeconfig(&node.url()), GET);
    assert!(
        outcome.last_error().ends_with(
            "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: \
             verification error\" while trying to verify candidate authority certificate \"10.152.183.1\")"
        ),
        "{outcome:?}"
    );
}

fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// CA, server leaf, and the base64 of a client certificate and its key.
fn make() -> (Ca, Leaf, (String, String)) {
    let folder = TempDir::new().unwrap();
    let dir = folder.path();
    let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    let sans: Vec<_> = names.iter().map(|name| format!("DNS:{name}")).collect();
    std::fs::write(
        dir.join("v3_ext"),
        format!(
            "authorityKeyIdentifier=keyid,issuer:always\nbasicConstraints=CA:FALSE\n\
             keyUsage=keyEncipherment,dataEncipherment,digitalSignature\n\
             extendedKeyUsage=serverAuth,clientAuth\n\
             subjectAltName={},IP:127.0.0.1,IP:10.152.183.1\n",
            sans.join(",")
        ),
    )
    .unwrap();
    std::fs::write(dir.join("none"), "").unwrap();
    for line in [
        "genrsa -out ca.key 2048",
        "req -x509 -new -sha256 -nodes -days 3650 -key ca.key -subj /CN=10.152.183.1 -out ca.crt",
        "genrsa -out server.key 2048",
        "req -new -sha256 -key server.key -subj /C=GB/ST=Canonical/L=Canonical/O=Canonical/OU=Canonical/CN=127.0.0.1 -out server.csr",
        "x509 -req -sha256 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 365 -extfile v3_ext",
        "genrsa -out client.key 2048",
        "req -new -sha256 -key client.key -subj /CN=admin/O=system:masters -out client.csr",
        "x509 -req -sha256 -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 3650 -extfile none",
    ] {
        openssl(dir, line);
    }
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    (
        Ca::from_pem(&read("ca.crt"), &read("ca.key")).unwrap(),
        Leaf::from_pem(&read("server.crt"), &read("server.key")).unwrap(),
        (
            STANDARD.encode(read("client.crt")),
            STANDARD.encode(read("client.key")),
        ),
    )
}
