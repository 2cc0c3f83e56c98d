//! The certificates are what they claim to be.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::net::IpAddr;
use std::time::Duration;

use testnode::{Ca, ClientCertificateSpec, Cluster, Leaf, LeafKind, X509Version};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 64, 2));

fn parse(der: &[u8]) -> X509Certificate<'_> {
    X509Certificate::from_der(der).unwrap().1
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    certificate
        .subject_alternative_name()
        .unwrap()
        .map(|names| {
            names
                .value
                .general_names
                .iter()
                .map(|name| match name {
                    GeneralName::DNSName(name) => (*name).to_owned(),
                    GeneralName::IPAddress(octets) => octets
                        .iter()
                        .map(u8::to_string)
                        .collect::<Vec<_>>()
                        .join("."),
                    other => panic!("{other:?}"),
                })
                .collect()
        })
        .unwrap_or_default()
}

fn days(certificate: &X509Certificate<'_>) -> i64 {
    let validity = certificate.validity();
    (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400
}

#[test]
fn ca_and_leaf_look_like_those_of_microk8s() {
    let cluster = Cluster::new();
    let ca = parse(cluster.ca().der());
    assert_eq!(ca.subject().to_string(), "CN=10.152.183.1");
    assert!(ca.is_ca());
    assert_eq!(days(&ca), 3650);

    let leaf = cluster.leaf(&LeafKind::ApiServer, &[ADDRESS]);
    let leaf = parse(leaf.der());
    assert_eq!(
        leaf.subject().to_string(),
        "C=GB, ST=Canonical, L=Canonical, O=Canonical, OU=Canonical, CN=127.0.0.1"
    );
    assert_eq!(leaf.issuer(), ca.subject());
    leaf.verify_signature(Some(ca.public_key())).unwrap();
    assert_eq!(days(&leaf), 365);
    assert_eq!(
        names(&leaf),
        [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster",
            "kubernetes.default.svc.cluster.local",
            "127.0.0.1",
            "10.152.183.1",
            "192.168.64.2",
        ]
    );
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth);
    let oids: Vec<_> = leaf
        .extensions()
        .iter()
        .map(|e| e.oid.to_id_string())
        .collect();
    assert!(
        oids.contains(&"2.5.29.35".to_owned()),
        "an authority key identifier: {oids:?}"
    );
}

#[test]
fn every_kind_chains_to_the_ca_and_names_what_it_should() {
    let cluster = Cluster::new();
    let api_server_for = ["a.example", "10.0.0.1"].map(str::to_owned).to_vec();
    for (kind, expected) in [
        (
            LeafKind::ApiServerFor(api_server_for),
            &["a.example", "10.0.0.1", "192.168.64.2"][..],
        ),
        (
            LeafKind::KubeadmApiServer,
            &[
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "node-1",
                "10.96.0.1",
                "192.168.64.2",
            ],
        ),
        (
            LeafKind::MinikubeApiServer("dev".to_owned()),
            &[
                "dev",
                "minikubeCA",
                "control-plane.minikube.internal",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "localhost",
                "10.96.0.1",
                "127.0.0.1",
                "192.168.64.2",
            ],
        ),
        (
            LeafKind::K3sKubelet,
            &["node-1", "localhost", "127.0.0.1", "192.168.64.2"],
        ),
        (
            LeafKind::K3sKubeletNamedLikeApiServer,
            &[
                "kubernetes.default.svc",
                "localhost",
                "127.0.0.1",
                "192.168.64.2",
            ],
        ),
        (LeafKind::MicroK8sKubelet, &["node-1", "192.168.64.2"]),
        (LeafKind::CsrKubelet, &["node-1", "192.168.64.2"]),
        (LeafKind::KubeadmClient, &[]),
        (LeafKind::MicroK8sClientV1, &[]),
    ] {
        let leaf = cluster.leaf(&kind, &[ADDRESS]);
        let parsed = parse(leaf.der());
        parsed
            .verify_signature(Some(parse(cluster.ca().der()).public_key()))
            .unwrap();
        assert_eq!(names(&parsed), expected, "{kind:?}");
    }
    let leaf = cluster.leaf(&LeafKind::SelfSigned, &[ADDRESS]);
    assert!(parse(leaf.der()).verify_signature(None).is_ok());
    let leaf = cluster.leaf(&LeafKind::ApiServerWithoutUsage, &[ADDRESS]);
    assert!(parse(leaf.der()).extended_key_usage().unwrap().is_none());
    assert!(
        !parse(cluster.leaf(&LeafKind::ApiServerExpired, &[]).der())
            .validity()
            .is_valid()
    );
    assert!(
        !parse(cluster.leaf(&LeafKind::ApiServerNotYetValid, &[]).der())
            .validity()
            .is_valid()
    );
}

