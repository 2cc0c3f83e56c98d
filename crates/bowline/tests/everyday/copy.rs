//! `bowline copy`: a second context beside one that is there.

use std::fs;

use operations::settings::Settings;
use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::place;

#[test]
fn a_copy_has_its_namespace_and_works() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = cluster.kubeconfig(&node.url());
    let sandbox = Sandbox::with(&before);
    sandbox
        .bowline(&["copy", "microk8s", "shop", "-n", "web", "--dry-run"])
        .expect(0)
        .says("namespace: web")
        .never_says(cluster.admin_token());
    assert_eq!(sandbox.text(), before);
    sandbox
        .bowline(&["copy", "microk8s", "shop", "-n", "web"])
        .expect(0)
        .says("cluster microk8s-cluster, user admin, namespace web");
    sandbox
        .bowline(&["copy", "microk8s", "own", "--with-entries"])
        .expect(0)
        .says("cluster own, user own")
        .never_says(cluster.admin_token());
    for context in ["shop", "own"] {
        let get = ["--context", context, "get", "ns"];
        sandbox.kubectl(&get).expect(0).says("kube-system");
    }
    let view = [
        "config",
        "view",
        "-o",
        "jsonpath={.contexts[?(@.name=='shop')].context.namespace}",
    ];
    assert_eq!(sandbox.kubectl(&view).stdout, "web");
    for (arguments, word) in [
        (["microk8s", "own"], "exists already"),
        (["mikrok8s", "x"], "did you mean microk8s?"),
    ] {
        let outcome = sandbox.bowline(&[&["copy"][..], &arguments].concat());
        outcome.expect(6).says(word);
    }
    sandbox.bowline(&["undo"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn a_cluster_of_its_own_keeps_what_config_toml_says_of_it() {
    let text = "clusters:\n- {name: vm, cluster: {server: 'https://10.0.0.1'}}\ncontexts:\n- {name: dev, context: {cluster: vm}}\n- {name: bare, context: {cluster: vm}}\n";
    let sandbox = Sandbox::with(text);
    let settings = "[clusters.vm] # mine\nmachine = 'multipass:vm'\nhost = 'vm.local'\ncandidates = ['10.0.0.7:6443']\nfollow = true\nshared_ca = false\n[clusters.taken]\nfollow = false\n[protect.dev]\n";
    sandbox.settings(settings);
    let toml = || fs::read_to_string(sandbox.path("config.toml")).unwrap();
    let dry_run = ["copy", "dev", "my own", "--with-entries", "--dry-run"];
    sandbox.bowline(&dry_run).expect(0).says("+machine = ");
    assert_eq!(toml(), settings);
    sandbox
        .bowline(&["copy", "dev", "my own", "--with-entries"])
        .expect(0)
        .says("dev is protected in config.toml, and my own is not");
    let meant = Settings::parse(&toml()).unwrap();
    assert_eq!(meant.hints("my own"), meant.hints("vm"));
    assert!(toml().starts_with("[clusters.vm] # mine\n"));
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(toml(), settings);
    assert_eq!(sandbox.text(), text);
    // What is said of that name already stays, and a cluster that is shared needs nothing.
    sandbox
        .bowline(&["copy", "bare", "taken", "--with-entries"])
        .expect(0)
        .never_says("protected");
    sandbox.bowline(&["copy", "bare", "other"]).expect(0);
    assert_eq!(toml(), settings);
}

#[test]
fn what_no_client_reads_and_does_not_go_along_is_told() {
    let text = "clusters:\n- {name: vm, cluster: {server: 'https://10.0.0.1', rack: 7}}\nusers:\n- {name: u, user: {hunter2: x}}\ncontexts:\n- {name: dev, context: {cluster: vm, user: u, team: blue}}\n";
    let sandbox = Sandbox::with(text);
    let only = ["team of context dev"];
    let all = [
        "team of context dev",
        "rack of cluster vm",
        "a field of user u",
    ];
    let out = sandbox.path("out");
    let out = out.display().to_string();
    fs::write(sandbox.path("other"), "").unwrap();
    let other = sandbox.path("other").display().to_string();
    let file = sandbox.file().display().to_string();
    fs::create_dir(&out).unwrap();
    for (arguments, words) in [
        (&["copy", "dev", "a"][..], &only[..]),
        (&["copy", "dev", "b", "--with-entries"], &all),
        (&["export", "dev", "-o", "-", "--yes"], &all),
        (&["split", &out, "--context", "dev"], &all),
        (&["merge", &file, "--into", &other], &all),
    ] {
        let outcome = sandbox.bowline(arguments).expect(0).never_says("hunter2");
        for word in words {
            let told = format!("no client reads {word}");
            assert!(
                outcome.stderr.contains(&told),
                "{arguments:?}: {outcome:#?}"
            );
        }
    }
    // A change in place keeps them all.
    sandbox
        .bowline(&["rename", "dev", "z", "--all", "--shared"])
        .expect(0);
    assert!(sandbox.text().contains("rack: 7") && sandbox.text().contains("team: blue"));
}
