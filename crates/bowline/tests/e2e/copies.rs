//! Copies of a stale entry outside the chain: mended together, taken back together.

use std::fs;
use std::path::PathBuf;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// Where `MicroK8s`' installer puts a kubeconfig of its own, and one that config.toml names by a pattern.
fn copies(sandbox: &Sandbox, text: &str) -> [PathBuf; 2] {
    let files = [
        sandbox.path("home/.microk8s/config"),
        sandbox.path("home/projects/shop/kubeconfig.yaml"),
    ];
    for file in &files {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    sandbox.settings(&format!(
        "kubeconfigs = ['~/projects/*/kubeconfig.yaml']\n{}",
        sandbox.default_settings()
    ));
    files
}

#[test]
fn all_copies_of_a_stale_entry_are_mended_and_taken_back_at_once() {
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let old = node.url();
        let before = odd(&cluster, &old);
        let sandbox = Sandbox::with(&before);
        let printed = cluster.kubeconfig(&old);
        let files = copies(&sandbox, &printed);
        sandbox.bowline(&["status"]).expect(0);

        node.move_to(place()).unwrap();
        sandbox.announce(&[("microk8s-vm", node.address())]);
        sandbox.bowline(command).expect(0);
        for file in &files {
            let after = fs::read_to_string(file).unwrap();
            let pinned = format!(
                "server: {}\n    tls-server-name: kubernetes.default.svc",
                node.url()
            );
            assert_eq!(after, printed.replace(&format!("server: {old}"), &pinned));
        }
        assert!(sandbox.text().contains(&node.url()));
        let history = sandbox.history();
        assert_eq!(history.len(), 1, "one change: {history:#?}");
        assert_eq!(history[0]["files"].as_array().unwrap().len(), 3);

        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
        for file in &files {
            assert_eq!(fs::read_to_string(file).unwrap(), printed);
        }
    }
}

#[test]
fn a_copy_that_names_an_older_place_follows_too() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let oldest = node.url();
    let sandbox = Sandbox::with(odd(&cluster, &oldest));
    let [second, project] = copies(&sandbox, &cluster.kubeconfig(&oldest));
    // Proved there, so that the place is on record for the node.
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    node.renew_leaf();
    // As people do it: the fresh kubeconfig replaces kubectl's, and the copies are forgotten.
    let current = odd(&cluster, &node.url());
    sandbox.write(&current);
    sandbox.bowline(&["heal"]).expect(0).says("works at");
    assert_eq!(sandbox.text(), current);
    for file in [second, project] {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(&node.url()), "{}: {text}", file.display());
    }
}

#[test]
fn what_works_or_is_somebody_elses_is_left_alone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let other = Cluster::new();
    let old = node.url();
    let sandbox = Sandbox::with(odd(&cluster, &old));
    let [second, project] = copies(&sandbox, "");
    let at_sibling = cluster.kubeconfig(&sibling.url());
    fs::write(&second, &at_sibling).unwrap();
    // Another cluster that had the very address.
    let of_other = other.kubeconfig(&old);
    fs::write(&project, &of_other).unwrap();
    let broken = sandbox.path("home/projects/broken/kubeconfig.yaml");
    fs::create_dir_all(broken.parent().unwrap()).unwrap();
    fs::write(&broken, "clusters: [").unwrap();
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("moved from")
        .says("broken/kubeconfig.yaml");
    assert_eq!(fs::read_to_string(&second).unwrap(), at_sibling);
    assert_eq!(fs::read_to_string(&project).unwrap(), of_other);
    assert_eq!(fs::read_to_string(&broken).unwrap(), "clusters: [");
    assert_eq!(sandbox.history()[0]["files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_copy_that_names_a_sibling_stays_the_siblings_even_when_it_is_down() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sibling = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let [second, project] = copies(&sandbox, &cluster.kubeconfig(&sibling.url()));
    // The cluster says that the sibling is one.
    sandbox.bowline(&["heal"]).expect(0);
    sibling.set_behaviour(testnode::Behaviour::Refuse).unwrap();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    for file in [second, project] {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&sibling.url()), "{text}");
    }
}

#[test]
fn a_copy_of_an_entry_that_is_not_to_be_followed_stays() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let old = node.url();
    let sandbox = Sandbox::with(odd(&cluster, &old));
    let printed = cluster.kubeconfig(&old).replace("microk8s-cluster", "kept");
    let [second, _] = copies(&sandbox, &printed);
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    sandbox.settings(&format!("{settings}[clusters.kept]\nfollow = false\n"));
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    assert_eq!(fs::read_to_string(second).unwrap(), printed);
}

#[test]
fn a_pattern_that_is_none_is_named() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.settings("kubeconfigs = ['/somewhere/***']\n");
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("/somewhere/***")
        .says("config.toml");
}
