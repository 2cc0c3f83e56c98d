//! `ssh -L`: a port that nobody knows but its user stays in the entry, whatever else answers.

use testnode::Cluster;
use testnode::Node;

use super::calls;
use super::closed;
use super::published;
use super::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn a_tunnel_that_is_closed_is_left_alone_and_others_are_not_asked() {
    let cluster = Cluster::new();
    // The cluster is within reach: in a VM, and behind a port that nobody published.
    let vm = Node::start(&cluster, place()).unwrap();
    let forgotten = published(&cluster);
    let other = published(&Cluster::new());
    let before = odd(&cluster, &format!("https://127.0.0.1:{}", closed().port()));
    let sandbox = Sandbox::with(&before);
    sandbox.settings(&format!(
        "hosts_ics = ['{}']\n[clusters.microk8s]\ncandidates = ['{}', '{}']\n",
        sandbox.path("hosts.ics").display(),
        vm.address(),
        forgotten.address(),
    ));
    sandbox.announce(&[("microk8s-vm", vm.address())]);
    stand_in(&sandbox, "multipass", &[]);
    let json = format!(
        r#"{{"Names":"kind-control-plane","Ports":"127.0.0.1:{}->6443/tcp"}}"#,
        other.address().port()
    );
    stand_in(
        &sandbox,
        "docker",
        &[("ps --no-trunc --format {{json .}}", &json)],
    );
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("(a tunnel), and only ports that docker, podman, lima, wsl, colima, minikube know are followed")
        .says("(by docker, kind-control-plane): another cluster")
        .never_says("hosts.ics");
    assert_eq!(sandbox.text(), before);
    assert_eq!(calls(&sandbox, "multipass"), 0);
    assert_eq!(calls(&sandbox, "docker"), 1);
    for node in [&vm, &forgotten] {
        assert_eq!(node.records().connections, 0);
    }
    assert_eq!(other.records().credential_bytes(), 0);
}

#[test]
fn an_entry_that_is_not_to_be_followed_asks_nobody() {
    let cluster = Cluster::new();
    let node = published(&cluster);
    let before = odd(&cluster, &format!("https://127.0.0.1:{}", closed().port()));
    let sandbox = Sandbox::with(&before);
    sandbox.settings("[clusters.microk8s]\nfollow = false\n");
    let json = format!(
        r#"{{"Names":"kind-control-plane","Ports":"127.0.0.1:{}->6443/tcp"}}"#,
        node.address().port()
    );
    stand_in(
        &sandbox,
        "docker",
        &[("ps --no-trunc --format {{json .}}", &json)],
    );
    sandbox.bowline(&["heal"]).expect(3).says("follow = false");
    assert_eq!(calls(&sandbox, "docker"), 0);
    assert_eq!(sandbox.text(), before);
}
