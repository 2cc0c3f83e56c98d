//! `bowline add`: a kubeconfig is taken in under a name of its own, or refused with a reason.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::names;
use crate::support::odd;
use crate::support::place;

fn started() -> (Cluster, Node) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    (cluster, node)
}

/// Every old line is there, in its order; what is between is new.
#[track_caller]
pub(crate) fn assert_only_added(before: &str, after: &str) {
    let mut lines = after.lines();
    for line in before.lines() {
        assert!(lines.any(|new| new == line), "lost {line:?} in\n{after}");
    }
}

#[test]
fn the_first_file_and_its_folder_are_private_and_it_becomes_current() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    fs::remove_dir(sandbox.path("home/.kube")).unwrap();
    sandbox
        .feed(&["add", "-"], cluster.kubeconfig(&node.url()))
        .expect(0)
        .says("added context microk8s")
        .says("now the current context")
        .says("proved at")
        .never_says(cluster.admin_token());
    let mode = |path: &str| {
        fs::metadata(sandbox.path(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(mode("home/.kube/config"), 0o600);
    assert_eq!(mode("home/.kube"), 0o700);
    assert_eq!(mode("state/state.json"), 0o600);
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    assert_eq!(
        node.records().requests[0].authorization.len(),
        0,
        "asked first, without"
    );
}

#[test]
fn a_second_microk8s_gets_names_of_its_own_and_both_work() {
    let (first, first_node) = started();
    let (second, second_node) = started();
    let sandbox = Sandbox::new();
    let file = sandbox.path("printed");
    fs::write(&file, first.kubeconfig(&first_node.url())).unwrap();
    sandbox.bowline(&["add", file.to_str().unwrap()]).expect(0);
    let before = sandbox.text();
    let outcome = sandbox
        .feed(&["add", "-"], second.kubeconfig(&second_node.url()))
        .expect(0);
    assert!(!outcome.stdout.contains("current"), "{outcome:?}");
    let list = sandbox
        .kubectl(&["config", "get-contexts", "-o", "name"])
        .stdout;
    let contexts: Vec<_> = list.lines().collect();
    assert_eq!(contexts, ["microk8s", "microk8s-2"]);
    let after = sandbox.text();
    assert_only_added(&before, &after);

    for (node, name) in [(&first_node, "one"), (&second_node, "two")] {
        let context = if name == "one" {
            contexts[0]
        } else {
            contexts[1]
        };
        let create = ["--context", context, "create", "namespace", name];
        sandbox.kubectl(&create).expect(0);
        let records = node.records();
        let created = |line: &String| line.starts_with("POST /api/v1/namespaces");
        assert_eq!(records.lines().iter().filter(|l| created(l)).count(), 1);
    }
}

#[test]
fn the_name_and_the_switch_are_the_users() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(odd(&Cluster::new(), "https://10.0.0.1:16443"));
    let config = cluster.kubeconfig(&node.url());
    let before = sandbox.bytes();
    sandbox
        .feed(&["add", "-", "--name", "dev"], &config)
        .expect(6)
        .says("choose another --name");
    sandbox
        .feed(&["add", "-", "--name", "x", "--context", "gone"], &config)
        .expect(6)
        .says("has no context gone");
    assert_eq!(sandbox.bytes(), before);
    sandbox
        .feed(&["add", "-", "--name", "vm two", "--use"], &config)
        .expect(0)
        .says("now the current context");
    let current = sandbox.kubectl(&["config", "current-context"]);
    assert_eq!(current.stdout, "vm two\n");
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
}

#[test]
fn the_same_cluster_again_is_known() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let config = cluster.kubeconfig(&node.url());
    sandbox
        .feed(&["add", "-", "--name", "dev"], &config)
        .expect(0);
    let before = sandbox.bytes();
    sandbox
        .feed(&["add", "-"], &config)
        .expect(6)
        .says("there already, as context dev")
        .says("nothing to do");
    let moved = cluster.kubeconfig("https://10.11.12.13:16443");
    sandbox
        .feed(&["add", "-"], moved)
        .expect(6)
        .says("bowline heal dev");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn what_is_no_kubeconfig_is_refused_and_nothing_is_written() {
    let none = Cluster::new().kubeconfig("https://none:16443");
    let worker = "This MicroK8s deployment is acting as a node in a cluster. Please use the microk8s config on the master.\n";
    for (text, reason) in [
        (worker, "a worker node"),
        (&none, "no default route"),
        ("", "standard input"),
        ("\n\n", "standard input"),
        ("not: [a, kubeconfig", "not a kubeconfig"),
        ("Error: connection refused\n", "standard input"),
        ("- a\n- b\n", "not a kubeconfig"),
        ("{\"items\": [1, 2]}", "standard input"),
        ("{\"kind\": \"Config\", ", "not a kubeconfig"),
        ("\u{1b}[31mred\u{1b}[0m: [", "not a kubeconfig"),
        ("kind: Config\nclusters: []\n", "has no context"),
    ] {
        for known in [None, Some("# mine\nkind: Config\n")] {
            let sandbox = Sandbox::new();
            if let Some(known) = known {
                sandbox.write(known);
            }
            let outcome = sandbox.feed(&["add", "-"], text);
            assert_eq!(outcome.code, Some(6), "{text:?}: {outcome:#?}");
            outcome.says(reason).stays_plain();
            match known {
                Some(known) => assert_eq!(sandbox.text(), known),
                None => assert!(!sandbox.file().exists()),
            }
            assert_eq!(
                names(&sandbox.path("state")),
                Vec::<String>::new(),
                "{text:?}"
            );
        }
    }
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["add", "nowhere"])
        .expect(6)
        .says("nowhere does not exist");
    sandbox.bowline(&["add", "."]).expect(6);
    assert!(!sandbox.file().exists());
}

