//! What a server shows in the handshake: the certificates that are, and those that only look like,
//! an API server's.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::SystemTime;

use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::ca::Ca;
use crate::client_certificate::{ClientCertificate, ClientCertificateSpec, X509Version};
use crate::clock::DAY;
use crate::pem::{self, PemError};

/// The DNS names of every `MicroK8s` server certificate (csr.conf.template). No host name among them.
pub const MICROK8S_NAMES: [&str; 5] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster",
    "kubernetes.default.svc.cluster.local",
];

const KUBEADM_NAMES: [&str; 4] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// The kinds of certificates that the CA of a cluster signs, and that can therefore be met at an
/// address where its API server is looked for. "The addresses" are those that the maker is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// `MicroK8s`' server.crt: [`MICROK8S_NAMES`], 127.0.0.1, 10.152.183.1 and the addresses; `CN=127.0.0.1`;
    /// server and client authentication; 365 days.
    ApiServer,
    /// The same, which ended yesterday.
    ApiServerExpired,
    /// The same, which begins tomorrow.
    ApiServerNotYetValid,
    /// The same, which ends in ten days.
    ApiServerEndsSoon,
    /// The same without an extended key usage, which means any usage.
    ApiServerWithoutUsage,
    /// An API server whose names are exactly these (IP literals become IP names), plus the addresses.
    ApiServerFor(Vec<String>),
    /// kubeadm's apiserver.crt: no loopback among its names, server authentication only.
    KubeadmApiServer,
    /// minikube's apiserver.crt for a profile: signed by the one CA of all profiles.
    MinikubeApiServer(String),
    /// k3s' kubelet: signed by the CA of the kubeconfig, names `node-1`, `localhost`, 127.0.0.1, the addresses.
    K3sKubelet,
    /// The same of a node that calls itself `kubernetes.default.svc`.
    K3sKubeletNamedLikeApiServer,
    /// `MicroK8s`' kubelet.crt: `CN=system:node:node-1`, `O=system:nodes`, no extended key usage.
    MicroK8sKubelet,
    /// The same, which ended yesterday.
    MicroK8sKubeletExpired,
    /// A kubelet certificate signed through the CSR API (`kubernetes.io/kubelet-serving`).
    CsrKubelet,
    /// `MicroK8s`' client certificate of an OpenSSL 3 snap: X.509 version 1, no names at all.
    MicroK8sClientV1,
    /// kubeadm's admin certificate: client authentication only.
    KubeadmClient,
    /// The names of [`LeafKind::ApiServer`], but signed by itself.
    SelfSigned,
}

/// A certificate chain and its key, as a server presents them. Clones are cheap.
#[derive(Clone)]
pub struct Leaf(Arc<Inner>);

struct Inner {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf")
            .field("spki", &self.spki_sha256())
            .finish_non_exhaustive()
    }
}

impl Leaf {
    /// A certificate of `kind`, with a new key, signed by `ca`, for a server at `addresses`.
    pub fn new(ca: &Ca, kind: &LeafKind, addresses: &[IpAddr]) -> Self {
        if matches!(kind, LeafKind::MicroK8sClientV1) {
            let spec = ClientCertificateSpec::admin().version(X509Version::V1);
            return ClientCertificate::new(ca, &spec).into_leaf();
        }
        let key = new_key();
        let params = parameters(kind, addresses);
        let certificate = if matches!(kind, LeafKind::SelfSigned) {
            self_signed(&params, &key)
        } else {
            ca.sign(&params, &key)
        };
        Self::of(certificate, &key)
    }

    /// The certificate of an API server for other addresses, signed anew for the same key: what `MicroK8s`
    /// does when a node's addresses change (`produce_certs` keeps server.key). A key that was not made here
    /// cannot be taken on: then the key is new, too.
    #[must_use]
    pub fn renewed(&self, ca: &Ca, addresses: &[IpAddr]) -> Self {
        let key = match &self.0.key {
            PrivateKeyDer::Pkcs8(der) => KeyPair::try_from(der).ok(),
            _ => None,
        };
        let key = key.unwrap_or_else(new_key);
        let params = parameters(&LeafKind::ApiServer, addresses);
        Self::of(ca.sign(&params, &key), &key)
    }

