//! Whom a probe accepts, and what it says of the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot begin has failed"
)]

mod support;

use std::net::SocketAddr;
use std::time::Duration;
use std::time::SystemTime;

use identity::Authority;
use identity::ClientKey;
use identity::Limits;
use identity::Pin;
use identity::ProbeError;
use identity::Proof;
use identity::Rejection;
use identity::api::ApiError;
use identity::api::Credentials;
use identity::api::Session;
use identity::client_key::ClientKeyError;
use identity::pin::Satisfied;
use identity::probe;
use identity::proof::Answer;
use support::pin_of_address;
use support::pin_of_name;
use support::pinned;
use testnode::Behaviour;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::X509Version;

const DAY: Duration = Duration::from_hours(24);

fn start(cluster: &Cluster) -> Node {
    Node::start(cluster, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
}

fn start_with(cluster: &Cluster, kind: &LeafKind) -> Node {
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let leaf = Some(cluster.leaf(kind, &[at.ip()]));
    Node::start_with(
        cluster,
        at,
        NodeOptions {
            leaf,
            ..NodeOptions::default()
        },
    )
    .unwrap()
}

async fn probe_with(node: &Node, ca_pem: &str, pin: &Pin) -> Result<Proof, ProbeError> {
    let authority = Authority::from_pem(ca_pem.as_bytes()).unwrap();
    probe(
        node.address(),
        &authority,
        pin,
        "",
        true,
        &Limits::default(),
    )
    .await
}

#[tokio::test]
async fn an_api_server_is_proved_by_three_names_and_says_which_node_it_is() {
    for kind in [
        LeafKind::ApiServer,
        LeafKind::KubeadmApiServer,
        LeafKind::ApiServerWithoutUsage,
    ] {
        let cluster = Cluster::new();
        let node = start_with(&cluster, &kind);
        let proof = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address()))
            .await
            .unwrap();
        assert_eq!(proof.name, Satisfied::Cluster, "{kind:?}");
        assert_eq!(proof.name_to_write(), Some("kubernetes.default.svc"));
        assert_eq!(proof.authority.to_string(), cluster.ca().spki_sha256());
        assert_eq!(proof.leaf.key.to_string(), node.leaf_spki_sha256());
        assert_eq!(
            proof.answer,
            Answer::Status(401),
            "AlwaysAllow turns anonymous requests off"
        );
        let [shake] = &node.records().handshakes[..] else {
            panic!("one handshake")
        };
        assert_eq!(shake.server_name.as_deref(), Some("kubernetes.default.svc"));
        assert!(shake.completed());
        assert_eq!(node.records().lines(), ["GET /version"]);
        assert_eq!(node.records().credential_bytes(), 0);
    }
}

#[tokio::test]
async fn a_version_is_told_where_strangers_may_ask() {
    let cluster = Cluster::builder()
        .rbac(true)
        .anonymous(true)
        .git_version("v1.36.2")
        .build();
    let node = start(&cluster);
    let proof = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address()))
        .await
        .unwrap();
    assert_eq!(proof.answer, Answer::Version("v1.36.2".to_owned()));
}

#[tokio::test]
async fn a_name_that_the_certificate_lacks_is_proved_by_the_cluster_names_and_kubectl_would_refuse_it()
 {
    let cluster = Cluster::new();
    let node = start(&cluster);
    let proof = probe_with(
        &node,
        &cluster.ca_pem(),
        &pin_of_name("microk8s-vm.mshome.net"),
    )
    .await
    .unwrap();
    assert_eq!(proof.name, Satisfied::Cluster);
    assert!(!proof.kubectl_accepts);
    let proof = probe_with(&node, &cluster.ca_pem(), &pinned("kubernetes.default.svc"))
        .await
        .unwrap();
    assert_eq!(
        proof.name,
        Satisfied::Explicit("kubernetes.default.svc".to_owned())
    );
    assert!(proof.kubectl_accepts);
    assert_eq!(proof.name_to_write(), None);
}

#[tokio::test]
async fn a_dns_host_that_verifies_is_the_pin() {
    let cluster = Cluster::new();
    let node = start_with(
        &cluster,
        &LeafKind::ApiServerFor(vec!["k8s.example.com".to_owned()]),
    );
    let proof = probe_with(&node, &cluster.ca_pem(), &pin_of_name("k8s.example.com"))
        .await
        .unwrap();
    assert_eq!(proof.name, Satisfied::Host("k8s.example.com".to_owned()));
    assert_eq!(
        node.records().handshakes[0].server_name.as_deref(),
        Some("k8s.example.com")
    );
}

