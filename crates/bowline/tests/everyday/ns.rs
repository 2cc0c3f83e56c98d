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
