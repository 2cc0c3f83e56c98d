//! Users of a cluster with static tokens, in a folder and without an API server: what is refused, and that a
//! refusal changes nothing.

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;

#[test]
fn what_would_lock_somebody_out_or_break_the_list_is_refused() {
    let sandbox = Sandbox::new();
    let tree = Tree::new("1.26", &[]);
    let list = tree.text("credentials/known_tokens.csv");
    let node = |arguments: &[&str]| {
        let on = ["--root", tree.argument()];
        sandbox.bowline(&[&["node", "users"], arguments, &on].concat())
    };
    node(&["remove", "admin"])
        .expect(6)
        .says("the last user in system:masters");
    node(&["remove", "system:kube-scheduler"])
        .expect(6)
        .says("scheduler.config");
    node(&["remove", "nobody"]).expect(6).says("nobody");
    node(&["rotate", "nobody"]).expect(6).says("nobody");
    // AlwaysAllow: everyone who gets in may do anything.
    node(&["add", "alice"]).expect(6).says("--force");
    node(&["add", "alice", "--group", "system:masters"])
        .expect(6)
        .says("--force");
    node(&["add", "a\nb", "--force"]).expect(6);
    node(&["add", "admin", "--force"]).expect(6).says("already");
    node(&["add", "alice", "--force", "--expires", "30d"])
        .expect(2)
        .says("never end");
    assert_eq!(tree.text("credentials/known_tokens.csv"), list);
}

#[test]
fn a_list_that_the_api_server_would_refuse_is_not_edited() {
    let sandbox = Sandbox::new();
    let tree = Tree::new("1.26", &[]);
    let path = tree.data("credentials/known_tokens.csv");
    let damaged = format!("{}half,written", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &damaged).unwrap();
    sandbox
        .bowline(&[
            "node",
            "users",
            "rotate",
            "admin",
            "--root",
            tree.argument(),
        ])
        .expect(6)
        .says("6");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
}

#[test]
fn in_a_copy_the_list_changes_and_nothing_of_ours() {
    let tree = Tree::new("1.26", &[]);
    let client = tree.text("credentials/client.config");
    let sandbox = Sandbox::with(&client);
    let old = client
        .lines()
        .find_map(|line| line.trim().strip_prefix("token: "))
        .unwrap();
    sandbox
        .bowline(&[
            "node",
            "users",
            "rotate",
            "admin",
            "--root",
            tree.argument(),
        ])
        .expect(0)
        .says("sudo snap restart microk8s.daemon-kubelite")
        .says("this is a copy")
        .never_says(old);
    let list = tree.text("credentials/known_tokens.csv");
    assert!(!list.contains(old));
    assert_eq!(list.lines().count(), 5);
    let new = list.split(',').next().unwrap();
    // The cluster knows nothing of it yet, and goes on accepting what ours has.
    assert_eq!(sandbox.text(), client);
    assert_eq!(
        tree.text("credentials/client.config"),
        client.replace(old, new)
    );
}

#[test]
fn which_node_is_meant_is_asked_where_it_is_not_clear() {
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["node", "info"])
        .expect(6)
        .says("--on multipass:NAME");
    sandbox.settings("[clusters.a]\nmachine = 'ssh:a'\n[clusters.b]\nmachine = 'ssh:b'\n");
    sandbox
        .bowline(&["node", "info"])
        .expect(6)
        .says("ssh:a, ssh:b");
    for wrong in ["-x", "ssh:-oProxyCommand=x", "docker:x", "ssh:a b"] {
        sandbox
            .bowline(&["node", "info", &format!("--on={wrong}")])
            .expect(2)
            .says("--on");
    }
    let empty = sandbox.path("tmp");
    sandbox
        .bowline(&["node", "info", "--root", empty.to_str().unwrap()])
        .expect(3)
        .says("a copy of /var/snap/microk8s");
}

#[test]
fn a_place_is_meant_before_a_cluster_of_that_name() {
    let sandbox = Sandbox::new();
    sandbox.settings("[clusters.local]\nmachine = 'lxd:other'\n");
    let said = sandbox.bowline(&["node", "info", "--on", "local"]);
    assert_ne!(said.code, Some(0));
    said.says("local").never_says("lxd");
}

#[test]
fn what_cannot_be_written_whole_is_put_back() {
    let tree = Tree::new("1.26", &[]);
    let list = tree.text("credentials/known_tokens.csv");
    let client = tree.text("credentials/client.config");
    let sandbox = Sandbox::with(&client);
    let path = tree.data("credentials/client.config");
    std::fs::hard_link(&path, tree.data("other-name")).unwrap();
    let on = ["--root", tree.argument()];
    let rotate = [&["node", "users", "rotate", "admin"][..], &on].concat();
    sandbox
        .bowline(&rotate)
        .expect(1)
        .says("hard link")
        .says("as before again: /var/snap/microk8s/current/credentials/known_tokens.csv");
    assert_eq!(tree.text("credentials/known_tokens.csv"), list);
    assert_eq!(sandbox.text(), client);
}

#[test]
fn a_list_that_the_api_server_does_not_read_is_not_edited() {
    let tree = Tree::new("1.26", &[]);
    let list = tree.text("credentials/known_tokens.csv");
    let arguments = tree.data("args/kube-apiserver");
    let sandbox = Sandbox::new();
    let rotate = [
        "node",
        "users",
        "rotate",
        "admin",
        "--root",
        tree.argument(),
    ];
    let flag = "--token-auth-file=${SNAP_DATA}/credentials/known_tokens.csv";
    let text = std::fs::read_to_string(&arguments).unwrap();
    assert!(text.contains(flag));
    let other = text.replace(flag, "--token-auth-file=/etc/tokens.csv");
    std::fs::write(&arguments, other).unwrap();
    sandbox.bowline(&rotate).expect(6).says("/etc/tokens.csv");
    assert_eq!(tree.text("credentials/known_tokens.csv"), list);
    std::fs::write(&arguments, text).unwrap();
    sandbox.bowline(&rotate).expect(0);
}

#[test]
fn a_restart_of_a_copy_is_refused_before_it_is_changed() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let tree = Tree::of(&cluster, "1.26", &[]);
    let list = tree.text("credentials/known_tokens.csv");
    let sandbox = Sandbox::new();
    let at = node.address().to_string();
    for what in [
        &["add", "bob", "--force"][..],
        &["rotate", "admin"],
        &["remove", "admin", "--force"],
    ] {
        let on = ["--restart", "--root", tree.argument(), "--at", &at];
        sandbox
            .bowline(&[&["node", "users"], what, &on].concat())
            .expect(2)
            .says("copy");
        assert_eq!(tree.text("credentials/known_tokens.csv"), list);
    }
}
