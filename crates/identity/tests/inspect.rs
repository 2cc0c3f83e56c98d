//! A look at whoever answers: it says who it is, proves nothing, and gives nothing away.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;

use identity::Authority;
use identity::Limits;
use identity::PINNED_NAME;
use identity::ProbeError;
use identity::api::Credentials;
use identity::api::Session;
use identity::inspect;
use identity::inspect::Stranger;
use testnode::Behaviour;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;
use testnode::X509Version;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

fn look(node: &Node) -> Result<Stranger, ProbeError> {
    wait(inspect(
        node.address(),
        PINNED_NAME,
        "/version",
        &Limits::default(),
    ))
}

fn ca(cluster: &Cluster) -> Authority {
    Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap()
}

#[test]
fn tells_whose_a_certificate_is_whatever_its_dates() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    for kind in [
        LeafKind::ApiServer,
        LeafKind::ApiServerExpired,
        LeafKind::ApiServerNotYetValid,
        LeafKind::MicroK8sKubelet,
    ] {
        let options = NodeOptions {
            leaf: Some(cluster.leaf(&kind, &[ANY.ip()])),
            ..NodeOptions::default()
        };
        let node = Node::start_with(&cluster, ANY, options).unwrap();
        node.set_clock(86_400);
        let stranger = look(&node).unwrap();
        let shown = stranger.certificate.unwrap();
        assert!(shown.is_of(&ca(&cluster)), "{kind:?}");
        assert!(!shown.is_of(&ca(&other)), "{kind:?}");
        assert!(
            shown.is_for("127.0.0.1") && !shown.is_for("127.0.0.2"),
            "{kind:?}"
        );
        assert!(!shown.is_for("nonsense") && !shown.is_for(""), "{kind:?}");
        assert_eq!(shown.issuer, "CN=10.152.183.1");
        // AlwaysAllow: nobody is anonymous.
        let said = stranger.said.unwrap();
        assert_eq!(said.code, 401);
        assert!(said.api.is_some());
        let now = std::time::SystemTime::now();
        let now = now
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        let ahead = said.date.unwrap() - i64::try_from(now.as_secs()).unwrap();
        assert!((86_000..87_000).contains(&ahead), "{ahead}");
        assert_eq!(node.records().credential_bytes(), 0);
    }
}

#[test]
fn sees_who_speaks_no_tls_or_nothing_at_all() {
    let cluster = Cluster::new();
    let start = |role| {
        let options = NodeOptions {
            role,
            ..NodeOptions::default()
        };
        Node::start_with(&cluster, ANY, options).unwrap()
    };
    for (role, code, location) in [
        (Role::PlainWebServer, 200, None),
        (
            Role::PlainCaptivePortal,
            302,
            Some("http://login.portal.example/?from=cluster"),
        ),
    ] {
        let node = start(role);
        let stranger = look(&node).unwrap();
        assert!(stranger.certificate.is_none(), "{role:?}");
        let said = stranger.said.unwrap();
        assert_eq!((said.code, said.location.as_deref()), (code, location));
        assert!(said.api.is_none() && !said.wants_tls);
    }
    let node = start(Role::ApiServer);
    let limits = Limits::default();
    let clear = wait(inspect::in_the_clear(
        node.address(),
        "node",
        "/version",
        &limits,
    ));
    assert!(clear.unwrap().said.unwrap().wants_tls);
    for (behaviour, error) in [
        (Behaviour::Refuse, ProbeError::Refused),
        (Behaviour::CloseAfterAccept, ProbeError::Closed),
    ] {
        node.set_behaviour(behaviour).unwrap();
        assert_eq!(look(&node).unwrap_err(), error);
    }
    node.set_behaviour(Behaviour::Hang).unwrap();
    let limits = Limits {
        total: Duration::from_millis(200),
        ..limits
    };
    let hung = wait(inspect(node.address(), PINNED_NAME, "/version", &limits));
    assert!(matches!(hung, Err(ProbeError::Hung { .. })), "{hung:?}");
    let hung = wait(inspect::certificate(node.address(), PINNED_NAME, &limits));
    assert!(matches!(hung, Err(ProbeError::Hung { .. })), "{hung:?}");
}

#[test]
fn client_certificates_are_known_by_their_ca() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let spec = ClientCertificateSpec::admin();
    let pem = cluster.client_certificate(&spec).pem();
    assert_eq!(ca(&cluster).signed_client(pem.as_bytes()), Some(true));
    assert_eq!(ca(&other).signed_client(pem.as_bytes()), Some(false));
    let expired = cluster.client_certificate(&spec.clone().expired()).pem();
    assert_eq!(ca(&cluster).signed_client(expired.as_bytes()), Some(true));
    // What cannot be told is not told.
    let old = cluster
        .client_certificate(&spec.version(X509Version::V1))
        .pem();
    assert_eq!(ca(&other).signed_client(old.as_bytes()), None);
    assert_eq!(ca(&cluster).signed_client(b"nonsense"), None);
}

/// Several questions on one connection, and silence that ends it.
#[test]
fn a_talk_is_one_connection() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, ANY).unwrap();
    let authority = ca(&cluster);
    let pin = identity::Pin {
        explicit: None,
        host: identity::EntryHost::Address(node.address().ip()),
    };
    let limits = Limits::default();
    wait(async {
        let proof = identity::probe(node.address(), &authority, &pin, "", true, &limits)
            .await
            .unwrap();
        let credentials = Credentials {
            client_key: None,
            authorization: Some(format!("Bearer {}", cluster.admin_token()).into()),
        };
        let session = Session {
            address: node.address(),
            leaf: proof.leaf.key,
            authority: &authority,
            pin: &pin,
            base: "",
            own_address: true,
            credentials: &credentials,
            limits,
        };
        node.clear_records();
        let mut talk = session.open().await.unwrap();
        let patience = Duration::from_secs(2);
        for path in ["/version", "/readyz", "/api/v1/namespaces"] {
            assert_eq!(talk.get(path, patience).await.unwrap().code, 200, "{path}");
        }
        let missing = talk.get("/api/v1/namespaces/none", patience).await.unwrap();
        assert_eq!(missing.code, 404);
        assert!(missing.message().unwrap().contains("not found"));
        assert!(missing.date.is_some());
        let review = serde_json::json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
        });
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let who = talk.post(path, &review, patience).await.unwrap();
        assert_eq!(
            who.json().unwrap()["status"]["userInfo"]["username"],
            "admin"
        );
        assert_eq!(node.records().handshakes.len(), 1);
        node.set_behaviour(Behaviour::ObjectsHang).unwrap();
        let silence = talk
            .get("/api/v1/namespaces", Duration::from_millis(100))
            .await;
        assert!(silence.is_err());
        // Another node's key is refused before anything is said.
        let stranger = Session {
            leaf: identity::SpkiHash::of(b"another"),
            ..session.clone()
        };
        node.clear_records();
        assert!(stranger.open().await.is_err());
        assert_eq!(node.records().credential_bytes(), 0);
    });
}
