//! Users of a cluster with static tokens, on a node behind a real sshd, with an API server that reads its
//! tokens only when it starts.

use std::fs;
use std::net::SocketAddr;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use testnode::Cluster;
use testnode::Node;

use super::remote::Remote;
use crate::support::Tree;
use crate::support::assert_nowhere;
use crate::support::place;

struct Scene {
    remote: Remote,
    cluster: Cluster,
    node: Node,
}

/// `snap restart` of the API server: tells the test, and waits until it has done it. Anything else is
/// rejected.
const SNAP: &str = r#"#!/bin/sh
[ "$*" = 'restart microk8s.daemon-kubelite' ] || { echo "unexpected: snap $*" >&2; exit 64; }
echo restart >"FOLDER/ask"
read -r answer <"FOLDER/done"
[ "$answer" = done ]
"#;

impl Deref for Scene {
    type Target = Remote;

    fn deref(&self) -> &Remote {
        &self.remote
    }
}

impl Scene {
    /// `None` after the test was skipped.
    fn new(name: &str) -> Option<Self> {
        let address: SocketAddr = place();
        // A cluster whose tokens are those of the node's list.
        let made = Cluster::new();
        let ip = address.ip().to_string();
        let tree = Tree::of(&made, "1.26", &["--address", &ip]);
        let cluster = Cluster::builder()
            .ca(made.ca())
            .known_tokens(&tree.text("credentials/known_tokens.csv"))
            .build();
        let node = Node::start(&cluster, address).unwrap();
        let remote = Remote::new(name, tree, address.ip(), &[("snap", SNAP)])?;
        for pipe in ["ask", "done"] {
            let made = Command::new("mkfifo")
                .arg(remote.folder().join(pipe))
                .status();
            assert!(made.unwrap().success());
        }
        Some(Self {
            remote,
            cluster,
            node,
        })
    }

    /// Does what a restart does, once it is asked for: the API server reads its list again.
    fn restarts(&self) -> thread::JoinHandle<()> {
        let list = self.list();
        let cluster = self.cluster.clone();
        self.when_asked("done\n", move || {
            cluster.set_known_tokens(&fs::read_to_string(list).unwrap());
        })
    }

    /// Does something when a restart is asked for, and then answers.
    fn when_asked(
        &self,
        answer: &'static str,
        act: impl FnOnce() + Send + 'static,
    ) -> thread::JoinHandle<()> {
        let keys = self.sandbox.path("sshd");
        thread::spawn(move || {
            let asked = fs::read_to_string(keys.join("ask")).unwrap();
            assert_eq!(asked, "restart\n");
            act();
            fs::write(keys.join("done"), answer).unwrap();
        })
    }

    fn list(&self) -> PathBuf {
        self.tree.data("credentials/known_tokens.csv")
    }

    /// Whether the API server accepts a token.
    fn accepts(&self, token: &str) -> bool {
        let kubeconfig = self.cluster.kubeconfig_token(&self.node.url(), token);
        let path = self.sandbox.path("asked.yaml");
        fs::write(&path, kubeconfig).unwrap();
        let asked =
            self.sandbox
                .kubectl(&["--kubeconfig", path.to_str().unwrap(), "get", "namespaces"]);
        asked.code == Some(0)
    }
}

fn admin_token(list: &str) -> String {
    let line = list.lines().find(|line| line.contains(",admin,admin,"));
    line.unwrap().split(',').next().unwrap().to_owned()
}