#[tokio::test]
async fn an_address_in_the_certificate_counts_only_at_that_address() {
    let cluster = Cluster::new();
    let node = start_with(
        &cluster,
        &LeafKind::ApiServerFor(vec!["other.example.com".to_owned()]),
    );
    let authority = Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let pin = pin_of_address(node.address());
    let own = probe(
        node.address(),
        &authority,
        &pin,
        "",
        true,
        &Limits::default(),
    )
    .await
    .unwrap();
    assert!(!own.identifies());
    let elsewhere = probe(
        node.address(),
        &authority,
        &pin,
        "",
        false,
        &Limits::default(),
    )
    .await;
    assert!(
        matches!(
            elsewhere,
            Err(ProbeError::Rejected(Rejection::WrongName { .. }))
        ),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn a_ca_that_was_issued_anew_with_its_key_is_the_same_cluster() {
    let cluster = Cluster::new();
    let node = start(&cluster);
    let reissued = cluster.reissue_ca();
    assert_ne!(reissued, cluster.ca_pem());
    let proof = probe_with(&node, &reissued, &pin_of_address(node.address()))
        .await
        .unwrap();
    assert_eq!(proof.authority.to_string(), cluster.ca().spki_sha256());
}

#[tokio::test]
async fn the_dates_of_the_anchor_count_as_they_do_for_kubectl() {
    let now = SystemTime::now();
    for (from, to) in [(now - 20 * DAY, now - DAY), (now + DAY, now + 20 * DAY)] {
        let cluster = Cluster::builder().ca_validity(from, to).build();
        let node = start(&cluster);
        let refused = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address())).await;
        assert!(
            matches!(
                refused,
                Err(ProbeError::Rejected(Rejection::AnchorOutOfDate { .. }))
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn each_refusal_says_what_is_wrong() {
    let cluster = Cluster::new();
    for (kind, said) in [
        (
            LeafKind::ApiServerExpired,
            "right cluster, but its certificate has expired",
        ),
        (
            LeafKind::ApiServerNotYetValid,
            "right cluster, but its certificate is not valid yet: check the clocks",
        ),
        (
            LeafKind::MicroK8sKubelet,
            "a node's certificate (system:node:node-1), not an API server's",
        ),
        (
            LeafKind::K3sKubelet,
            "a node's certificate (node-1), not an API server's",
        ),
        (LeafKind::KubeadmClient, "not a server's certificate"),
        (
            LeafKind::MicroK8sClientV1,
            "an X.509 v1 certificate, which no server can prove a name with",
        ),
    ] {
        let node = start_with(&cluster, &kind);
        let refused = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address())).await;
        assert_eq!(refused.map(drop).unwrap_err().to_string(), said, "{kind:?}");
    }
    let node = start(&Cluster::new());
    let refused = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address())).await;
    assert_eq!(
        refused.map(drop).unwrap_err(),
        ProbeError::Rejected(Rejection::OtherAuthority { same_name: true })
    );
}

#[tokio::test]
async fn absence_has_its_kinds() {
    let cluster = Cluster::new();
    let node = start(&cluster);
    let quick = Limits {
        connect: Duration::from_millis(300),
        total: Duration::from_millis(600),
    };
    let authority = Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let pin = pin_of_address(node.address());
    let probe = async || {
        probe(node.address(), &authority, &pin, "", true, &quick)
            .await
            .map(drop)
            .unwrap_err()
    };
    node.set_behaviour(Behaviour::Refuse).unwrap();
    assert_eq!(probe().await, ProbeError::Refused);
    node.set_behaviour(Behaviour::Hang).unwrap();
    assert!(matches!(
        probe().await,
        ProbeError::Hung { stage: "TLS", .. }
    ));
    node.set_behaviour(Behaviour::CloseAfterAccept).unwrap();
    assert_eq!(probe().await, ProbeError::Closed);
    #[cfg(target_os = "linux")]
    {
        node.set_behaviour(Behaviour::Swallow).unwrap();
        assert!(matches!(probe().await, ProbeError::ConnectTimedOut(_)));
    }
}

