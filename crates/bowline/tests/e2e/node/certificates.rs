//! Users of a cluster with client certificates.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use testnode::Cluster;
use testnode::Node;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;

/// A cluster with RBAC, its node and the node's files.
struct Scene {
    sandbox: Sandbox,
    node: Node,
    tree: Tree,
}

impl Scene {
    fn new() -> Self {
        Self::of(&Cluster::builder().rbac(true).build(), &["--rbac"])
    }

    fn of(cluster: &Cluster, options: &[&str]) -> Self {
        let node = Node::start(cluster, place()).unwrap();
        let tree = Tree::of(cluster, "1.34", options);
        Self {
            sandbox: Sandbox::new(),
            node,
            tree,
        }
    }

    #[track_caller]
    fn node(&self, arguments: &[&str]) -> Outcome {
        let at = self.node.address().to_string();
        let on = ["--root", self.tree.argument(), "--at", &at];
        self.sandbox.bowline(&[&["node"], arguments, &on].concat())
    }

    /// What the cluster says of who logs in with a kubeconfig.
    #[track_caller]
    fn who(&self, kubeconfig: &str) -> Value {
        self.sandbox.who(self.sandbox.path(kubeconfig))
    }
}

#[test]
fn a_person_gets_a_certificate_that_the_cluster_issues() {
    let scene = Scene::new();
    let file = scene.sandbox.path("alice.yaml");
    let added = scene
        .node(&[
            "users",
            "add",
            "alice",
            "--group",
            "dev",
            "--expires",
            "30d",
            "-o",
            file.to_str().unwrap(),
        ])
        .expect(0)
        .says("alice");
    // Nothing secret on the screen.
    added.never_says("PRIVATE KEY");
    let who = scene.who("alice.yaml");
    assert_eq!(who["username"], "alice");
    let groups = who["groups"].as_array().unwrap();
    assert!(groups.contains(&"dev".into()), "{who}");
    // It may do nothing yet, and says so itself.
    let kubeconfig = file.to_str().unwrap();
    let denied = scene
        .sandbox
        .kubectl(&["--kubeconfig", kubeconfig, "get", "namespaces"]);
    assert_eq!(denied.code, Some(1));
    assert!(denied.stderr.contains("User \"alice\""), "{denied:?}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    scene
        .node(&["users", "list"])
        .expect(0)
        .says("alice")
        .says("issued by bowline");
}

#[test]
fn an_administrator_is_signed_on_the_node_and_only_when_that_is_meant() {
    let scene = Scene::new();
    scene
        .node(&["users", "add", "eve", "--group", "system:masters"])
        .expect(6)
        .says("--force");
    // A folder cannot sign.
    scene
        .node(&[
            "users",
            "add",
            "eve",
            "--group",
            "system:masters",
            "--force",
        ])
        .expect(1)
        .says("a folder is only a copy");
    let everything = Scene::of(&Cluster::new(), &[]);
    everything
        .node(&["users", "add", "alice"])
        .expect(6)
        .says("AlwaysAllow");
    everything
        .node(&["users", "add", "alice", "--force"])
        .expect(0)
        .says("client-key-data");
}

#[test]
fn a_certificate_is_rotated_and_what_it_was_granted_is_taken_away() {
    let scene = Scene::new();
    let file = scene.sandbox.path("alice.yaml");
    let path = file.to_str().unwrap();
    scene
        .node(&[
            "users",
            "add",
            "alice",
            "-o",
            path,
            "--name",
            "prod",
            "--namespace",
            "shop",
        ])
        .expect(0);
    // A file that is there is not written over, and nothing is issued for it.
    scene
        .node(&["users", "add", "alice", "-o", path])
        .expect(6)
        .says("exists already");
    // Nor is one for a file that cannot be, or into nothing: its key would be lost.
    let issued = scene.node(&["users", "list"]).expect(0).stdout;
    let nowhere = scene.sandbox.path("none/alice.yaml");
    scene
        .node(&["users", "add", "bob", "-o", nowhere.to_str().unwrap()])
        .expect(6)
        .says("its folder does not exist");
    scene
        .node(&["users", "add", "bob", "-o", "json"])
        .expect(6)
        .says("-o ./json");
    assert_eq!(scene.node(&["users", "list"]).expect(0).stdout, issued);
    // None of ours takes it: it is printed, since its key is nowhere else.
    scene
        .node(&["users", "rotate", "alice"])
        .expect(0)
        .says("client-key-data");
    let again = scene.sandbox.path("again.yaml");
    scene
        .node(&["users", "rotate", "alice", "-o", again.to_str().unwrap()])
        .expect(0);
    assert_eq!(scene.who("again.yaml")["username"], "alice");
    scene.sandbox.write(std::fs::read(&file).unwrap());
    scene
        .node(&[
            "kubeconfig",
            "alice",
            "--name",
            "prod",
            "--namespace",
            "shop",
        ])
        .expect(0)
        .says("namespace: shop");
    // What else is in that entry is ours.
    let plain = scene.sandbox.text();
    scene.sandbox.write(plain.replace(
        "    client-key-data:",
        "    token: of-my-own\n    client-key-data:",
    ));
    scene
        .node(&["kubeconfig", "alice"])
        .expect(0)
        .says("client-key-data")
        .never_says("of-my-own");
    scene.sandbox.write(plain);
    let before = scene.sandbox.text();
    scene
        .node(&["users", "rotate", "alice"])
        .expect(0)
        .says("cannot be revoked");
    assert_ne!(scene.sandbox.text(), before);
    let file = scene.sandbox.file();
    assert_eq!(scene.sandbox.who(file)["username"], "alice");

    let admin = scene.tree.data("credentials/client.config");
    let admin = std::fs::read_to_string(admin).unwrap();
    let admin = admin.replace("https://127.0.0.1:16443", &scene.node.url());
    let admin_file = scene.sandbox.path("admin.yaml");
    std::fs::write(&admin_file, admin).unwrap();
    let admin = admin_file.to_str().unwrap();
    let grant = [
        "--kubeconfig",
        admin,
        "create",
        "clusterrolebinding",
        "alice-admin",
        "--clusterrole=cluster-admin",
        "--user=alice",
    ];
    scene.sandbox.kubectl(&grant).expect(0);
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(0);
    scene
        .node(&["users", "remove", "alice", "--dry-run"])
        .expect(0)
        .says("cluster-admin");
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(0);
    scene
        .node(&["users", "remove", "alice"])
        .expect(0)
        .says("cannot be revoked");
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(1);
    scene
        .node(&["users", "remove", "nobody"])
        .expect(6)
        .says("nobody");
    scene
        .node(&["users", "remove", "admin"])
        .expect(6)
        .says("administrator");
    scene
        .node(&["users", "rotate", "system:kube-scheduler"])
        .expect(6)
        .says("refresh-certs");
}

#[test]
fn an_impostor_at_the_address_gets_no_request() {
    let scene = Scene::new();
    let other = Cluster::builder().rbac(true).build();
    let impostor = Node::start(&other, place()).unwrap();
    let at = impostor.address().to_string();
    scene
        .sandbox
        .bowline(&[
            "node",
            "users",
            "add",
            "alice",
            "--root",
            scene.tree.argument(),
            "--at",
            &at,
        ])
        .expect(3)
        .says(&at);
    assert_eq!(impostor.records().credential_bytes(), 0);
}

#[test]
fn a_new_certificate_is_given_where_none_of_ours_takes_it() {
    let scene = Scene::new();
    let first = scene.sandbox.path("first.yaml");
    scene
        .node(&["users", "add", "alice", "-o", first.to_str().unwrap()])
        .expect(0);
    // Her kubeconfig is elsewhere: the new key is in what is printed, or nowhere.
    scene
        .node(&["users", "rotate", "alice"])
        .expect(0)
        .says("client-key-data");
    let second = scene.sandbox.path("second.yaml");
    scene
        .node(&["users", "rotate", "alice", "-o", second.to_str().unwrap()])
        .expect(0)
        .never_says("client-key-data");
    assert_eq!(scene.who("second.yaml")["username"], "alice");

    // The same where ours cannot be written: another name of the file would be left behind.
    let ours = scene.sandbox.file();
    std::fs::copy(&second, &ours).unwrap();
    std::fs::hard_link(&ours, scene.sandbox.path("other-name")).unwrap();
    let rotated = scene
        .node(&["users", "rotate", "alice"])
        .expect(1)
        .says("hard link");
    std::fs::write(scene.sandbox.path("third.yaml"), &rotated.stdout).unwrap();
    assert_eq!(scene.who("third.yaml")["username"], "alice");
}

#[test]
fn nothing_is_issued_that_there_is_no_place_for() {
    let scene = Scene::new();
    let missing = scene.sandbox.path("missing/alice.yaml");
    let missing = missing.to_str().unwrap();
    scene
        .node(&["users", "add", "alice", "-o", missing])
        .expect(6)
        .says(missing);
    let issued = scene.sandbox.path("state/issued.json");
    std::fs::create_dir_all(issued.parent().unwrap()).unwrap();
    std::fs::write(&issued, "{").unwrap();
    scene
        .node(&["users", "add", "alice"])
        .expect(7)
        .says("is damaged")
        .never_says("client-key-data");
    let admin = scene.tree.text("credentials/client.config");
    let admin = admin.replace("https://127.0.0.1:16443", &scene.node.url());
    scene.sandbox.write(admin);
    let requests = scene.sandbox.kubectl(&["get", "csr", "-o", "name"]);
    assert_eq!(requests.expect(0).stdout, "");
    std::fs::remove_file(&issued).unwrap();
    // A try that fails leaves no empty file in the way of the next one.
    let file = scene.sandbox.path("alice.yaml");
    scene
        .node(&["users", "add", "a\u{7}", "-o", file.to_str().unwrap()])
        .expect(6);
    assert!(!file.exists());
}

#[test]
fn what_belongs_to_kubernetes_itself_is_left_alone() {
    let scene = Scene::new();
    for user in ["system:kube-scheduler", "system:kube-proxy"] {
        scene
            .node(&["users", "remove", user])
            .expect(6)
            .says("--force");
        scene
            .node(&["users", "add", user])
            .expect(6)
            .says("reserved");
    }
    scene
        .node(&["users", "add", "eve", "--group", "system:nodes"])
        .expect(6)
        .says("reserved");
}

#[test]
fn a_file_of_ours_that_a_node_names_is_sent_to_nobody() {
    let scene = Scene::new();
    let secret = scene.sandbox.path("secret");
    std::fs::write(&secret, "of-another-cluster").unwrap();
    let path = scene.tree.data("credentials/client.config");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, _) = text.rsplit_once("  user:").unwrap();
    let hostile = format!("{head}  user: {{tokenFile: {}}}\n", secret.display());
    std::fs::write(&path, hostile).unwrap();
    scene.node(&["users", "add", "alice"]).expect(5);
    assert_eq!(scene.node.records().credential_bytes(), 0);
    // Nor does what we give out lead through somebody else's proxy.
    let through = text.replace(
        "    server:",
        "    proxy-url: http://192.0.2.1:1\n    server:",
    );
    std::fs::write(&path, through).unwrap();
    scene
        .node(&["users", "add", "alice"])
        .expect(0)
        .never_says("proxy-url");
}

#[test]
fn what_is_not_known_of_a_cluster_is_not_taken_for_harmless() {
    let scene = Scene::of(&Cluster::new(), &[]);
    std::fs::remove_file(scene.tree.data("args/kube-apiserver")).unwrap();
    scene
        .node(&["users", "add", "alice"])
        .expect(6)
        .says("args/kube-apiserver")
        .says("--force");
}
