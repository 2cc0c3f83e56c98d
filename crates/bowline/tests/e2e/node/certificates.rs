//! Users of a cluster with client certificates.

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
    cluster: Cluster,
    node: Node,
    tree: Tree,
}

impl Scene {
    fn new() -> Self {
        Self::of(Cluster::builder().rbac(true).build(), &["--rbac"])
    }

    fn of(cluster: Cluster, options: &[&str]) -> Self {
        let node = Node::start(&cluster, place()).unwrap();
        let tree = Tree::of(&cluster, "1.34", options);
        Self {
            sandbox: Sandbox::new(),
            cluster,
            node,
            tree,
        }
    }

    #[track_caller]
    fn node(&self, arguments: &[&str]) -> Outcome {
        let at = self.node.address().to_string();
        let on = ["--root", self.tree.argument(), "--at", &at];
        self.sandbox
            .bowline(&[&["node"], arguments, &on].concat())
    }

    /// What the cluster says of who logs in with a kubeconfig.
    #[track_caller]
    fn who(&self, kubeconfig: &str) -> Value {
        let path = self.sandbox.path(kubeconfig);
        let path = path.to_str().unwrap();
        let said = self
            .sandbox
            .kubectl(&["--kubeconfig", path, "auth", "whoami", "-o", "json"])
            .expect(0);
        serde_json::from_str::<Value>(&said.stdout).unwrap()["status"]["userInfo"].clone()
    }
}

#[test]
fn a_person_gets_a_certificate_that_the_cluster_issues() {
    let scene = Scene::new();
    let file = scene.sandbox.path("alice.yaml");
    let added = scene
        .node(&[
            "users", "add", "alice", "--group", "dev", "--expires", "30d", "-o",
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
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    scene
        .node(&["users", "list"])
        .expect(0)
        .says("alice")
        .says("issued by bowline");
}
