//! Administrators' certificates, signed on the node by its own openssl and CA.

use std::fs;
use std::process::Command;

use testnode::Cluster;
use testnode::Node;

use super::remote::Remote;
use crate::support::Tree;
use crate::support::assert_nowhere;
use crate::support::place;

/// What openssl says of the certificate of a kubeconfig.
#[track_caller]
fn certificate(remote: &Remote, kubeconfig: &str) -> String {
    let query = "jsonpath={.users[0].user.client-certificate-data}";
    let call = [
        "--kubeconfig",
        kubeconfig,
        "config",
        "view",
        "--raw",
        "-o",
        query,
    ];
    let encoded = remote.sandbox.kubectl(&call).expect(0).stdout;
    let file = remote.sandbox.path("tmp/certificate.pem");
    let shell = "base64 -d | openssl x509 -noout -text";
    fs::write(&file, encoded).unwrap();
    let said = Command::new("sh")
        .args(["-c", shell])
        .stdin(fs::File::open(file).unwrap())
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn administrators_are_signed_on_the_node() {
    let address = place();
    let cluster = Cluster::builder().rbac(true).build();
    let tree = Tree::of(
        &cluster,
        "1.34",
        &["--rbac", "--address", &address.ip().to_string()],
    );
    let node = Node::start(&cluster, address).unwrap();
    let name = "administrators_are_signed_on_the_node";
    let Some(remote) = Remote::new(name, tree, address.ip(), &[]) else {
        return;
    };
    let sandbox = &remote.sandbox;
    let before = remote.tree.everything();
    sandbox
        .bowline(&["add", &remote.place(), "--name", "lab"])
        .expect(0);
    let old = sandbox.text();
    let file = sandbox.file();
    let ours = file.to_str().unwrap();
    assert!(
        certificate(&remote, ours).contains("Version: 1 "),
        "the trap of 1.34"
    );
    remote
        .node(&["users", "rotate", "admin", "--dry-run"])
        .expect(0)
        .says(&format!("would write {ours}"));
    assert_eq!(sandbox.text(), old);

    remote
        .node(&["users", "rotate", "admin", "--expires", "30d"])
        .expect(0)
        .says("cannot be revoked")
        .never_says("PRIVATE KEY");
    let new = sandbox.text();
    // Only the certificate and its key are others.
    let differ = old.lines().zip(new.lines()).filter(|(a, b)| a != b);
    let differ: Vec<_> = differ
        .map(|(line, _)| line.trim().split(':').next().unwrap())
        .collect();
    assert_eq!(differ, ["client-certificate-data", "client-key-data"]);
    assert_eq!(old.lines().count(), new.lines().count());
    let text = certificate(&remote, ours);
    assert!(text.contains("Version: 3 "), "{text}");
    assert!(text.contains("TLS Web Client Authentication"), "{text}");
    assert!(!text.contains("TLS Web Server Authentication"), "{text}");
    let who = sandbox.who(sandbox.file());
    assert_eq!(who["username"], "admin");
    let groups = who["groups"].to_string();
    assert!(groups.contains("system:masters"), "{groups}");
    sandbox.kubectl(&["get", "namespaces"]).expect(0);
    // It can be rotated again. The certificate of before does not come back by itself, though it is still good.
    remote.node(&["users", "rotate", "admin"]).expect(0);
    assert_ne!(sandbox.text(), new);
    sandbox.bowline(&["undo"]).expect(1).says("--reinstate");
    sandbox.bowline(&["undo", "--reinstate"]).expect(0);
    assert_eq!(sandbox.text(), new);

    let eve = sandbox.path("eve.yaml");
    let path = eve.to_str().unwrap();
    let add = [
        "users",
        "add",
        "eve",
        "--group",
        "system:masters",
        "--expires",
        "2d",
        "-o",
        path,
    ];
    remote.node(&add).expect(6).says("--force");
    assert!(!eve.exists());
    remote.node(&[&add[..], &["--force"]].concat()).expect(0);
    let text = certificate(&remote, path);
    let subject = text.lines().find(|line| line.contains("Subject:")).unwrap();
    assert!(
        subject.contains("eve") && subject.contains("system:masters"),
        "{text}"
    );
    assert!(text.contains("Version: 3 "), "{text}");
    let who = sandbox.who(path);
    assert_eq!(who["username"], "eve");
    let groups = who["groups"].to_string();
    assert!(groups.contains("system:masters"), "{groups}");
    sandbox
        .kubectl(&["--kubeconfig", path, "get", "namespaces"])
        .expect(0);

    let listed = remote
        .node(&["users", "list"])
        .expect(0)
        .says("issued by bowline");
    for user in ["admin", "eve", "system:kube-scheduler"] {
        assert!(
            listed.stdout.lines().any(|row| row.starts_with(user)),
            "{listed:#?}"
        );
    }
    let row = listed
        .stdout
        .lines()
        .find(|row| row.starts_with("eve"))
        .unwrap();
    assert!(row.contains("system:masters"), "{row}");
    // Nothing was left on the node, and its CA's key is nowhere here.
    assert_eq!(remote.tree.everything(), before);
    let key = remote.tree.text("certs/ca.key");
    let key = key.lines().nth(1).unwrap();
    for folder in ["state", "home"] {
        assert_nowhere(&sandbox.path(folder), key);
    }
    drop(node);
}
