//! Who may not pass for the cluster, however right its address looks.

use testnode::Ca;
use testnode::Cluster;
use testnode::Leaf;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// The impostor sits at the address that the network names, the real node is off.
#[track_caller]
fn assert_refused(
    name: &str,
    cluster: &Cluster,
    impostor: impl FnOnce(std::net::SocketAddr) -> Node,
) {
    let gone = place();
    let before = odd(cluster, &format!("https://{gone}"));
    let sandbox = Sandbox::with(&before);
    let impostor = impostor(place());
    sandbox.announce(&[("microk8s-vm", impostor.address())]);
    let at = impostor.address().to_string();

    let outcome = sandbox.bowline(&["heal"]);
    assert_eq!(outcome.code, Some(4), "{name}: {outcome:#?}");
    assert!(outcome.stdout.contains(&at), "{name}: {outcome:#?}");
    let outcome = sandbox.bowline(&["heal", "--at", &at]);
    assert_eq!(outcome.code, Some(4), "{name}: {outcome:#?}");
    let outcome = sandbox.bowline(&["k", "get", "ns"]);
    assert_eq!(outcome.code, Some(1), "{name}: {outcome:#?}");
    assert!(outcome.stderr.contains(&at), "{name}: {outcome:#?}");

    assert_eq!(sandbox.text(), before, "{name}");
    let records = impostor.records();
    assert!(
        records.connections >= 3,
        "{name}: nobody looked: {records:?}"
    );
    assert_eq!(records.credential_bytes(), 0, "{name}: {records:?}");
}

fn with_leaf(cluster: &Cluster, leaf: Leaf, role: Role, at: std::net::SocketAddr) -> Node {
    let options = NodeOptions {
        leaf: Some(leaf),
        role,
        ..NodeOptions::default()
    };
    Node::start_with(cluster, at, options).unwrap()
}

/// A row of the table: a certificate that the cluster's own CA signed for something else.
fn assert_kind_refused(name: &str, kind: &LeafKind) {
    let cluster = Cluster::new();
    assert_refused(name, &cluster, |at| {
        let leaf = cluster.leaf(kind, &[at.ip()]);
        with_leaf(&cluster, leaf, Role::ApiServer, at)
    });
}

macro_rules! rows {
    ($($name:ident: $kind:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_kind_refused(stringify!($name), &$kind);
        }
    )*};
}

rows! {
    a_k3s_kubelet: LeafKind::K3sKubelet;
    a_k3s_kubelet_named_like_the_api_server: LeafKind::K3sKubeletNamedLikeApiServer;
    a_microk8s_kubelet: LeafKind::MicroK8sKubelet;
    a_csr_signed_kubelet: LeafKind::CsrKubelet;
    a_microk8s_client_of_version_1: LeafKind::MicroK8sClientV1;
    a_kubeadm_client: LeafKind::KubeadmClient;
    an_expired_api_server: LeafKind::ApiServerExpired;
    an_api_server_of_tomorrow: LeafKind::ApiServerNotYetValid;
    one_cluster_name_alone: LeafKind::ApiServerFor(vec!["kubernetes.default.svc".to_owned()]);
    another_name: LeafKind::ApiServerFor(vec!["registry.example.com".to_owned()]);
    a_self_signed_server: LeafKind::SelfSigned;
}

#[test]
fn another_cluster_whose_ca_has_the_same_name() {
    let cluster = Cluster::new();
    assert_refused("namesake", &cluster, |at| {
        Node::start(&Cluster::new(), at).unwrap()
    });
    assert_refused("stranger", &cluster, |at| {
        let stranger = Cluster::builder().ca_name("stranger").build();
        Node::start(&stranger, at).unwrap()
    });
}

#[test]
fn a_right_certificate_with_no_api_server_behind_it() {
    let cluster = Cluster::new();
    assert_refused("web server", &cluster, |at| {
        let leaf = cluster.leaf(&LeafKind::ApiServer, &[at.ip()]);
        with_leaf(&cluster, leaf, Role::WebServer, at)
    });
    for anonymous in [false, true] {
        assert_refused("kubelet", &cluster, |at| {
            let leaf = cluster.leaf(&LeafKind::K3sKubelet, &[at.ip()]);
            with_leaf(&cluster, leaf, Role::Kubelet { anonymous }, at)
        });
    }
}

#[test]
fn a_clone_beside_the_moved_node_is_refused_and_both_are_shown() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(0);
    let clone = Node::start(&cluster.clone_machine(), place()).unwrap();
    node.move_to(place()).unwrap();
    sandbox.announce(&[
        ("microk8s-vm", node.address()),
        ("microk8s-vm-copy", clone.address()),
    ]);
    sandbox
        .bowline(&["heal"])
        .expect(4)
        .says(&node.address().to_string())
        .says(&clone.address().to_string())
        .says("clone")
        .says("--at ADDRESS");
    let outcome = sandbox.bowline(&["k", "get", "ns"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(sandbox.text(), before);
    // The user knows which one it is.
    let at = node.address().to_string();
    sandbox.bowline(&["heal", "--at", &at]).expect(0);
    assert!(sandbox.text().contains(&node.url()));
}

/// Two minikube profiles: one CA, two clusters.
fn profiles() -> (Cluster, Node, Cluster, Node) {
    let ca = Ca::new("minikubeCA");
    let make = |profile: &str| {
        let cluster = Cluster::builder().ca(&ca).build();
        let at = place();
        let kind = LeafKind::MinikubeApiServer(profile.to_owned());
        let leaf = cluster.leaf(&kind, &[at.ip()]);
        let node = with_leaf(&cluster, leaf, Role::ApiServer, at);
        (cluster, node)
    };
    let ((a, a_node), (b, b_node)) = (make("a"), make("b"));
    (a, a_node, b, b_node)
}

#[test]
fn a_shared_ca_is_refused_without_a_second_fact() {
    let (a, a_node, _b, b_node) = profiles();
    let before = odd(&a, &a_node.url());
    let sandbox = Sandbox::with(&before);
    a_node.move_to(place()).unwrap();
    for node in [&b_node, &a_node] {
        sandbox.announce(&[("minikube", node.address())]);
        sandbox
            .bowline(&["heal"])
            .expect(4)
            .says("may be another cluster of the same CA");
        let outcome = sandbox.bowline(&["k", "get", "ns"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert_eq!(sandbox.text(), before);
        assert_eq!(node.records().credential_bytes(), 0);
    }
}

#[test]
fn a_shared_ca_is_accepted_when_the_recorded_key_matches() {
    let (a, a_node, _b, b_node) = profiles();
    let before = odd(&a, &a_node.url());
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(0);
    let old = a_node.address();
    a_node.move_to(place()).unwrap();
    sandbox.announce(&[("minikube", b_node.address())]);
    sandbox.bowline(&["heal"]).expect(4);
    assert_eq!(sandbox.text(), before);

    // Worse: the other cluster was given the very address.
    b_node.move_to(old).unwrap();
    sandbox.announce(&[("minikube", a_node.address())]);
    sandbox.bowline(&["heal"]).expect(0);
    let healed = sandbox.text();
    assert!(healed.contains(&a_node.url()), "{healed}");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    assert_eq!(b_node.records().credential_bytes(), 0);
}