    /// A certificate made elsewhere: PEM chain (own certificate first) and PEM key of any kind that ring signs with.
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, PemError> {
        let (chain, key) = (pem::certificates(chain)?, pem::private_key(key)?);
        crate::tls::signer(&key).map_err(|error| PemError::Key(error.to_string()))?;
        Ok(Self(Arc::new(Inner { chain, key })))
    }

    pub(crate) fn of(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Self(Arc::new(Inner {
            chain: vec![certificate],
            key,
        }))
    }

    /// The certificate itself.
    pub fn der(&self) -> &CertificateDer<'static> {
        // Both constructors put at least one certificate in.
        &self.0.chain[0]
    }

    /// The whole chain as presented.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// The chain as PEM.
    pub fn pem(&self) -> String {
        self.0
            .chain
            .iter()
            .map(|der| pem::encode("CERTIFICATE", der))
            .collect()
    }

    /// `sha256:<hex>` of the certificate's `SubjectPublicKeyInfo` DER, as kubeadm writes CA hashes.
    pub fn spki_sha256(&self) -> String {
        spki_sha256(self.der())
    }

    pub(crate) fn key(&self) -> &PrivateKeyDer<'static> {
        &self.0.key
    }
}

/// `sha256:<hex>` of the public key of `certificate`; of nothing where it cannot be parsed.
pub(crate) fn spki_sha256(certificate: &CertificateDer<'_>) -> String {
    let spki = X509Certificate::from_der(certificate).map_or(&[][..], |(_, parsed)| {
        parsed.tbs_certificate.subject_pki.raw
    });
    let digest = ring::digest::digest(&ring::digest::SHA256, spki);
    let mut text = "sha256:".to_owned();
    for byte in digest.as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[expect(
    clippy::expect_used,
    reason = "no system that runs this lacks random bytes"
)]
pub(crate) fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system gives random bytes")
}

#[expect(clippy::expect_used, reason = "a fresh key signs parameters made here")]
fn self_signed(params: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
    params
        .self_signed(key)
        .expect("a key signs its own certificate")
        .der()
        .clone()
}

/// A subject of these attributes, in this order.
fn subject(attributes: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, value) in attributes {
        name.push(kind.clone(), *value);
    }
    name
}

fn names<'a>(dns: impl IntoIterator<Item = &'a str>, ips: &[IpAddr]) -> Vec<SanType> {
    let mut names = Vec::new();
    let mut ips_found = Vec::new();
    for name in dns {
        if let Ok(ip) = name.parse() {
            ips_found.push(ip);
        } else if let Ok(name) = Ia5String::try_from(name) {
            names.push(SanType::DnsName(name));
        }
    }
    for ip in ips_found.iter().chain(ips) {
        if !names.contains(&SanType::IpAddress(*ip)) {
            names.push(SanType::IpAddress(*ip));
        }
    }
    names
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn with_first(first: &[IpAddr], rest: &[IpAddr]) -> Vec<IpAddr> {
    first.iter().chain(rest).copied().collect()
}

/// `MicroK8s`' csr.conf.template and its `[ v3_ext ]`.
fn microk8s(addresses: &[IpAddr]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&[
        (DnType::CountryName, "GB"),
        (DnType::StateOrProvinceName, "Canonical"),
        (DnType::LocalityName, "Canonical"),
        (DnType::OrganizationName, "Canonical"),
        (DnType::OrganizationalUnitName, "Canonical"),
        (DnType::CommonName, "127.0.0.1"),
    ]);
    let service = IpAddr::V4(Ipv4Addr::new(10, 152, 183, 1));
    params.subject_alt_names = names(MICROK8S_NAMES, &with_first(&[LOOPBACK, service], addresses));
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::DataEncipherment,
    ];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params
}