#[test]
fn a_token_is_rotated_and_the_old_one_is_gone_everywhere() {
    let name = "a_token_is_rotated_and_the_old_one_is_gone_everywhere";
    let Some(scene) = Scene::new(name) else {
        return;
    };
    // A list of the group microk8s, as the hooks leave it.
    let owned = Command::new("chown")
        .arg("0:1001")
        .arg(scene.list())
        .status();
    assert!(owned.unwrap().success());
    let mode = fs::Permissions::from_mode(0o660);
    fs::set_permissions(scene.list(), mode).unwrap();
    let before = fs::read_to_string(scene.list()).unwrap();
    let old = admin_token(&before);
    scene
        .sandbox
        .bowline(&["add", &scene.place(), "--name", "dev"])
        .expect(0);
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(0);
    assert!(scene.sandbox.text().contains(&old));

    let restarts = scene.restarts();
    scene
        .node(&["users", "rotate", "admin", "--restart"])
        .expect(0)
        .says("the new token is accepted")
        .says("the old token is refused (401)")
        .never_says(&old);
    restarts.join().unwrap();

    let after = fs::read_to_string(scene.list()).unwrap();
    let new = admin_token(&after);
    assert_ne!(old, new);
    assert_eq!(after, before.replace(&old, &new), "only the token changed");
    let meta = fs::metadata(scene.list()).unwrap();
    assert_eq!((meta.uid(), meta.gid()), (0, 1001));
    assert_eq!(meta.permissions().mode() & 0o7777, 0o660);
    assert!(!scene.accepts(&old));
    assert!(scene.accepts(&new));
    // Ours works, without anybody doing anything.
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(0);
    let client = scene.tree.text("credentials/client.config");
    assert!(client.contains(&new) && !client.contains(&old));
    for folder in ["state", "home"] {
        assert_nowhere(&scene.sandbox.path(folder), &old);
    }
    scene.node(&["users", "list"]).expect(0).never_says(&new);
}

#[test]
fn without_a_restart_the_command_is_told_and_ours_waits_for_it() {
    let name = "without_a_restart_the_command_is_told_and_ours_waits_for_it";
    let Some(scene) = Scene::new(name) else {
        return;
    };
    let old = admin_token(&fs::read_to_string(scene.list()).unwrap());
    let sandbox = &scene.sandbox;
    sandbox
        .bowline(&["add", &scene.place(), "--name", "dev"])
        .expect(0);
    let before = sandbox.text();
    scene
        .node(&["users", "rotate", "admin"])
        .expect(0)
        .says("sudo snap restart microk8s.daemon-kubelite")
        .says("accepts the old token only")
        .says("accepted after that restart")
        .never_says(&old);
    let new = admin_token(&fs::read_to_string(scene.list()).unwrap());
    assert_eq!(sandbox.text(), before.replace(&old, &new));
    // It cannot be brought back, and is nowhere in what bowline keeps.
    sandbox.bowline(&["undo"]).expect(1);
    assert_nowhere(&sandbox.path("state"), &old);
    sandbox.kubectl(&["get", "namespaces"]).expect(1);
    scene
        .cluster
        .set_known_tokens(&fs::read_to_string(scene.list()).unwrap());
    sandbox.kubectl(&["get", "namespaces"]).expect(0);
}

#[test]
fn a_user_is_added_and_removed_by_token() {
    let Some(scene) = Scene::new("a_user_is_added_and_removed_by_token") else {
        return;
    };
    let before = fs::read_to_string(scene.list()).unwrap();
    let file = scene.sandbox.path("bob.yaml");
    let path = file.to_str().unwrap();
    let restarts = scene.restarts();
    scene
        .node(&[
            "users",
            "add",
            "bob",
            "--group",
            "dev",
            "--force",
            "--restart",
            "-o",
            path,
        ])
        .expect(0)
        .says("the new token is accepted");
    restarts.join().unwrap();
    assert_eq!(scene.sandbox.who(path)["username"], "bob");
    let list = fs::read_to_string(scene.list()).unwrap();
    assert!(list.starts_with(&before), "{list}");
    let token = list
        .lines()
        .last()
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .to_owned();

    let restarts = scene.restarts();
    scene
        .node(&["users", "remove", "bob", "--restart"])
        .expect(0)
        .says("the old token is refused (401)");
    restarts.join().unwrap();
    assert_eq!(fs::read_to_string(scene.list()).unwrap(), before);
    assert!(!scene.accepts(&token));
}

