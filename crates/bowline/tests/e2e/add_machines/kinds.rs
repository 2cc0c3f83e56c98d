//! Every kind of machine, and of cluster on it.

use std::fs;

use testnode::Cluster;
use testnode::Node;

use super::everything;
use super::machines::CLIENT_CONFIG;
use super::machines::LOOPBACK;
use super::machines::Machines;
use super::machines::started;
use super::microk8s;
use crate::support::Sandbox;
use crate::support::place;

#[test]
fn the_one_machine_that_runs_it_is_found() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    multipass.runs("empty", &[]);
    multipass.stopped("old");
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(3)
        .says("no MicroK8s was found")
        .says("multipass:empty: there is no")
        .says("multipass:old: it does not run")
        .says("bowline add ssh:");
    microk8s(&multipass, "microk8s-vm", &cluster, &node);
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(0)
        .says("MicroK8s runs on multipass:microk8s-vm")
        .says("added context microk8s-vm");
    let (other, other_node) = started();
    let lxd = Machines::lxd(&sandbox);
    microk8s(&lxd, "lab", &other, &other_node);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(6)
        .says("choose one:\n  bowline add multipass:microk8s-vm\n  bowline add lxd:lab\n");
    assert_eq!(everything(&sandbox), before);
    sandbox
        .bowline(&["add", "lxd:lab"])
        .expect(0)
        .says("added context lab");
    sandbox
        .kubectl(&["--context", "lab", "get", "ns"])
        .expect(0);
}

#[test]
fn what_else_runs_there_is_taken_and_named() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    multipass.runs("pi", &[node.address()]);
    let k3s = cluster.kubeconfig("https://127.0.0.1:16443");
    multipass.write("pi", "/etc/rancher/k3s/k3s.yaml", &k3s);
    sandbox
        .bowline(&["add", "multipass:pi"])
        .expect(0)
        .says("takes /etc/rancher/k3s/k3s.yaml of k3s")
        .says("added context pi");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    // k0s calls itself localhost.
    let (cluster, node) = started();
    multipass.runs("zero", &[node.address()]);
    let k0s = cluster.kubeconfig("https://localhost:16443");
    multipass.write("zero", "/var/lib/k0s/pki/admin.conf", &k0s);
    sandbox.bowline(&["add", "multipass:zero"]).expect(0);
    sandbox
        .kubectl(&["--context", "zero", "get", "ns"])
        .expect(0);
    // kubeadm names an address that means the same everywhere: it stays.
    let (cluster, node) = started();
    multipass.runs("adm", &[]);
    let kubeadm = cluster.kubeconfig(&node.url());
    multipass.write("adm", "/etc/kubernetes/admin.conf", &kubeadm);
    sandbox.bowline(&["add", "multipass:adm"]).expect(0);
    sandbox
        .kubectl(&["--context", "adm", "get", "ns"])
        .expect(0);
}

#[test]
fn root_is_asked_for_only_where_it_must_be_and_that_is_said() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let ssh = Machines::ssh(&sandbox);
    microk8s(&ssh, "lab1", &cluster, &node);
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", "ssh:me@lab1"])
        .expect(1)
        .says("uses sudo on ssh:me@lab1 to read /var/snap/microk8s/current/credentials")
        .says("sudo refuses");
    assert_eq!(everything(&sandbox), untouched);
    fs::write(ssh.root("lab1").join("../sudoer"), "").unwrap();
    sandbox
        .bowline(&["add", "ssh:me@lab1"])
        .expect(0)
        .says("uses sudo on ssh:me@lab1")
        .says("added context lab1")
        .says("lab1 runs on ssh:me@lab1");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    // Its addresses are asked for as the user who logs in.
    node.move_to(place()).unwrap();
    ssh.runs("lab1", &[node.address()]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("moved from")
        .never_says("sudo");
}

#[test]
fn this_machine_keeps_its_loopback_address() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, "127.0.0.1:0".parse().unwrap()).unwrap();
    let sandbox = Sandbox::new();
    let local = Machines::local(&sandbox);
    local.runs("this", &[]);
    sandbox.bowline(&["add", "k3s"]).expect(6).says(
        "local has no kubeconfig of k3s: /etc/rancher/k3s/k3s.yaml is not there; only a server",
    );
    local.write("this", CLIENT_CONFIG, &cluster.kubeconfig(&node.url()));
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(0)
        .says("MicroK8s runs on local")
        .says("added context microk8s");
    assert!(sandbox.text().contains(&node.url()));
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let (k3s, k3s_node) = (Cluster::new(), place());
    let k3s_node = Node::start(&k3s, k3s_node).unwrap();
    local.write(
        "this",
        "/etc/rancher/k3s/k3s.yaml",
        &k3s.kubeconfig(&k3s_node.url()),
    );
    sandbox
        .bowline(&["add", "k3s"])
        .expect(0)
        .says("added context k3s");
    // Both are this machine's, and neither is in the other's way.
    sandbox
        .bowline(&["add", "local"])
        .expect(0)
        .says("context microk8s is up to date");
    sandbox
        .bowline(&["add", "k3s"])
        .expect(0)
        .says("context k3s is up to date");
}

#[test]
fn a_copy_in_a_folder_needs_an_address_and_is_not_remembered() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let folder = sandbox.path("backup");
    fs::create_dir_all(folder.join("credentials")).unwrap();
    fs::write(
        folder.join("credentials/client.config"),
        cluster.kubeconfig(LOOPBACK),
    )
    .unwrap();
    let what = format!("folder:{}", folder.display());
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", &what])
        .expect(3)
        .says("--at ADDRESS");
    assert_eq!(everything(&sandbox), untouched);
    let at = node.address().to_string();
    sandbox
        .bowline(&["add", &what, "--at", &at])
        .expect(0)
        .says("added context microk8s")
        .says("it comes from a copy");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(settings, sandbox.default_settings());
}

#[test]
fn kind_and_minikube_write_their_own_entries() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["add", "kind:dev"])
        .expect(6)
        .says("has no context kind-dev")
        .says("kind export kubeconfig --name dev");
    sandbox
        .bowline(&["add", "minikube"])
        .expect(6)
        .says("minikube update-context -p minikube");
    let text = cluster
        .kubeconfig(&node.url())
        .replace("name: microk8s\n", "name: kind-dev\n");
    sandbox.write(&text);
    sandbox
        .bowline(&["add", "kind:dev"])
        .expect(6)
        .says("there already, as context kind-dev");
    assert_eq!(sandbox.text(), text);
    // Into another file it is taken.
    let other = sandbox.path("other");
    sandbox
        .bowline_on(&other, &["add", "kind:dev"])
        .expect(0)
        .says("added context kind-dev");
    assert!(fs::read_to_string(&other).unwrap().contains(&node.url()));
    // A file of that name is a file when it is written as one.
    fs::write(sandbox.path("microk8s"), cluster.kubeconfig(&node.url())).unwrap();
    sandbox
        .bowline(&["add", "./microk8s", "--name", "mine"])
        .expect(0)
        .says("added context mine");
}
