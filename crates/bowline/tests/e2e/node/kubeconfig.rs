//! `bowline node kubeconfig`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::Cluster;
use testnode::Node;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;

struct Scene {
    sandbox: Sandbox,
    node: Node,
    tree: Tree,
}

impl Scene {
    fn new(version: &str) -> Self {
        let address = place();
        let made = Cluster::new();
        let tree = Tree::of(&made, version, &["--address", &address.ip().to_string()]);
        let cluster = match fs::read_to_string(tree.data("credentials/known_tokens.csv")) {
            Ok(list) => Cluster::builder().ca(made.ca()).known_tokens(&list).build(),
            Err(_) => made,
        };
        let node = Node::start(&cluster, address).unwrap();
        Self {
            sandbox: Sandbox::new(),
            node,
            tree,
        }
    }

    #[track_caller]
    fn kubeconfig(&self, arguments: &[&str]) -> Outcome {
        let at = self.node.address().to_string();
        let on = ["--root", self.tree.argument(), "--at", &at];
        let call = ["node", "kubeconfig"];
        self.sandbox.bowline(&[&call, arguments, &on].concat())
    }

    /// Takes what kubectl says of who that is.
    #[track_caller]
    fn who(&self, kubeconfig: &str) -> serde_json::Value {
        self.sandbox.who(kubeconfig)
    }
}

#[test]
fn a_kubeconfig_is_complete_in_itself() {
    for version in ["1.26", "1.34"] {
        let scene = Scene::new(version);
        let file = scene.sandbox.path("admin.yaml");
        let path = file.to_str().unwrap();
        scene
            .kubeconfig(&["admin", "--name", "prod", "--namespace", "shop", "-o", path])
            .expect(0)
            .says("admin.yaml")
            .never_says("client-key-data");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        let who = scene.who(path);
        assert_eq!(who["username"], "admin", "{version}");
        assert!(
            who["groups"]
                .as_array()
                .unwrap()
                .contains(&"system:masters".into())
        );
        let kubectl = |words: &[&str]| {
            let outcome = scene
                .sandbox
                .kubectl(&[&["--kubeconfig", path], words].concat());
            outcome.expect(0).stdout
        };
        kubectl(&["get", "namespaces"]);
        assert_eq!(kubectl(&["config", "current-context"]), "prod\n");
        let minified = "jsonpath={.contexts[*].context.namespace} {.clusters[*].name} {.clusters[*].cluster.server}";
        let said = kubectl(&["config", "view", "-o", minified]);
        assert_eq!(said, format!("shop prod {}", scene.node.url()), "{version}");
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("certificate-authority: "), "{text}");

        // What is there stays, a dangling link too.
        scene
            .kubeconfig(&["admin", "-o", path])
            .expect(6)
            .says("exists already");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        let link = scene.sandbox.path("link");
        std::os::unix::fs::symlink(scene.sandbox.path("nowhere"), &link).unwrap();
        scene
            .kubeconfig(&["admin", "-o", link.to_str().unwrap()])
            .expect(6);
        assert!(!scene.sandbox.path("nowhere").exists());
        let no_folder = scene.sandbox.path("not/there");
        scene
            .kubeconfig(&["admin", "-o", no_folder.to_str().unwrap()])
            .expect(6)
            .says("not/there");

        // Without -o it is what is printed, and nothing else is.
        let printed = scene.kubeconfig(&["admin"]).expect(0);
        let printed_file = scene.sandbox.path("printed.yaml");
        fs::write(&printed_file, &printed.stdout).unwrap();
        assert_eq!(
            scene.who(printed_file.to_str().unwrap())["username"],
            "admin"
        );

        scene.kubeconfig(&["nobody"]).expect(6).says("nobody");
        scene.kubeconfig(&["-x"]).expect(2);
        assert!(!scene.sandbox.file().exists(), "ours is not touched");
    }
}

#[test]
fn users_of_the_list_get_theirs() {
    let scene = Scene::new("1.26");
    let list = scene.tree.text("credentials/known_tokens.csv");
    let file = scene.sandbox.path("scheduler.yaml");
    let path = file.to_str().unwrap();
    scene
        .kubeconfig(&["system:kube-scheduler", "-o", path])
        .expect(0);
    assert_eq!(scene.who(path)["username"], "system:kube-scheduler");
    assert_eq!(scene.tree.text("credentials/known_tokens.csv"), list);
}
