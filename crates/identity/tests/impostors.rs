//! Who may not pass for a cluster: every certificate that the cluster's own CA signs for someone else, and
//! everybody outside it. Each impostor speaks as a perfect API server, so that only its certificate gives
//! it away, and records every byte of credential that it is sent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot begin has failed"
)]

mod support;

use std::net::SocketAddr;

use identity::Limits;
use identity::Pin;
use support::chain_only;
use support::pin_of_address;
use support::pinned;
use testnode::Ca;
use testnode::Cluster;
use testnode::Leaf;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;

/// A server with a name of its own choice, as a node may get one signed.
const ONE_NAME: &str = "server for one cluster name only";

/// A cluster and those who would like to be taken for it.
struct Impostor {
    name: &'static str,
    node: Node,
}

/// The certificates of the table "chains to the CA is not identity", and the other strangers.
fn impostors(cluster: &Cluster) -> Vec<Impostor> {
    let by_kind = [
        ("k3s kubelet", LeafKind::K3sKubelet),
        (
            "k3s kubelet named like the API server",
            LeafKind::K3sKubeletNamedLikeApiServer,
        ),
        ("MicroK8s kubelet", LeafKind::MicroK8sKubelet),
        ("CSR-signed kubelet", LeafKind::CsrKubelet),
        (
            "MicroK8s client certificate, X.509 v1",
            LeafKind::MicroK8sClientV1,
        ),
        ("kubeadm client certificate", LeafKind::KubeadmClient),
        ("API server, expired", LeafKind::ApiServerExpired),
        ("API server, not yet valid", LeafKind::ApiServerNotYetValid),
        (
            ONE_NAME,
            LeafKind::ApiServerFor(vec!["kubernetes.default.svc".to_owned()]),
        ),
        ("self-signed", LeafKind::SelfSigned),
    ];
    let mut impostors: Vec<Impostor> = by_kind
        .into_iter()
        .map(|(name, kind)| Impostor {
            name,
            node: serve(cluster, |address| cluster.leaf(&kind, &[address.ip()])),
        })
        .collect();
    let namesake = Ca::new("10.152.183.1");
    impostors.push(Impostor {
        name: "another cluster whose CA has the same name",
        node: serve(cluster, |address| {
            Leaf::new(&namesake, &LeafKind::ApiServer, &[address.ip()])
        }),
    });
    let stranger = Ca::new("stranger");
    impostors.push(Impostor {
        name: "another cluster",
        node: serve(cluster, |address| {
            Leaf::new(&stranger, &LeafKind::ApiServer, &[address.ip()])
        }),
    });
    impostors
}

/// A node that answers as the API server of `cluster` does, with another certificate.
fn serve(cluster: &Cluster, leaf: impl Fn(SocketAddr) -> Leaf) -> Node {
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = NodeOptions {
        leaf: Some(leaf(at)),
        ..NodeOptions::default()
    };
    Node::start_with(cluster, at, options).expect("a loopback address can be listened at")
}

/// What a client did: whom it accepted, and what each was sent.
async fn meet_all(
    client: impl AsyncFn(SocketAddr, &Cluster) -> bool,
) -> Vec<(&'static str, bool, usize)> {
    let cluster = Cluster::new();
    let mut met = Vec::new();
    for Impostor { name, node } in impostors(&cluster) {
        let accepted = client(node.address(), &cluster).await;
        met.push((name, accepted, node.records().credential_bytes()));
    }
    met
}

#[tokio::test]
async fn no_impostor_is_accepted_or_sent_a_credential() {
    let pins: [fn(SocketAddr) -> Pin; 4] = [
        pin_of_address,
        |_| pinned("kubernetes.default.svc"),
        |_| pinned("127.0.0.1"),
        |_| support::pin_of_name("microk8s-vm.mshome.net"),
    ];
    for (i, pin) in pins.into_iter().enumerate() {
        for own_address in [false, true] {
            let met = meet_all(async |address, cluster| {
                support::list_namespaces(address, cluster, &pin(address), own_address).await
            })
            .await;
            for (name, accepted, credential_bytes) in met {
                if name == ONE_NAME && own_address && i == 0 {
                    // kubectl accepts it there by its address, so the entry works and is not ours to judge;
                    // `an_address_in_the_certificate_counts_only_at_that_address` has the other half.
                    continue;
                }
                assert!(
                    !accepted,
                    "{name} was accepted (pin {i}, own address {own_address})"
                );
                assert_eq!(credential_bytes, 0, "{name} was sent credentials (pin {i})");
            }
        }
    }
}

/// The test of the test: a client that asks only whether the chain ends at the CA falls for exactly the rows
/// that the table says, and gives them its token.
#[tokio::test]
async fn a_client_that_checks_only_the_chain_fails_the_same_suite() {
    let met = meet_all(async |address, cluster| {
        chain_only::list_namespaces(address, &cluster.ca_pem(), cluster.admin_token()).await
    })
    .await;
    let fooled: Vec<_> = met
        .iter()
        .filter(|(_, accepted, bytes)| *accepted && *bytes > 0)
        .map(|(name, ..)| *name)
        .collect();
    assert_eq!(
        fooled,
        [
            "k3s kubelet",
            "k3s kubelet named like the API server",
            "MicroK8s kubelet",
            "CSR-signed kubelet",
            ONE_NAME,
        ]
    );
}

/// Another profile of a CA that signs for several clusters carries all the right names: only a second fact
/// (in `operations`) tells it apart. Here it must be told that the CA is such a one.
#[tokio::test]
async fn a_shared_ca_is_known_for_what_it_is() {
    let shared = identity::Authority::from_pem(Ca::new("minikubeCA").pem().as_bytes()).unwrap();
    assert!(shared.is_shared());
    let private = identity::Authority::from_pem(Cluster::new().ca_pem().as_bytes()).unwrap();
    assert!(!private.is_shared());
}

/// A right certificate on something that is no API server.
#[tokio::test]
async fn what_does_not_speak_as_an_api_server_is_refused() {
    for role in [
        Role::Kubelet { anonymous: false },
        Role::Kubelet { anonymous: true },
        Role::WebServer,
    ] {
        let cluster = Cluster::new();
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let node = Node::start_with(
            &cluster,
            at,
            NodeOptions {
                role,
                ..NodeOptions::default()
            },
        )
        .unwrap();
        let authority = identity::Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
        let pin = pin_of_address(node.address());
        let refused = identity::probe(
            node.address(),
            &authority,
            &pin,
            "",
            true,
            &Limits::default(),
        )
        .await;
        assert!(
            matches!(refused, Err(identity::ProbeError::NotAnApiServer { .. })),
            "{role:?}: {refused:?}"
        );
        assert_eq!(node.records().credential_bytes(), 0);
    }
}