#[test]
fn a_version_1_certificate_has_no_version_and_no_extensions() {
    let cluster = Cluster::new();
    let spec = ClientCertificateSpec::new("dev", ["one", "two"]).version(X509Version::V1);
    let client = cluster.client_certificate(&spec);
    let parsed = parse(client.der());
    assert_eq!(parsed.version().0, 0);
    assert!(parsed.extensions().is_empty());
    assert_eq!(parsed.subject().to_string(), "CN=dev, O=one, O=two");
    parsed
        .verify_signature(Some(parse(cluster.ca().der()).public_key()))
        .unwrap();
    // SEQUENCE (TBS), then at once the INTEGER of the serial number instead of `[0]`.
    let tbs = parsed.tbs_certificate.as_ref();
    let header = if tbs[1] & 0x80 == 0 {
        2
    } else {
        2 + usize::from(tbs[1] & 0x7f)
    };
    assert_eq!(tbs[header], 0x02);
}

#[test]
fn a_reissued_ca_keeps_key_and_name_only() {
    let cluster = Cluster::new();
    let pem = cluster.reissue_ca();
    let reissued = Ca::from_pem(&pem, &cluster.ca().key_pem()).unwrap();
    let (old, new) = (parse(cluster.ca().der()), parse(reissued.der()));
    assert_eq!(old.subject(), new.subject());
    assert_eq!(old.public_key().raw, new.public_key().raw);
    assert_ne!(old.raw_serial(), new.raw_serial());
    assert_ne!(old.validity(), new.validity());
    assert_eq!(days(&new), 3650);
    assert!(new.is_ca());
    new.verify_signature(None).unwrap();
}

#[test]
fn pem_is_read_back_and_garbage_is_not() {
    let cluster = Cluster::new();
    let client = cluster.client_certificate(&ClientCertificateSpec::admin());
    let leaf = Leaf::from_pem(&client.pem(), &client.key_pem()).unwrap();
    assert_eq!(leaf.der(), client.der());
    assert_eq!(leaf.pem(), client.pem());
    assert!(Leaf::from_pem("", &client.key_pem()).is_err());
    assert!(Leaf::from_pem(&client.pem(), "nonsense").is_err());
    assert!(Ca::from_pem(&cluster.ca_pem(), "nonsense").is_err());
}

#[test]
fn the_kubeconfig_is_laid_out_like_that_of_microk8s() {
    let cluster = Cluster::builder()
        .known_tokens("tok,admin,admin,\"system:masters\"\n")
        .build();
    let text = cluster.kubeconfig("https://192.168.64.2:16443");
    let (before, rest) = text.split_once("certificate-authority-data: ").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    assert_eq!(before, "apiVersion: v1\nclusters:\n- cluster:\n    ");
    assert_eq!(
        after,
        "    server: https://192.168.64.2:16443\n  name: microk8s-cluster\ncontexts:\n- context:\n    \
         cluster: microk8s-cluster\n    user: admin\n  name: microk8s\ncurrent-context: microk8s\n\
         kind: Config\npreferences: {}\nusers:\n- name: admin\n  user:\n    token: tok\n"
    );
    let spec = ClientCertificateSpec::admin().valid(
        std::time::SystemTime::now(),
        std::time::SystemTime::now() + Duration::from_hours(1),
    );
    let x509 = cluster.kubeconfig_x509("https://h:1", &cluster.client_certificate(&spec));
    assert!(x509.contains("\n    client-certificate-data: LS0t"));
    assert!(x509.contains("\n    client-key-data: LS0t"));
    assert!(!x509.contains("token"));
}