#[tokio::test]
async fn a_server_that_takes_900_ms_is_there() {
    let cluster = Cluster::new();
    let node = start(&cluster);
    node.set_behaviour(Behaviour::Late(Duration::from_millis(900)))
        .unwrap();
    let proof = probe_with(&node, &cluster.ca_pem(), &pin_of_address(node.address()))
        .await
        .unwrap();
    assert!(proof.latency >= Duration::from_millis(900));
}

fn session<'a>(
    node: &Node,
    authority: &'a Authority,
    pin: &'a Pin,
    credentials: &'a Credentials,
) -> Session<'a> {
    let leaf = node.leaf_spki_sha256().parse().unwrap();
    Session {
        address: node.address(),
        leaf,
        authority,
        pin,
        base: "",
        own_address: true,
        credentials,
        limits: Limits::default(),
    }
}

#[tokio::test]
async fn client_certificates_of_both_versions_are_accepted_and_foreign_ones_are_not() {
    let cluster = Cluster::new();
    let node = start(&cluster);
    let authority = Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let pin = pin_of_address(node.address());
    let ask = async |certificate: &str, key: &str| {
        let client_key = Some(ClientKey::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap());
        let credentials = Credentials {
            client_key,
            authorization: None,
        };
        session(&node, &authority, &pin, &credentials)
            .is_accepted()
            .await
    };
    for version in [X509Version::V1, X509Version::V3] {
        let client = cluster.client_certificate(&ClientCertificateSpec::admin().version(version));
        assert_eq!(
            ask(&client.pem(), &client.key_pem()).await,
            Ok(()),
            "{version:?}"
        );
    }
    let foreign = Cluster::new().client_certificate(&ClientCertificateSpec::admin());
    let refused = ask(&foreign.pem(), &foreign.key_pem()).await;
    assert!(
        matches!(&refused, Err(ApiError::Refused { code: 401, message, .. }) if message == "Unauthorized"),
        "{refused:?}"
    );
    let expired = cluster.client_certificate(&ClientCertificateSpec::admin().expired());
    let refused = ask(&expired.pem(), &expired.key_pem()).await;
    assert!(
        matches!(&refused, Err(ApiError::Refused { code: 401, message, .. }) if message == "Unauthorized"),
        "{refused:?}"
    );
}

#[test]
fn a_key_of_another_certificate_is_refused_for_both_versions() {
    let cluster = Cluster::new();
    for version in [X509Version::V1, X509Version::V3] {
        let spec = ClientCertificateSpec::admin().version(version);
        let (one, other) = (
            cluster.client_certificate(&spec),
            cluster.client_certificate(&spec),
        );
        let mismatch = ClientKey::from_pem(one.pem().as_bytes(), other.key_pem().as_bytes());
        assert_eq!(mismatch.map(drop).unwrap_err(), ClientKeyError::Mismatch);
        assert!(ClientKey::from_pem(one.pem().as_bytes(), one.key_pem().as_bytes()).is_ok());
    }
    let client = cluster.client_certificate(&ClientCertificateSpec::admin());
    let garbage = ClientKey::from_pem(b"x", client.key_pem().as_bytes());
    assert_eq!(garbage.map(drop).unwrap_err(), ClientKeyError::Certificate);
    let garbage = ClientKey::from_pem(
        client.pem().as_bytes(),
        b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    );
    assert_eq!(garbage.map(drop).unwrap_err(), ClientKeyError::Key);
}

#[tokio::test]
async fn a_session_speaks_only_to_the_node_that_was_proved() {
    let cluster = Cluster::new();
    let node = start(&cluster);
    let authority = Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let pin = pin_of_address(node.address());
    let bearer = format!("Bearer {}", cluster.admin_token());
    let credentials = Credentials {
        client_key: None,
        authorization: Some(bearer.into()),
    };
    let session = session(&node, &authority, &pin, &credentials);
    assert_eq!(session.cluster_uid().await, Ok(cluster.uid()));
    assert!(
        session
            .api_servers()
            .await
            .unwrap()
            .contains(&node.address())
    );
    node.set_leaf(cluster.leaf(&LeafKind::ApiServer, &[node.address().ip()]));
    node.clear_records();
    assert!(matches!(
        session.cluster_uid().await,
        Err(ApiError::Connection(ProbeError::Rejected(_)))
    ));
    assert_eq!(node.records().credential_bytes(), 0);
}