#[test]
fn what_runs_programs_or_trusts_anyone_needs_consent() {
    let (cluster, node) = started();
    let config = cluster.kubeconfig(&node.url());
    let token = format!("token: {}", cluster.admin_token());
    let exec = "exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: get-token\n      interactiveMode: Never";
    let plugin = config.replace(&token, exec);
    let ca = config
        .lines()
        .find(|line| line.contains("certificate-authority-data"))
        .unwrap();
    let insecure = config.replace(ca, "    insecure-skip-tls-verify: true");
    for (text, word) in [
        (&plugin, "get-token"),
        (&insecure, "insecure-skip-tls-verify"),
    ] {
        assert_ne!(text, &config);
        let sandbox = Sandbox::new();
        let marker = sandbox.path("it-ran");
        sandbox.script("get-token", &format!(": >'{}'\n", marker.display()));
        sandbox
            .feed(&["add", "-"], text)
            .expect(6)
            .says(word)
            .says("--yes");
        sandbox.feed(&["add", "-", "--dry-run"], text).expect(6);
        assert!(!sandbox.file().exists());
        sandbox.feed(&["add", "-", "--yes"], text).expect(0);
        assert!(sandbox.text().contains(word));
        sandbox.bowline(&["status"]);
        sandbox.bowline(&["heal"]);
        assert!(!marker.exists(), "it was run");
    }
    assert_eq!(node.records().credential_bytes(), 0);
}

#[test]
fn a_dry_run_shows_no_secret_and_writes_nothing() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    sandbox
        .feed(&["add", "-", "--dry-run"], cluster.kubeconfig(&node.url()))
        .expect(0)
        .says(&format!("+    server: {}", node.url()))
        .says("token: ")
        .says("nothing was changed")
        .never_says(cluster.admin_token());
    assert!(!sandbox.file().exists());
    assert!(!sandbox.path("state").exists());
}

#[test]
fn the_rest_of_the_file_keeps_its_bytes() {
    let (cluster, node) = started();
    for encode in [
        |text: &str| text.as_bytes().to_vec(),
        |text: &str| text.replace('\n', "\r\n").into_bytes(),
        |text: &str| text.trim_end().as_bytes().to_vec(),
    ] {
        let before = odd(&Cluster::new(), "https://10.0.0.1:16443");
        let sandbox = Sandbox::with(encode(&before));
        let before = sandbox.text();
        let config = cluster.kubeconfig(&node.url());
        sandbox
            .feed(&["add", "-", "--name", "new"], config)
            .expect(0);
        let after = sandbox.text();
        assert_only_added(&before, &after);
        let (windows, all) = (after.matches("\r\n").count(), after.matches('\n').count());
        assert_eq!(windows, if before.contains('\r') { all } else { 0 });
        let get = ["--context", "new", "get", "ns"];
        sandbox.kubectl(&get).expect(0).says("kube-system");
    }
}

#[test]
fn a_context_gets_the_credential_that_the_node_prints_now() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let good = cluster.kubeconfig(&node.url());
    let old = good.replace(cluster.admin_token(), "0ldT0ken");
    let sandbox = Sandbox::with(&old);
    for command in ["status", "doctor"] {
        let told = sandbox.bowline(&[command]).expect(5);
        told.says("`bowline add - --name=microk8s --replace`");
    }
    let replace = ["add", "-", "--name", "microk8s", "--replace"];
    // The node prints an address that does not lead there from here; the entry knows one that does.
    let printed = good.replace(&node.url(), "https://127.0.0.1:1");
    sandbox
        .feed(&replace, &printed)
        .expect(0)
        .says("refreshed context microk8s: tls-server-name, credential changed")
        .never_says(cluster.admin_token());
    sandbox.bowline(&["status"]).expect(0);
    let names = sandbox.bowline(&["config", "get-contexts", "-o", "name"]);
    assert_eq!(names.stdout, "microk8s\n");
    assert!(sandbox.text().contains(&node.url()));

    // One that the cluster does not accept replaces none.
    let before = sandbox.text();
    sandbox
        .feed(&replace, &old)
        .expect(5)
        .says("is not accepted");
    assert_eq!(sandbox.text(), before);
    sandbox.bowline(&["undo"]).expect(1).says("--reinstate");
    sandbox.bowline(&["undo", "--reinstate"]).expect(0);
    assert_eq!(sandbox.text(), old);

    // Without the word, and without a name, nothing gives way.
    sandbox
        .feed(&["add", "-", "--name", "microk8s"], &good)
        .expect(6)
        .says("exists already");

    // A cluster that was set up anew.
    let other = Cluster::new();
    let anew = Node::start(&other, place()).unwrap();
    sandbox
        .feed(&replace, other.kubeconfig(&anew.url()))
        .expect(0)
        .says("refreshed context microk8s: cluster, server");
    sandbox.bowline(&["status"]).expect(0).says(&anew.url());
}

#[test]
fn the_words_of_a_worker_mean_nothing_in_the_middle_of_something_else() {
    let sandbox = Sandbox::new();
    let long = format!("a: [{} acting as a node in a cluster", "1, ".repeat(1000));
    sandbox
        .feed(&["add", "-"], &long)
        .expect(6)
        .says("not a kubeconfig")
        .never_says("worker");
}
