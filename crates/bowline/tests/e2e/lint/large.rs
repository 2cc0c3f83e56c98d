//! Ten thousand contexts in seconds.

use std::fmt::Write as _;
use std::time::Duration;

use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;

use super::Material;
use super::encode;
use super::lint;
use super::rules;
use super::write;
use crate::support::Sandbox;

#[test]
fn ten_thousand_contexts_take_seconds() {
    const COUNT: usize = 10_000;
    let sandbox = Sandbox::new();
    let good = Material::new();
    let (ca, client) = (
        good.ca.pem(),
        ClientCertificate::new(&good.ca, &ClientCertificateSpec::admin()),
    );
    let (crt, key) = (client.pem(), client.key_pem());
    let (mut clusters, mut users, mut contexts) = (String::new(), String::new(), String::new());
    for i in 0..COUNT {
        // The same material in other bytes: each has to be read.
        let of = |pem: &str| encode(format!("# {i}\n{pem}"));
        let (ca, crt, key) = (of(&ca), of(&crt), of(&key));
        let filler = "A".repeat(3700);
        write!(
            clusters,
            "- cluster:\n    certificate-authority-data: {ca}\n    server: https://c{i}.example.com:6443\n  name: c{i}\n"
        )
        .unwrap();
        write!(
            users,
            "- name: u{i}\n  user:\n    client-certificate-data: {crt}\n    client-key-data: {key}\n    token: t{i}{filler}\n"
        )
        .unwrap();
        writeln!(
            contexts,
            "- context:\n    cluster: c{i}\n    user: u{i}\n  name: c{i}"
        )
        .unwrap();
    }
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n{clusters}contexts:\n{contexts}current-context: c0\nusers:\n{users}"
    );
    assert!(text.len() > 50 << 20, "{}", text.len());
    write(&sandbox.file(), text);
    let outcome = sandbox.bowline(&["lint"]).expect(0);
    assert!(
        outcome.elapsed < Duration::from_secs(30),
        "{:?}",
        outcome.elapsed
    );
    let notes = lint(&sandbox, &[]);
    let mut notes = rules(&notes);
    notes.dedup();
    assert_eq!(notes, ["large-kubeconfig", "token-and-certificate"]);
}
