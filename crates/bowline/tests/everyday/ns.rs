//! `bowline ns`: the namespace, from what the cluster has.

use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::Node;

use crate::pty;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;

/// The namespace that the real kubectl uses.
fn of_kubectl(sandbox: &Sandbox) -> String {
    let path = "jsonpath={.contexts[0].context.namespace}";
    let view = ["config", "view", "--minify", "-o", path];
    sandbox.kubectl(&view).expect(0).stdout
}

#[test]
fn what_the_cluster_has_is_chosen_and_what_it_has_not_is_refused() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let before = sandbox.text();
    let listed = sandbox.bowline(&["ns", "--list"]).expect(0);
    assert!(
        listed.stdout.starts_with("* default\n"),
        "{}",
        listed.stdout
    );
    assert!(listed.stdout.contains("  kube-system\n"));
    sandbox
        .bowline(&["ns", "kube-system"])
        .expect(0)
        .says("dev (namespace kube-system)");
    assert_eq!(of_kubectl(&sandbox), "kube-system");
    // Comments and all else stay.
    for line in before.lines().filter(|line| line.contains('#')) {
        assert!(sandbox.text().contains(line), "{line}");
    }
    // A part that one namespace has.
    // Completion knows what the cluster said.
    let completed = sandbox
        .bowline(&["complete", "fish", "bowline", "ns", "kube-p"])
        .expect(0);
    assert!(completed.stdout.contains("kube-public"), "{completed:?}");
    sandbox.bowline(&["ns", "lease"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "kube-node-lease");
    sandbox.bowline(&["ns", "-"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "kube-system");
    let file = sandbox.bytes();
    for (arguments, word) in [
        (&["ns", "kube-sistem"][..], "did you mean kube-system?"),
        (
            &["ns", "kube-"],
            "part of several namespaces; there are: kube-",
        ),
        (&["ns", "$(touch owned)"], "no namespace can be called"),
        (&["ns", ""], "there is no namespace"),
        (&["ns"], "there are: default"),
        (&["ns", "--force", "A B"], "no namespace can be called"),
    ] {
        let outcome = sandbox.bowline(arguments).expect(6);
        assert!(outcome.stderr.contains(word), "{arguments:?}: {outcome:?}");
        assert_eq!(sandbox.bytes(), file, "{arguments:?}");
    }
    sandbox.bowline(&["ns", "later", "--force"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "later");
}

/// What was said before is used while the cluster is away, and what cannot be checked is said to be so.
#[test]
fn a_cluster_that_is_away_keeps_nobody_from_choosing() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["ns", "--list"]).expect(0);
    drop(node);
    let json = sandbox.bowline(&["ns", "--list", "-o", "json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["source"], "cache");
    assert_eq!(value["context"], "dev");
    sandbox.bowline(&["ns", "system"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "kube-system");
    sandbox
        .bowline(&["ns", "new-one"])
        .expect(0)
        .says("new-one was not checked: ");
    assert_eq!(of_kubectl(&sandbox), "new-one");
}

/// Who may not list namespaces may choose one; and who may look at one is told whether it is there.
#[test]
fn no_permission_is_needed() {
    let cluster = Cluster::builder().rbac(true).build();
    let node = Node::start(&cluster, place()).unwrap();
    let client = cluster.client_certificate(&ClientCertificateSpec::new("zoe", ["dev"]));
    let sandbox = Sandbox::with(cluster.kubeconfig_x509(&node.url(), &client));
    sandbox
        .bowline(&["ns", "team-a"])
        .expect(0)
        .says("team-a was not checked: you may not look at namespaces there");
    assert_eq!(of_kubectl(&sandbox), "team-a");
    sandbox
        .bowline(&["ns", "--list"])
        .expect(0)
        .says("you may not list them");
}

#[test]
fn in_a_terminal_it_is_that_terminals() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let before = sandbox.bytes();
    let mut command = sandbox.command(&["ns", "kube-public"]);
    command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    let told = run(command, b"").expect(0).stdout;
    let list = told.trim_end().strip_prefix("KUBECONFIG=").unwrap();
    assert_eq!(sandbox.bytes(), before);
    let mut prompt = sandbox.command(&["prompt"]);
    prompt.env("KUBECONFIG", list);
    assert_eq!(run(prompt, b"").expect(0).stdout, "dev:kube-public\n");
    assert_eq!(sandbox.bowline(&["prompt"]).expect(0).stdout, "dev\n");
}

/// What was chosen before needs nothing that is chosen now.
#[test]
fn the_previous_one_without_a_current_context() {
    const NONE: &str = "contexts:\n- {name: dev, context: {cluster: c, user: u}}\nclusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\nusers: [{name: u, user: {}}]\n";
    let sandbox = Sandbox::with(NONE);
    let nothing = "nothing was chosen before in the kubeconfig: choose with `bowline use CONTEXT`";
    sandbox.bowline(&["ns", "-"]).expect(6).says(nothing);
    for arguments in [&["ns"][..], &["ns", "x"], &["ns", "--list"]] {
        let said = sandbox.bowline(arguments).expect(6);
        said.says("no context is chosen in ")
            .says("`bowline use CONTEXT`");
    }
    assert_eq!(sandbox.text(), NONE);
    sandbox.bowline(&["use", "dev", "-n", "a"]).expect(0);
    sandbox.bowline(&["ns", "b", "--force"]).expect(0);
    let unset = ["config", "unset", "current-context"];
    sandbox.kubectl(&unset).expect(0);
    let said = sandbox.bowline(&["ns", "-"]).expect(0);
    said.says("dev (namespace a)");
    assert_eq!(of_kubectl(&sandbox), "a");
}

/// A plugin of the kubeconfig is not run for a list.
#[test]
fn without_a_context_or_a_credential() {
    let sandbox = Sandbox::with("");
    sandbox
        .bowline(&["ns", "x"])
        .expect(6)
        .says("there are no contexts in ");
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let token = format!("token: {}", cluster.admin_token());
    let text = cluster.kubeconfig(&node.url());
    assert!(text.contains(&token));
    sandbox.script("plugin", "touch owned");
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, interactiveMode: Never}";
    sandbox.write(text.replace(&token, exec));
    sandbox
        .bowline(&["ns", "kube-system"])
        .expect(0)
        .says("kube-system was not checked: there is no credential that it can be asked with");
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn one_is_picked_from_the_list() {
    if !pty::Terminal::is_possible("ns::one_is_picked_from_the_list") {
        return;
    }
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let terminal = pty::Terminal::start(pty::Terminal::bowline(&sandbox, &["ns"]), pty::USUAL);
    terminal.wait_for_text("kube-public");
    terminal.send("publ");
    terminal.wait_for_text("1/");
    terminal.send("\r");
    terminal.wait_for_text("dev (namespace kube-public)");
    assert_eq!(of_kubectl(&sandbox), "kube-public");
}

/// What `ns --list` says while the cluster is away: the source, and the names.
#[track_caller]
fn remembered(sandbox: &Sandbox) -> (String, Vec<String>) {
    let json = sandbox.bowline(&["ns", "--list", "-o", "json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let names = value["namespaces"].as_array().unwrap().iter();
    let names = names.map(|name| name.as_str().unwrap().to_owned());
    (
        value["source"].as_str().unwrap().to_owned(),
        names.collect(),
    )
}

/// The list is the cluster's, wherever that is.
#[test]
fn a_cluster_that_moved_keeps_its_list() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["ns", "--list"]).expect(0);
    node.move_to(place()).unwrap();
    let at = node.address().to_string();
    sandbox.bowline(&["heal", "dev", "--at", &at]).expect(0);
    assert!(sandbox.text().contains(&at));
    drop(node);
    let (source, names) = remembered(&sandbox);
    assert_eq!(source, "cache");
    assert!(names.contains(&"kube-public".to_owned()));
    sandbox.bowline(&["ns", "kube-public"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "kube-public");
}

/// Clusters of one CA are told apart, also where one is at the address that another had.
#[test]
fn a_shared_ca_does_not_mix_lists() {
    let one = Cluster::new();
    let two = Cluster::builder().ca(one.ca()).build();
    let node = Node::start(&one, place()).unwrap();
    let place_of_both = node.address();
    let sandbox = Sandbox::with(odd(&one, &node.url()));
    sandbox
        .kubectl(&["create", "namespace", "only-one"])
        .expect(0);
    sandbox.bowline(&["ns", "--list"]).expect(0);
    node.move_to(place()).unwrap();
    let other = Node::start(&two, place_of_both).unwrap();
    let of_one = odd(&one, &node.url());
    let of_two = odd(&two, &other.url());
    sandbox.write(&of_one);
    sandbox.bowline(&["ns", "--list"]).expect(0);
    sandbox.write(&of_two);
    sandbox
        .kubectl(&["create", "namespace", "only-two"])
        .expect(0);
    sandbox.bowline(&["ns", "--list"]).expect(0);
    drop((node, other));
    for (kubeconfig, own, foreign) in [
        (&of_one, "only-one", "only-two"),
        (&of_two, "only-two", "only-one"),
    ] {
        sandbox.write(kubeconfig);
        let (source, names) = remembered(&sandbox);
        assert_eq!(source, "cache");
        assert!(names.contains(&own.to_owned()), "{names:?}");
        assert!(!names.contains(&foreign.to_owned()), "{names:?}");
    }
}

/// Who may not list them may still look at one, which is there or not.
#[test]
fn without_the_list_one_namespace_is_asked_for() {
    let cluster = Cluster::builder().rbac(true).build();
    let node = Node::start(&cluster, place()).unwrap();
    let client = cluster.client_certificate(&ClientCertificateSpec::new("zoe", ["dev"]));
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    sandbox.kubectl(&["create", "namespace", "gone"]).expect(0);
    let view = [
        "create",
        "rolebinding",
        "zoe",
        "--clusterrole=view",
        "--user=zoe",
    ];
    for namespace in ["kube-public", "gone"] {
        let there = ["--namespace", namespace];
        sandbox.kubectl(&[&view[..], &there].concat()).expect(0);
    }
    // What was permitted there outlives it on this server.
    sandbox.kubectl(&["delete", "namespace", "gone"]).expect(0);
    sandbox.write(cluster.kubeconfig_x509(&node.url(), &client));
    let before = sandbox.bytes();
    let said = sandbox.bowline(&["ns", "gone"]).expect(6);
    said.says("there is no namespace gone in the cluster of ");
    assert_eq!(sandbox.bytes(), before);
    let said = sandbox.bowline(&["ns", "kube-public"]).expect(0);
    said.never_says("not checked");
    assert_eq!(of_kubectl(&sandbox), "kube-public");
    for name in ["kube-system", "nothing"] {
        let said = sandbox.bowline(&["ns", name]).expect(0);
        said.says(&format!(
            "{name} was not checked: you may not look at namespaces there"
        ));
        assert_eq!(of_kubectl(&sandbox), name);
    }
    sandbox.bowline(&["ns", "gone", "--force"]).expect(0);
    assert_eq!(of_kubectl(&sandbox), "gone");
}

/// A cache can be damaged, and hold anything.
#[test]
fn a_remembered_name_that_none_can_have_is_refused() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["ns", "--list"]).expect(0);
    drop(node);
    let cache = sandbox.path("state/namespaces.json");
    let text = std::fs::read_to_string(&cache).unwrap();
    let text = text.replace("kube-public", "Bad Name\\u001b[2J");
    std::fs::write(&cache, text).unwrap();
    let before = sandbox.bytes();
    for typed in ["Bad Name\u{1b}[2J", "bad"] {
        let said = sandbox.bowline(&["ns", typed]).expect(6).stays_plain();
        said.says("no namespace can be called Bad Name\\x1b[2J: lower case letters");
        assert_eq!(sandbox.bytes(), before);
    }
    let listed = sandbox.bowline(&["ns", "--list"]).expect(0);
    listed.stays_plain().says("Bad Name\\x1b[2J");
    for damaged in [
        "",
        "{",
        "{\"version\":1,\"clusters\":{}}",
        "{\"version\":2,\"clusters\":[{}]}",
    ] {
        std::fs::write(&cache, damaged).unwrap();
        assert_eq!(remembered(&sandbox).0, "kubeconfig", "{damaged}");
    }
}
