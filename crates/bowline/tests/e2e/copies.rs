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

/// A second door to a node, at a port of this machine: a tunnel.
fn tunnel(cluster: &Cluster, node: &Node) -> Node {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let here = free.local_addr().unwrap();
    drop(free);
    let options = testnode::NodeOptions {
        leaf: Some(node.leaf()),
        ..testnode::NodeOptions::default()
    };
    Node::start_with(cluster, here, options).unwrap()
}

#[test]
fn a_copy_that_is_a_tunnel_stays_one_though_the_node_was_reached_through_it() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let door = tunnel(&cluster, &node);
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let printed = cluster.kubeconfig(&door.url());
    let [_, project] = copies(&sandbox, &printed);
    sandbox.bowline(&["status"]).expect(0);
    sandbox.bowline_on(&project, &["status"]).expect(0);
    drop(door);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    assert_eq!(fs::read_to_string(&project).unwrap(), printed);
}

#[test]
fn what_works_through_a_tunnel_makes_no_tunnel_of_its_copies() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let door = tunnel(&cluster, &node);
    let sandbox = Sandbox::with(odd(&cluster, &door.url()));
    let printed = cluster.kubeconfig(&node.url());
    let files = copies(&sandbox, &printed);
    sandbox.bowline_on(&files[1], &["status"]).expect(0);
    // From here on only the tunnel leads there.
    node.set_behaviour(testnode::Behaviour::Refuse).unwrap();
    sandbox.bowline(&["heal"]).expect(0);
    for file in files {
        assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    }
}

/// A proxy that tells clusters apart by the name that is asked for has them all at one address.
#[test]
fn a_copy_with_another_name_to_check_is_another_entry() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let old = node.url();
    let sandbox = Sandbox::with(odd(&cluster, &old));
    let named = format!("server: {old}\n    tls-server-name: other.example.com");
    let printed = cluster
        .kubeconfig(&old)
        .replace(&format!("server: {old}"), &named);
    let files = copies(&sandbox, &printed);
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    for file in files {
        assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    }
}

#[test]
fn a_copy_that_cannot_be_edited_keeps_no_other_from_being_mended() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let old = node.url();
    let sandbox = Sandbox::with(odd(&cluster, &old));
    // Two names for one cluster: what is changed under one is changed under the other.
    let shared = cluster
        .kubeconfig(&old)
        .replace("- cluster:\n", "- cluster: &one\n")
        .replace("contexts:", "- cluster: *one\n  name: alias\ncontexts:");
    let [second, project] = copies(&sandbox, &shared);
    let printed = cluster.kubeconfig(&old);
    fs::write(&second, &printed).unwrap();
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("moved from")
        .says("shop/kubeconfig.yaml");
    assert!(sandbox.text().contains(&node.url()));
    assert!(fs::read_to_string(&second).unwrap().contains(&node.url()));
    assert_eq!(fs::read_to_string(&project).unwrap(), shared);
}

#[test]
fn a_pipe_that_a_pattern_matches_is_not_waited_for() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let [second, project] = copies(&sandbox, "");
    for file in [second, project] {
        fs::remove_file(&file).unwrap();
        let mut command = std::process::Command::new("mkfifo");
        command.arg(&file);
        crate::support::run(command, b"").expect(0);
    }
    sandbox.bowline(&["heal"]).expect(0).says("works at");
}

#[test]
fn copies_in_any_encoding_come_back_byte_for_byte() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let printed = cluster.kubeconfig(&node.url());
    let sandbox = Sandbox::with(odd(&cluster, &node.url()).replace('\n', "\r\n"));
    let files = copies(&sandbox, "");
    let before = [
        crate::support::utf16(&printed.replace('\n', "\r\n")),
        printed.trim_end().as_bytes().to_vec(),
    ];
    for (file, bytes) in files.iter().zip(&before) {
        fs::write(file, bytes).unwrap();
    }
    let own = sandbox.bytes();
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    // kubectl reads no UTF-16, so of the copies only the other is asked.
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    let copy = files[1].to_str().unwrap();
    sandbox
        .kubectl(&["--kubeconfig", copy, "get", "ns"])
        .expect(0)
        .says("kube-system");
    for (file, bytes) in files.iter().zip(&before) {
        assert_ne!(&fs::read(file).unwrap(), bytes, "{}", file.display());
    }
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.bytes(), own);
    for (file, bytes) in files.iter().zip(&before) {
        assert_eq!(&fs::read(file).unwrap(), bytes, "{}", file.display());
    }
}

#[test]
fn a_copy_that_cannot_be_written_keeps_no_other_from_being_mended() {
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let sandbox = Sandbox::with(odd(&cluster, &node.url()));
        let printed = cluster.kubeconfig(&node.url());
        let [second, project] = copies(&sandbox, &printed);
        fs::hard_link(&second, sandbox.path("twin")).unwrap();
        sandbox.bowline(&["status"]).expect(0);
        node.move_to(place()).unwrap();
        sandbox.announce(&[("microk8s-vm", node.address())]);
        sandbox
            .bowline(command)
            .expect(0)
            .says(".microk8s/config")
            .says("hard link")
            .never_says("this call only");
        assert!(sandbox.text().contains(&node.url()));
        assert!(fs::read_to_string(&project).unwrap().contains(&node.url()));
        assert_eq!(fs::read_to_string(&second).unwrap(), printed);
        // It is told each time, and is no failure of what works.
        sandbox.bowline(&["heal"]).expect(0).says("hard link");
    }
}

/// The name is what the entry needs, but a tunnel is its user's.
#[test]
fn a_tunnel_gets_no_name_for_the_sake_of_another_entry() {
    let cluster = Cluster::new();
    let here = std::net::IpAddr::from([127, 0, 0, 1]);
    let node = Node::start(&cluster, place()).unwrap();
    node.set_leaf(cluster.leaf(&testnode::LeafKind::KubeadmApiServer, &[]));
    let door = tunnel(&cluster, &node);
    assert_eq!(door.address().ip(), here);
    let own = odd(&cluster, &door.url()).replace(
        "    x-bought",
        "    tls-server-name: kubernetes.default.svc\n    x-bought",
    );
    let sandbox = Sandbox::with(&own);
    let printed = cluster.kubeconfig(&door.url());
    let files = copies(&sandbox, &printed);
    sandbox.bowline(&["heal"]).expect(0).says("works at");
    for file in files {
        assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    }
    assert_eq!(sandbox.text(), own);
}

/// Such a pattern may name the whole disk.
#[test]
fn a_pattern_that_takes_too_long_is_given_up() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.settings("kubeconfigs = ['/**/no-such-name-anywhere']\n");
    let outcome = sandbox.bowline(&["heal"]).expect(0);
    assert!(
        outcome.elapsed < std::time::Duration::from_secs(5),
        "{outcome:#?}"
    );
}
