//! `bowline merge`: all contexts of other kubeconfigs, and each leads where it led.

use std::fs;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::place;

#[test]
fn two_microk8s_stay_both_reachable() {
    let (first, second) = (Cluster::new(), Cluster::new());
    let nodes = [&first, &second].map(|cluster| Node::start(cluster, place()).unwrap());
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("vm1.yaml"), first.kubeconfig(&nodes[0].url())).unwrap();
    fs::write(sandbox.path("vm2.yaml"), second.kubeconfig(&nodes[1].url())).unwrap();
    sandbox
        .bowline(&["merge", "vm1.yaml", "vm2.yaml", "--dry-run"])
        .expect(0)
        .says("microk8s-vm2")
        .never_says(second.admin_token());
    assert!(!sandbox.file().exists());
    sandbox
        .bowline(&["merge", "vm1.yaml", "vm2.yaml"])
        .expect(0)
        .says("added context microk8s-vm2 (microk8s there)")
        .says("microk8s is now the current context")
        .never_says(second.admin_token());
    let contexts = ["microk8s", "microk8s-vm2"];
    for (node, context) in nodes.iter().zip(contexts) {
        let create = ["--context", context, "create", "namespace", "x"];
        sandbox.kubectl(&create).expect(0);
        let records = node.records();
        let lines = records.lines();
        let created = lines
            .iter()
            .filter(|line| line.starts_with("POST /api/v1/namespaces"));
        assert_eq!(created.count(), 1);
    }
    // Again: everything is there.
    let before = sandbox.text();
    sandbox
        .bowline(&["merge", "vm2.yaml", "vm1.yaml"])
        .expect(0)
        .says("is there already, as microk8s-vm2");
    assert_eq!(sandbox.text(), before);
    sandbox.bowline(&["undo"]).expect(0);
    assert!(!sandbox.file().exists());
}

#[test]
fn what_means_the_same_is_shared_and_paths_stay_right() {
    let sandbox = Sandbox::with(
        "# mine\nclusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {token: t}}\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n",
    );
    fs::create_dir(sandbox.path("other")).unwrap();
    let file = sandbox.path("other/config");
    fs::write(
        &file,
        "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\n- {name: d, cluster: {server: 'https://10.0.0.2'}}\nusers:\n- {name: u, user: {token: other}}\n- {name: v, user: {client-certificate: v.crt, client-key: ../v.key}}\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n- {name: b, context: {cluster: d, user: v}}\n- {name: x, context: {cluster: gone, user: v}}\n",
    )
    .unwrap();
    sandbox
        .bowline(&["merge", "other/config"])
        .expect(6)
        .says("context x of")
        .says("is left out: its cluster gone")
        .says("added context a-2 (a there)")
        .says("added context b from");
    let view = sandbox
        .kubectl(&["config", "view", "-o", "json", "--raw"])
        .stdout;
    let view: serde_json::Value = serde_json::from_str(&view).unwrap();
    let list = |key: &str| {
        let entries = view[key].as_array().unwrap().iter();
        entries
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("clusters"), ["c", "d"]);
    assert_eq!(list("users"), ["a-2", "u", "v"]);
    assert_eq!(list("contexts"), ["a", "a-2", "b"]);
    let certificate = sandbox.path("other/v.crt").display().to_string();
    assert!(sandbox.text().contains(&certificate), "{}", sandbox.text());
    assert!(sandbox.text().starts_with("# mine\n"));

    let into = ["merge", "other/config", "--into", "new", "--prefix", "w-"];
    sandbox.bowline(&into).expect(6).says("added context w-a");
    assert!(
        fs::read_to_string(sandbox.path("new"))
            .unwrap()
            .contains("name: w-b")
    );
}

