//! `bowline lint`: what it finds, what it does not find, what mends it.

mod bad_input;
mod chains;
mod fixing;
mod large;
mod output;
mod planted;
mod stock;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use serde_json::Value;
use testnode::Ca;
use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;

use crate::support::Outcome;
use crate::support::Sandbox;

/// Base64 as kubeconfigs hold it.
fn encode(text: impl AsRef<[u8]>) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Certificates and keys, in base64.
struct Material {
    ca: Ca,
    authority: String,
    certificate: String,
    key: String,
}

impl Material {
    fn new() -> Self {
        Self::of(
            Ca::new(testnode::MICROK8S_CA_NAME),
            &ClientCertificateSpec::admin(),
        )
    }

    fn of(ca: Ca, spec: &ClientCertificateSpec) -> Self {
        let client = ClientCertificate::new(&ca, spec);
        Self {
            authority: encode(ca.pem()),
            certificate: encode(client.pem()),
            key: encode(client.key_pem()),
            ca,
        }
    }

    /// The body of a cluster without faults.
    fn cluster(&self) -> String {
        format!(
            "server: \"https://10.0.0.1:6443\", certificate-authority-data: {}",
            self.authority
        )
    }
}

/// A kubeconfig without faults, except those in the bodies of its cluster and its user.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: dev\n  cluster: {{{cluster}}}\nusers:\n- name: joe\n  \
         user: {{{user}}}\ncontexts:\n- name: dev\n  context: {{cluster: dev, user: joe}}\ncurrent-context: dev\n"
    )
}

/// Writes a file that is its user's alone.
#[track_caller]
fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    set_mode(path, 0o600);
}

#[track_caller]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The findings of a run with `-o json`.
#[track_caller]
fn findings(outcome: &Outcome) -> Vec<Value> {
    let value: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
    assert_eq!(value["schema"], 1);
    let findings = value["findings"].as_array().unwrap().clone();
    let code = if findings.is_empty() { 0 } else { 8 };
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    findings
}

/// Lints the sandbox's kubeconfig, or these files.
#[track_caller]
fn lint(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let call = ["lint", "-o", "json", "--severity", "info"];
    findings(&sandbox.bowline(&[&call, arguments].concat()))
}

/// The rules that found something.
fn rules(findings: &[Value]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}