#[test]
fn a_restart_that_fails_leaves_nothing_half_done_but_itself() {
    let Some(scene) = Scene::new("a_restart_that_fails_leaves_nothing_half_done_but_itself") else {
        return;
    };
    let old = admin_token(&fs::read_to_string(scene.list()).unwrap());
    scene
        .sandbox
        .bowline(&["add", &scene.place(), "--name", "dev"])
        .expect(0);
    // Ours knows another node of the cluster, too: the restart is this one's business.
    let sibling = Node::start(&scene.cluster, place()).unwrap();
    let server = format!("--server={}", sibling.url());
    let authority = scene.tree.data("certs/ca.crt");
    let authority = format!("--certificate-authority={}", authority.display());
    scene
        .sandbox
        .config(&[
            "set-cluster",
            "sibling",
            &server,
            &authority,
            "--embed-certs",
        ])
        .expect(0);

    let refused = scene.when_asked("no\n", || {});
    scene
        .node(&["users", "rotate", "admin", "--restart"])
        .expect(1)
        .says("sudo snap restart microk8s.daemon-kubelite")
        .never_says(&old);
    refused.join().unwrap();
    let new = admin_token(&fs::read_to_string(scene.list()).unwrap());
    assert_ne!(old, new);
    // What the user does by hand is all that is missing.
    scene
        .cluster
        .set_known_tokens(&fs::read_to_string(scene.list()).unwrap());
    scene.sandbox.kubectl(&["get", "namespaces"]).expect(0);
    // Nor what a difference would keep of it: all these tokens end alike.
    for folder in ["state", "home"] {
        assert_nowhere(&scene.sandbox.path(folder), &old[4..old.len() - 4]);
    }

    // A new user's kubeconfig is written although the restart failed.
    let file = scene.sandbox.path("bob.yaml");
    let refused = scene.when_asked("no\n", || {});
    let path = file.to_str().unwrap();
    scene
        .node(&["users", "add", "bob", "--force", "--restart", "-o", path])
        .expect(1)
        .says("was not restarted");
    refused.join().unwrap();
    let list = fs::read_to_string(scene.list()).unwrap();
    let token = list.lines().last().unwrap().split(',').next().unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains(token));

    // On standard output there is the kubeconfig and nothing else.
    let restarts = scene.restarts();
    let carol = scene
        .node(&["users", "add", "carol", "--force", "--restart"])
        .expect(0)
        .says("the new token is accepted");
    restarts.join().unwrap();
    let file = scene.sandbox.path("carol.yaml");
    fs::write(&file, carol.stdout).unwrap();
    assert_eq!(scene.sandbox.who(file)["username"], "carol");
}

#[test]
fn one_kubeconfig_that_cannot_be_written_does_not_keep_the_others_behind() {
    let name = "one_kubeconfig_that_cannot_be_written_does_not_keep_the_others_behind";
    let Some(scene) = Scene::new(name) else {
        return;
    };
    let client = scene.tree.text("credentials/client.config");
    let old = admin_token(&fs::read_to_string(scene.list()).unwrap());
    let sandbox = &scene.sandbox;
    sandbox.write(&client);
    let stuck = sandbox.path("stuck");
    fs::write(&stuck, &client).unwrap();
    fs::hard_link(&stuck, sandbox.path("other-name")).unwrap();
    let chain = std::env::join_paths([stuck, sandbox.file()]).unwrap();
    // A change of the entry that the journal remembers.
    for token in ["another", &old] {
        sandbox
            .config(&["set-credentials", "admin", "--token", token])
            .expect(0);
    }
    let place = scene.place();
    let rotate = ["node", "users", "rotate", "admin", "--on", &place];
    sandbox
        .bowline_on(&chain, &[&rotate[..], &["--dry-run"]].concat())
        .expect(0)
        .says("known_tokens.csv")
        .says(sandbox.file().to_str().unwrap());
    assert_eq!(scene.tree.text("credentials/client.config"), client);
    sandbox
        .bowline_on(&chain, &rotate)
        .expect(1)
        .says("hard link")
        .says("bowline node kubeconfig admin")
        .never_says(&old);
    assert!(!sandbox.text().contains(&old));
    assert_nowhere(&sandbox.path("state"), &old);
}

#[test]
fn one_of_ours_that_cannot_be_read_is_found_out_before_the_node_changes() {
    let name = "one_of_ours_that_cannot_be_read_is_found_out_before_the_node_changes";
    let Some(scene) = Scene::new(name) else {
        return;
    };
    let before = scene.tree.everything();
    let copy = scene.sandbox.path("home/.microk8s/config");
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    fs::write(&copy, "users: {").unwrap();
    let said = scene.node(&["users", "rotate", "admin"]);
    assert_ne!(said.code, Some(0));
    said.says(".microk8s/config");
    assert_eq!(scene.tree.everything(), before);
}
