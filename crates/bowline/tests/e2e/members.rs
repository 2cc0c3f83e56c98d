//! Three control-plane nodes and a kubeconfig that names one: where the others are is learnt while it answers.

use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn the_next_command_after_the_listed_node_died_uses_another_and_writes_nothing() {
    for dead in [Behaviour::Refuse, Behaviour::Swallow] {
        let cluster = Cluster::new();
        let nodes = [(); 3].map(|()| Node::start(&cluster, place()).unwrap());
        let before = odd(&cluster, &nodes[0].url());
        let sandbox = Sandbox::with(&before);
        // No source knows any address: no hosts.ics, no Multipass.
        sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system");
        let pinned = sandbox.text();

        nodes[0].set_behaviour(dead).unwrap();
        let outcome = sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system")
            .says("by cluster")
            .says("never written");
        let used = nodes[1..]
            .iter()
            .filter(|node| outcome.stderr.contains(&node.address().to_string()));
        assert_eq!(used.count(), 1, "{outcome:#?}");
        assert_eq!(sandbox.text(), pinned);
        assert_eq!(pinned, before);
    }
}

#[test]
fn a_cluster_that_names_strange_places_leads_to_none_of_them() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let (real, stranger) = (place(), Node::start(&Cluster::new(), place()).unwrap());
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let mut said: Vec<std::net::SocketAddr> = (0..50u8)
        .map(|n| format!("8.8.4.{n}:443").parse().unwrap())
        .collect();
    said.extend([
        "127.0.0.1:16443".parse().unwrap(),
        "169.254.169.254:80".parse().unwrap(),
        stranger.address(),
        real,
    ]);
    cluster.set_endpoints(&said);
    sandbox.bowline(&["heal"]).expect(0);
    let state = std::fs::read_to_string(sandbox.state_file()).unwrap();
    assert!(
        !state.contains("8.8.4.") && !state.contains("169.254"),
        "{state}"
    );
    assert!(state.contains(&stranger.address().to_string()), "{state}");

    node.set_behaviour(Behaviour::Refuse).unwrap();
    sandbox
        .bowline(&["heal"])
        .expect(4)
        .says(&format!("{} (by cluster)", stranger.address()));
    assert_eq!(stranger.records().credential_bytes(), 0);
}

#[test]
fn who_may_not_ask_is_not_asked_for_again_at_once() {
    let cluster = Cluster::builder().rbac(true).build();
    let spec = testnode::ClientCertificateSpec::new("dev", []);
    let client = cluster.client_certificate(&spec);
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig_x509(&node.url(), &client));
    let slices = |node: &Node| {
        let records = node.records();
        let asked = records.requests.iter();
        asked
            .filter(|request| request.path.contains("endpointslices"))
            .count()
    };
    sandbox.bowline(&["heal"]).expect(0);
    assert_eq!(slices(&node), 1);
    sandbox.bowline(&["heal"]).expect(0);
    assert_eq!(slices(&node), 1, "403 is an answer for a while");
}