#[test]
fn nothing_changes_where_one_file_is_wrong() {
    let before = "contexts:\n- {name: a, context: {}}\n";
    let sandbox = Sandbox::with(before);
    let good = "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\ncontexts:\n- {name: b, context: {cluster: c}}\n";
    fs::write(sandbox.path("good"), good).unwrap();
    let plugin = format!(
        "{good}- {{name: p, context: {{cluster: c, user: u}}}}\nusers:\n- {{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: get-token}}}}}}\n"
    );
    for (text, word) in [
        ("a: [", "bad"),
        (
            &*format!("{good}{}", "- {name: b, context: {cluster: c}}\n"),
            "two entries named \"b\"",
        ),
        ("kind: Config\n", "has no contexts"),
        (
            "kind: Pod\n",
            "nothing was changed: name the others without it",
        ),
        (&plugin, "runs a program, get-token"),
        (
            &good.replace("server", "insecure-skip-tls-verify: true, server"),
            "does not check the server",
        ),
    ] {
        fs::write(sandbox.path("bad"), text).unwrap();
        sandbox
            .bowline(&["merge", "good", "bad"])
            .expect(6)
            .says(word);
        assert_eq!(sandbox.text(), before);
    }
    sandbox
        .bowline(&["merge", "good", "none"])
        .expect(6)
        .says("none does not exist");
    sandbox
        .bowline(&["merge", "home/.kube/config"])
        .expect(6)
        .says("into itself");
    assert_eq!(sandbox.text(), before);
    fs::write(sandbox.path("bad"), &plugin).unwrap();
    sandbox.bowline(&["merge", "bad", "--yes"]).expect(0);
    assert!(sandbox.text().contains("get-token"));
}

#[test]
fn of_several_that_are_alike_the_best_match_counts() {
    // Twice the same cluster and the same user under other names, as files give them that were put together by hand.
    let cluster =
        |name: &str| format!("- {{name: {name}, cluster: {{server: 'https://10.0.0.1'}}}}\n");
    let user = |name: &str| format!("- {{name: {name}, user: {{token: t}}}}\n");
    let context = |name: &str, cluster: &str, user: &str| {
        format!("- {{name: {name}, context: {{cluster: {cluster}, user: {user}}}}}\n")
    };
    let clusters = ["a", "b"].map(cluster).concat();
    let users = ["v", "w"].map(user).concat();
    let merged = |contexts: &str, others: &str| {
        let sandbox = Sandbox::with(format!(
            "clusters:\n{clusters}- {{name: z, cluster: {{server: 'https://10.0.0.9'}}}}\nusers:\n{users}contexts:\n{contexts}"
        ));
        let text = format!(
            "clusters:\n{}users:\n{}contexts:\n{others}",
            cluster("theirs"),
            user("theirs")
        );
        fs::write(sandbox.path("more"), text).unwrap();
        let said = sandbox.bowline(&["merge", "more"]).expect(0);
        (said, sandbox)
    };
    let theirs = context("x", "theirs", "theirs");
    // Neither the first cluster nor the first user of their kind, but both in one context.
    let contexts = context("one", "a", "v") + &context("two", "b", "w");
    let (said, _) = merged(&context("two", "b", "w"), &theirs);
    said.says("context x of").says("is there already, as two");
    // The one that is called so, else the first.
    let (said, _) = merged(&contexts, &theirs.replace("name: x", "name: two"));
    said.says("is there already, as two");
    let (said, _) = merged(&contexts, &theirs);
    said.says("is there already, as one");
    // One of another namespace is another one; it gets the cluster and the user that go together here.
    let elsewhere = context("a1", "a", "v").replace(": v}", ": v, namespace: far}");
    let (said, sandbox) = merged(
        &(context("z1", "z", "v")
            + &context("two", "b", "w").replace(": w}", ": w, namespace: near}")),
        &theirs,
    );
    said.says("added context x");
    let text = sandbox.text();
    let taken = "- context:\n    cluster: b\n    user: w\n  name: x\n";
    assert!(text.contains(taken), "{text}");
    let (said, _) = merged(&(elsewhere + &context("two", "b", "w")), &theirs);
    said.says("is there already, as two");
}
