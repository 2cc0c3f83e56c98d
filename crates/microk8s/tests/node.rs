//! Nodes of several kinds, whole and in parts.

mod support;

use kubeconfig::Secret;
use microk8s::Node;
use microk8s::NodeError;
use microk8s::Role;
use microk8s::mode::Auth;
use microk8s::mode::Datastore;
use support::Files;

const CONFIG: &str = "\
apiVersion: v1
clusters:
- cluster: {server: https://127.0.0.1:16443}
  name: microk8s-cluster
contexts: []
kind: Config
users:
- name: admin
  user: {token: abc}
";

fn stock() -> Files {
    Files::new()
        .link("/var/snap/microk8s/current", "3582")
        .file(
            "/snap/microk8s/current/meta/snap.yaml",
            "name: microk8s\nversion: v1.21.13\nconfinement: classic\n",
        )
        .file("/etc/hostname", "Dev01\n")
        .data(
            "args/kube-apiserver",
            include_str!("data/kube-apiserver-3582.args"),
        )
        .data(
            "args/kubelet",
            "--anonymous-auth=false\n--read-only-port=0\n",
        )
        .data(
            "args/cluster-agent",
            "--bind 0.0.0.0:25000\n--keyfile \"${SNAP_DATA}/certs/server.key\"\n",
        )
        .data("args/kubelite", "--start-control-plane=true\n")
        .data("credentials/client.config", CONFIG)
        .data(
            "credentials/known_tokens.csv",
            "abc,admin,admin,\"system:masters\"\n",
        )
        .data("var/lock/ha-cluster", "")
        .data("var/lock/lite.lock", "")
        .data(
            "var/kubernetes/backend/cluster.yaml",
            "- Address: 127.0.0.1:19001\n  ID: 3297041220608546238\n  Role: 0\n",
        )
        .data(
            "var/kubernetes/backend/info.yaml",
            "Address: 127.0.0.1:19001\nID: 3297041220608546238\nRole: 0\n",
        )
}

#[test]
fn a_stock_node() {
    let node = Node::read(&stock().tree()).unwrap();
    assert_eq!(node.data, "/var/snap/microk8s/3582");
    assert_eq!(node.revision.as_deref(), Some("3582"));
    assert_eq!(node.version.as_deref(), Some("v1.21.13"));
    assert_eq!(node.minor(), Some(21));
    assert_eq!(node.hostname.as_deref(), Some("dev01"));
    assert_eq!(node.role, Role::ControlPlane);
    assert_eq!(node.auth.auth, Auth::Token);
    assert_eq!(
        node.auth.reasons,
        [
            "args/kube-apiserver, line 11: --token-auth-file=/var/snap/microk8s/3582/credentials/known_tokens.csv",
            "credentials/client.config logs in with a token",
        ]
    );
    assert_eq!(node.authorization, ["AlwaysAllow"]);
    assert_eq!(node.ports.secure, Some(16443));
    assert_eq!(node.ports.insecure, Some(0));
    assert_eq!(node.ports.cluster_agent.as_deref(), Some("0.0.0.0:25000"));
    assert_eq!(node.ports.dqlite, Some(19001));
    assert_eq!(node.datastore.to_string(), "dqlite at 127.0.0.1:19001");
    assert_eq!(node.members.len(), 1);
    assert!(node.locks.has("ha-cluster"));
    assert_eq!(node.apiserver_service(), "microk8s.daemon-kubelite");
    assert_eq!(node.tokens.unwrap().users().len(), 1);
    assert_eq!(node.damages, Vec::<String>::new());
}

#[test]
fn other_ways_to_log_in() {
    let x509 = CONFIG.replace("token: abc", "client-certificate-data: YWJj");
    let without = "--secure-port=16443\n--authorization-mode=RBAC,Node\n--etcd-servers=\"unix://${SNAP_DATA}/kine.sock:12379\"\n";
    let node = Node::read(
        &stock()
            .data("args/kube-apiserver", without)
            .data("credentials/client.config", &x509)
            .tree(),
    )
    .unwrap();
    assert_eq!(node.auth.auth, Auth::X509);
    assert_eq!(node.authorization, ["RBAC", "Node"]);
    assert!(matches!(node.datastore, Datastore::Dqlite { .. }) && !node.allows_everything());
    let node = Node::read(&stock().data("credentials/client.config", &x509).tree()).unwrap();
    assert_eq!(node.auth.auth, Auth::Both);
    let node = Node::read(&stock().without("args/kube-apiserver").tree()).unwrap();
    assert_eq!(node.auth.auth, Auth::Token);
    let node = Node::read(
        &stock()
            .data(
                "args/kube-apiserver",
                "--etcd-servers=https://u:p@db:2379\n",
            )
            .tree(),
    )
    .unwrap();
    assert_eq!(
        node.datastore.to_string(),
        "external, at https://REDACTED@db:2379"
    );
    assert_eq!(
        (node.authorization[0].as_str(), node.ports.secure),
        ("AlwaysAllow", Some(6443))
    );
}

#[test]
fn a_token_counts_where_the_api_server_reads_the_list() {
    let bearer = |files: Files| {
        let node = Node::read(&files.tree()).unwrap();
        node.bearer(&Secret::from("abc")).map(|(name, _)| name)
    };
    assert_eq!(bearer(stock()).as_deref(), Some("admin"));
    // A backup without args/ says nothing against it.
    let copy = stock().without("args/kube-apiserver");
    assert_eq!(bearer(copy).as_deref(), Some("admin"));
    assert_eq!(
        bearer(stock().data("args/kube-apiserver", "--secure-port=16443\n")),
        None
    );
    assert_eq!(bearer(stock().data("var/lock/clustered.lock", "")), None);
}

#[test]
fn a_worker_has_no_api_server() {
    let node = Node::read(&stock().data("var/lock/clustered.lock", "").tree()).unwrap();
    assert_eq!(node.role, Role::Worker);
    assert!(node.apiserver().is_none() && node.authorization.is_empty());
    assert_eq!(node.ports.secure, None);
}

#[test]
fn separate_daemons_are_restarted_on_their_own() {
    let node = Node::read(
        &stock()
            .without("var/lock/lite.lock")
            .without("args/kubelite")
            .tree(),
    )
    .unwrap();
    assert_eq!(node.apiserver_service(), "microk8s.daemon-apiserver");
}

#[test]
fn a_backup_tells_what_it_can() {
    let files = Files::new()
        .data("credentials/known_tokens.csv", "t,a\n")
        .data("var/kubernetes/backend/cluster.yaml", "what?\n");
    let node = Node::read(&files.tree()).unwrap();
    assert_eq!(node.data, "/var/snap/microk8s/current");
    assert_eq!((node.version.as_deref(), node.minor()), (None, None));
    assert_eq!(node.auth.auth, Auth::Unknown);
    assert!(node.tokens.unwrap().fatal().is_some());
    assert_eq!(
        node.damages,
        [
            "/var/snap/microk8s/current/var/kubernetes/backend/cluster.yaml, line 1: neither Address, ID nor Role"
        ]
    );
}

#[test]
fn what_is_not_a_node_is_told_apart() {
    let error = Node::read(&Files::new().tree()).unwrap_err();
    assert!(matches!(&error, NodeError::NotMicrok8s { .. }), "{error}");
    assert!(error.to_string().contains("/var/snap/microk8s/current"));

    let denied = |files: Files| Node::read(&files.tree()).unwrap_err().to_string();
    let link = || Files::new().link("/var/snap/microk8s/current", "/var/snap/microk8s/3582");
    let text = denied(link().unreadable("/var/snap/microk8s/current/args", "permission denied"));
    assert!(
        text.contains("permission denied") && text.contains("`sudo usermod -aG microk8s $USER`"),
        "{text}"
    );
    let strict = link()
        .file(
            "/snap/microk8s/current/meta/snap.yaml",
            "confinement: strict\n",
        )
        .folder("/var/snap/microk8s/current/credentials", 0o770);
    let text = denied(strict);
    assert!(
        text.contains("its mode is 0770") && text.contains("snap_microk8s"),
        "{text}"
    );
    let error = Node::read(&link().tree()).unwrap_err();
    assert!(matches!(&error, NodeError::Damaged { .. }), "{error}");
    // One file that may not be read is not the whole node.
    let node = Node::read(
        &stock()
            .unreadable("/root/.kube/config", "permission denied")
            .tree(),
    )
    .unwrap();
    assert_eq!(node.damages, ["/root/.kube/config: permission denied"]);
}
