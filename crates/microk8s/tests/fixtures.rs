//! The script that makes nodes for the other tests makes what MicroK8s makes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "trees/programs.rs"]
mod programs;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A node made by the script, in a folder that goes away with it.
struct Tree {
    root: TempDir,
}

impl Tree {
    fn new(version: &str, options: &[&str]) -> Self {
        let root = TempDir::new().unwrap();
        let output = script(version, root.path(), options);
        assert!(output.status.success(), "{version} {options:?}: {output:?}");
        Self { root }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root
            .path()
            .join("var/snap/microk8s/current")
            .join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o7777
    }

    fn openssl(&self, line: &str) -> Output {
        let mut command = Command::new("openssl");
        command.args(line.split(' ')).current_dir(self.path("."));
        command.output().unwrap()
    }

    /// What `openssl x509` says of a certificate.
    fn text(&self, path: &str) -> String {
        let output = self.openssl(&format!("x509 -noout -text -in {path}"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn verifies(&self, ca: &str, path: &str) -> bool {
        let output = self.openssl(&format!("verify -CAfile {ca} {path}"));
        output.status.success()
    }
}

fn script(version: &str, root: &Path, options: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/make-tree.sh");
    let mut command = Command::new(path);
    command.arg(version).arg(root).args(options);
    command.output().unwrap()
}

#[test]
fn every_release_is_as_its_snap_makes_it() {
    if programs::missing("every_release_is_as_its_snap_makes_it") {
        return;
    }
    for (version, client) in [
        ("1.19", None),
        ("1.21", None),
        ("1.26", None),
        ("upgraded", None),
        ("1.28", Some("Version: 3 (0x2)")),
        ("1.34", Some("Version: 1 (0x0)")),
        ("1.36", Some("Version: 1 (0x0)")),
    ] {
        println!("{version}");
        let tree = Tree::new(
            version,
            &[
                "--hostname",
                "Node-A",
                "--address",
                "10.0.0.5",
                "--address",
                "172.17.0.1",
            ],
        );
        check_server(&tree);
        check_modes(&tree, 0o770, 0o660);
        match client {
            None => check_tokens(&tree),
            Some(expected) => check_x509(&tree, expected),
        }
        if version == "upgraded" {
            check_upgrade(&tree);
        }
    }
}

fn check_server(tree: &Tree) {
    assert!(tree.verifies("certs/ca.crt", "certs/server.crt"));
    assert!(tree.verifies("certs/front-proxy-ca.crt", "certs/front-proxy-client.crt"));
    let text = tree.text("certs/server.crt");
    assert!(
        text.contains(
            "DNS:kubernetes.default.svc.cluster.local, IP Address:127.0.0.1, \
             IP Address:10.152.183.1, IP Address:10.0.0.5, IP Address:172.17.0.1"
        ),
        "{text}"
    );
}

fn check_tokens(tree: &Tree) {
    let known = tree.read("credentials/known_tokens.csv");
    let mut owners = Vec::new();
    for line in known.lines() {
        let (token, owner) = line.split_once(',').unwrap();
        assert_eq!((token.len(), &token[58..]), (60, "0K"));
        owners.push(owner);
    }
    let expected = [
        "admin,admin,\"system:masters\"",
        "system:kube-proxy,kube-proxy",
        "system:node:node-a,kubelet-0,\"system:nodes\"",
        "system:kube-controller-manager,controller",
        "system:kube-scheduler,scheduler",
    ];
    assert_eq!(owners, expected);
    let user = format!("- name: admin\n  user:\n    token: {}\n", &known[..60]);
    assert!(tree.read("credentials/client.config").ends_with(&user));
    assert!(
        tree.read("args/kube-apiserver")
            .contains("--token-auth-file=")
    );
    assert!(!tree.path("certs/client.crt").exists());
}

/// The certificates of the users; that of the kubelet names addresses, and so is always version 3.
fn check_x509(tree: &Tree, expected: &str) {
    for name in [
        "client",
        "proxy",
        "scheduler",
        "controller",
        "apiserver-kubelet-client",
    ] {
        let path = format!("certs/{name}.crt");
        assert!(tree.text(&path).contains(expected), "{name}");
        assert!(tree.verifies("certs/ca.crt", &path), "{name}");
    }
    let client = tree.text("certs/client.crt");
    assert!(
        client.contains("Subject: CN = admin, O = system:masters"),
        "{client}"
    );
    let kubelet = tree.text("certs/kubelet.crt");
    assert!(kubelet.contains("Version: 3 (0x2)"), "{kubelet}");
    assert!(
        kubelet.contains("Subject: CN = system:node:node-a, O = system:nodes"),
        "{kubelet}"
    );
    assert!(
        kubelet.contains("DNS:node-a, IP Address:10.0.0.5"),
        "{kubelet}"
    );
    assert!(!tree.path("credentials/known_tokens.csv").exists());
    assert!(
        !tree
            .read("args/kube-apiserver")
            .contains("--token-auth-file=")
    );
}

fn check_modes(tree: &Tree, folder: u32, file: u32) {
    for path in ["credentials", "certs", "args", "var/lock"] {
        assert_eq!(tree.mode(path), folder, "{path}");
        for entry in fs::read_dir(tree.path(path)).unwrap() {
            let name = format!("{path}/{}", entry.unwrap().file_name().to_str().unwrap());
            let expected = if tree.path(&name).is_dir() {
                folder
            } else {
                file
            };
            assert_eq!(tree.mode(&name), expected, "{name}");
        }
    }
    assert_eq!(tree.mode("var/kubernetes/backend/cluster.key"), 0o600);
}

/// Arguments, tokens and the old revision stay; the snap is new.
fn check_upgrade(tree: &Tree) {
    let known = tree.read("credentials/known_tokens.csv");
    assert_eq!(tree.read("../3582/credentials/known_tokens.csv"), known);
    let current = fs::read_link(tree.root.path().join("var/snap/microk8s/current")).unwrap();
    assert_eq!(current, Path::new("8513"));
    let meta = tree
        .root
        .path()
        .join("snap/microk8s/current/meta/snap.yaml");
    assert!(
        fs::read_to_string(meta)
            .unwrap()
            .contains("\nversion: v1.34.")
    );
}

#[test]
fn a_hardened_node_is_closed() {
    if programs::missing("a_hardened_node_is_closed") {
        return;
    }
    let options = [
        "--hardened",
        "--hostname",
        "node-a",
        "--address",
        "10.0.0.5",
    ];
    let tree = Tree::new("1.34", &options);
    check_modes(&tree, 0o700, 0o600);
    check_x509(&tree, "Version: 3 (0x2)");
    let args = tree.read("args/kube-apiserver");
    assert!(args.contains("--authorization-mode=RBAC,Node\n"), "{args}");
    assert!(args.contains("--anonymous-auth=false\n"), "{args}");
    let args = tree.read("args/kubelet");
    assert!(args.contains("--authorization-mode=Webhook\n"), "{args}");
    assert!(tree.path("var/lock/cis-hardening").exists());
}

#[test]
fn options_make_what_they_say() {
    if programs::missing("options_make_what_they_say") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let (key, cert) = (folder.path().join("ca.key"), folder.path().join("ca.crt"));
    let (key, cert) = (key.to_str().unwrap(), cert.to_str().unwrap());
    let line =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=10.152.183.1";
    let mut command = Command::new("openssl");
    command
        .args(line.split(' '))
        .args(["-keyout", key, "-out", cert]);
    assert!(command.output().unwrap().status.success());
    let own = [
        "--ca",
        cert,
        key,
        "--port",
        "16444",
        "--multi-node",
        "--rbac",
    ];
    let tree = Tree::new("1.28", &own);
    assert_eq!(tree.read("certs/ca.crt"), fs::read_to_string(cert).unwrap());
    assert!(tree.verifies("certs/ca.crt", "certs/client.crt"));
    assert!(
        tree.read("credentials/client.config")
            .contains("https://127.0.0.1:16444\n")
    );
    let args = tree.read("args/kube-apiserver");
    assert!(args.contains("--secure-port=16444\n"), "{args}");
    assert!(args.contains("--authorization-mode=RBAC,Node\n"), "{args}");
    assert_eq!(
        tree.read("var/kubernetes/backend/cluster.yaml")
            .matches("Role: 0")
            .count(),
        3
    );
    assert!(tree.path("var/lock/no-cert-reissue").exists());

    let expired = Tree::new("1.34", &["--server-start", "400"]);
    assert!(!expired.verifies("certs/ca.crt", "certs/server.crt"));
    assert!(expired.verifies("certs/ca.crt", "certs/client.crt"));
    let ending = Tree::new("1.34", &["--server-start", "345", "--server-days", "365"]);
    assert!(ending.verifies("certs/ca.crt", "certs/server.crt"));
    let check = |days: u32| {
        let line = format!(
            "x509 -noout -in certs/server.crt -checkend {}",
            days * 86400
        );
        ending.openssl(&line).status.success()
    };
    assert!(check(19) && !check(21));

    let worker = Tree::new("1.34", &["--worker", "--ca", cert, key]);
    assert!(worker.verifies("certs/ca.remote.crt", "certs/kubelet.crt"));
    assert!(!worker.verifies("certs/ca.crt", "certs/kubelet.crt"));
    assert!(worker.path("var/lock/clustered.lock").exists());
    assert!(!worker.path("credentials/client.config").exists());

    for (version, options) in [
        ("1.20", &[][..]),
        ("1.26", &["--hardened"]),
        ("1.34", &["--port"]),
    ] {
        let output = script(version, folder.path(), options);
        assert_eq!(output.status.code(), Some(2), "{version} {options:?}");
    }
}