fn serving(common_name: &str, organization: Option<&str>, sans: Vec<SanType>) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut attributes: Vec<_> = organization
        .map(|name| (DnType::OrganizationName, name))
        .into_iter()
        .collect();
    attributes.push((DnType::CommonName, common_name));
    params.distinguished_name = subject(&attributes);
    params.subject_alt_names = sans;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn parameters(kind: &LeafKind, addresses: &[IpAddr]) -> CertificateParams {
    let now = SystemTime::now();
    let (mut not_before, mut not_after) = (now, now + 365 * DAY);
    let kubelet = |name: &str| {
        serving(
            name,
            None,
            names([name, "localhost"], &with_first(&[LOOPBACK], addresses)),
        )
    };
    let mut params = match kind {
        LeafKind::ApiServer | LeafKind::MicroK8sClientV1 | LeafKind::SelfSigned => {
            microk8s(addresses)
        }
        LeafKind::ApiServerExpired => {
            (not_before, not_after) = (now - 366 * DAY, now - DAY);
            microk8s(addresses)
        }
        LeafKind::ApiServerEndsSoon => {
            (not_before, not_after) = (now - 355 * DAY, now + 10 * DAY);
            microk8s(addresses)
        }
        LeafKind::ApiServerNotYetValid => {
            (not_before, not_after) = (now + DAY, now + 366 * DAY);
            microk8s(addresses)
        }
        LeafKind::ApiServerWithoutUsage => {
            let mut params = microk8s(addresses);
            params.extended_key_usages.clear();
            params
        }
        LeafKind::ApiServerFor(given) => {
            let mut params = microk8s(&[]);
            params.subject_alt_names = names(given.iter().map(String::as_str), addresses);
            params
        }
        LeafKind::KubeadmApiServer => {
            let service = IpAddr::V4(Ipv4Addr::new(10, 96, 0, 1));
            let dns = KUBEADM_NAMES.into_iter().chain(["node-1"]);
            let sans = names(dns, &with_first(&[service], addresses));
            serving("kube-apiserver", None, sans)
        }
        LeafKind::MinikubeApiServer(profile) => {
            let service = IpAddr::V4(Ipv4Addr::new(10, 96, 0, 1));
            let dns = [
                profile.as_str(),
                "minikubeCA",
                "control-plane.minikube.internal",
            ]
            .into_iter()
            .chain(KUBEADM_NAMES)
            .chain(["localhost"]);
            let sans = names(dns, &with_first(&[service, LOOPBACK], addresses));
            serving("minikube", Some("system:masters"), sans)
        }
        LeafKind::K3sKubelet => kubelet("node-1"),
        LeafKind::K3sKubeletNamedLikeApiServer => kubelet("kubernetes.default.svc"),
        LeafKind::MicroK8sKubelet => {
            let sans = names(["node-1"], addresses);
            let mut params = serving("system:node:node-1", Some("system:nodes"), sans);
            params.key_usages.clear();
            params.extended_key_usages.clear();
            not_after = now + 3650 * DAY;
            params
        }
        LeafKind::MicroK8sKubeletExpired => {
            let sans = names(["node-1"], addresses);
            let mut params = serving("system:node:node-1", Some("system:nodes"), sans);
            params.key_usages.clear();
            params.extended_key_usages.clear();
            (not_before, not_after) = (now - 3650 * DAY, now - DAY);
            params
        }
        LeafKind::CsrKubelet => {
            let sans = names(["node-1"], addresses);
            serving("system:node:node-1", Some("system:nodes"), sans)
        }
        LeafKind::KubeadmClient => {
            let mut params = serving("kubernetes-admin", Some("system:masters"), Vec::new());
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            params
        }
    };
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.not_before = not_before.into();
    params.not_after = not_after.into();
    params
}
