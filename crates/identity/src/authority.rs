//! A cluster's certificate authority, as a kubeconfig gives it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::ParsedCertificate;
use rustls::server::WebPkiClientVerifier;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

use crate::rejection::Rejection;
use crate::spki::SpkiHash;

/// More certificates than any private cluster's CA bundle holds (old and new CA during a rotation, a chain):
/// beyond it a bundle is a company's or a system's, and says nothing about one cluster.
const PRIVATE_BUNDLE: usize = 4;

/// One or more CA certificates (`certificate-authority-data` or the file `certificate-authority` names).
#[derive(Clone, Debug)]
pub struct Authority {
    /// Shared: a look at a thousand clusters hands each to several connections.
    anchors: Arc<[Anchor]>,
}

#[derive(Clone, Debug)]
struct Anchor {
    roots: Arc<RootCertStore>,
    der: CertificateDer<'static>,
    key: SpkiHash,
    public_key: Vec<u8>,
    subject: Vec<u8>,
    common_name: Option<String>,
    not_before: i64,
    not_after: i64,
}

/// Why CA data cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// No certificate in PEM form (kubectl: `unable to parse bytes as PEM block`).
    #[error("the CA data holds no PEM certificate")]
    NotPem,
    /// A PEM block whose contents are not a usable certificate.
    #[error("certificate {0} of the CA data cannot be read")]
    Malformed(usize),
}

impl Authority {
    /// Reads PEM text; other PEM blocks than certificates are ignored, as Go's `AppendCertsFromPEM` does.
    ///
    /// # Errors
    /// [`AuthorityError`] when nothing usable is found.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthorityError> {
        let mut anchors: Vec<Anchor> = Vec::new();
        let mut unreadable = None;
        for (i, der) in CertificateDer::pem_slice_iter(pem).enumerate() {
            // What cannot be read vouches for nothing; Go passes over it too.
            let Ok(der) = der else {
                unreadable = Some(i + 1);
                continue;
            };
            let mut roots = RootCertStore::empty();
            let parsed = X509Certificate::from_der(&der);
            let (Ok((_, certificate)), Ok(())) = (parsed, roots.add(der.clone())) else {
                unreadable = Some(i + 1);
                continue;
            };
            anchors.push(Anchor {
                roots: Arc::new(roots),
                der: der.clone(),
                key: SpkiHash::of(certificate.public_key().raw),
                public_key: certificate.public_key().raw.to_vec(),
                subject: certificate.subject().as_raw().to_vec(),
                common_name: certificate
                    .subject()
                    .iter_common_name()
                    .next()
                    .and_then(|name| name.as_str().ok())
                    .map(str::to_owned),
                not_before: certificate.validity().not_before.timestamp(),
                not_after: certificate.validity().not_after.timestamp(),
            });
        }
        if anchors.is_empty() {
            return Err(unreadable.map_or(AuthorityError::NotPem, AuthorityError::Malformed));
        }
        Ok(Self {
            anchors: anchors.into(),
        })
    }

    /// The hashes of the CA keys, sorted: equal for a CA that was re-issued with its old key
    /// (`microk8s refresh-certs -e ca.crt` keeps `ca.key`).
    pub fn keys(&self) -> Vec<SpkiHash> {
        let mut keys: Vec<_> = self.anchors.iter().map(|anchor| anchor.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Whether other CA data may hold one of these keys: a quick look that parses nothing, to pass over most
    /// of ten thousand entries. Data that does hold one is never passed over.
    pub fn may_share_key(&self, pem: &[u8]) -> bool {
        CertificateDer::pem_slice_iter(pem)
            .filter_map(Result::ok)
            .any(|der| {
                let holds = |key: &[u8]| der.windows(key.len()).any(|bytes| bytes == key);
                self.anchors.iter().any(|anchor| holds(&anchor.public_key))
            })
    }

    /// Whether the CA is known to sign for more than one cluster: minikube's, which all profiles of a
    /// machine share (`~/.minikube/ca.crt`), or a bundle too large to be one cluster's.
    pub fn is_shared(&self) -> bool {
        let minikube = self
            .anchors
            .iter()
            .any(|a| a.common_name.as_deref() == Some("minikubeCA"));
        minikube || self.anchors.len() > PRIVATE_BUNDLE
    }

    /// The common names of its certificates: who made a cluster often says so in them.
    pub fn common_names(&self) -> impl Iterator<Item = &str> {
        self.anchors.iter().filter_map(|a| a.common_name.as_deref())
    }

    /// Whether a client certificate in PEM form chains to one of the CA keys, whatever its dates. `None` where
    /// that cannot be told, as of X.509 v1. A cluster may accept clients of another CA than its servers'.
    pub fn signed_client(&self, pem: &[u8]) -> Option<bool> {
        let mut chain = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
        let certificate = chain.next()?;
        let intermediates: Vec<_> = chain.collect();
        let leaf = crate::leaf::Leaf::from_der(&certificate).ok()?;
        let anchor = self.anchors.first()?;
        let result = self.verify_client(
            &certificate,
            &intermediates,
            leaf.not_before,
            anchor.not_after,
        );
        match result {
            Ok(()) | Err(ClientRefusal::AnchorOutOfDate) => Some(true),
            Err(ClientRefusal::OtherAuthority) => Some(false),
            Err(ClientRefusal::NotAClient | ClientRefusal::Other(_)) => None,
        }
    }

    /// The end of the validity of its last certificate, seconds since the Unix epoch.
    pub fn not_after(&self) -> i64 {
        self.anchors
            .iter()
            .map(|anchor| anchor.not_after)
            .max()
            .unwrap_or(i64::MIN)
    }

    /// The same for the certificates of one key; `None` where none has it.
    pub fn not_after_of(&self, key: &SpkiHash) -> Option<i64> {
        let of_key = self.anchors.iter().filter(|anchor| anchor.key == *key);
        of_key.map(|anchor| anchor.not_after).max()
    }

    /// The certificate of a CA key, in PEM form; of several the first.
    pub fn certificate(&self, key: &SpkiHash) -> Option<String> {
        let anchor = self.anchors.iter().find(|anchor| anchor.key == *key)?;
        Some(pem(&anchor.der))
    }

    /// Checks that the leaf chains to one of the CA keys and returns that key's hash. A leaf that is one of the
    /// certificates itself needs no chain: Go takes it so (`crypto/x509`, `Certificate.Verify`), and it is how a
    /// server without a CA is pinned.
    ///
    /// `chain_time` is a time within the leaf's validity, so that a leaf of this CA that expired is told
    /// apart from another CA's; the caller judges the leaf's dates, this function the anchor's at `now`.
    pub(crate) fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        leaf: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        chain_time: UnixTime,
        now: i64,
        algorithms: &[&dyn rustls::pki_types::SignatureVerificationAlgorithm],
    ) -> Result<SpkiHash, Rejection> {
        let mut out_of_date = None;
        let mut failure = None;
        for anchor in self.anchors.iter() {
            let result = if anchor.der == *end_entity {
                Ok(())
            } else {
                rustls::client::verify_server_cert_signed_by_trust_anchor(
                    leaf,
                    &anchor.roots,
                    intermediates,
                    chain_time,
                    algorithms,
                )
            };
            match result {
                Ok(()) if (anchor.not_before..=anchor.not_after).contains(&now) => {
                    return Ok(anchor.key);
                }
                Ok(()) => {
                    out_of_date = Some(Rejection::AnchorOutOfDate {
                        not_after: anchor.not_after,
                        not_before: anchor.not_before,
                    });
                }
                Err(error) => failure = Some(error),
            }
        }
        if let Some(rejection) = out_of_date {
            return Err(rejection);
        }
        let issuer = crate::leaf::issuer(end_entity)?;
        let same_name = self.anchors.iter().any(|anchor| anchor.subject == issuer);
        Err(match failure {
            Some(rustls::Error::InvalidCertificate(error)) => explain(&error, same_name),
            Some(error) => Rejection::Malformed(error.to_string()),
            None => Rejection::OtherAuthority { same_name },
        })
    }

    /// Checks that a client certificate chains to one of the CA keys and is for use by clients.
    ///
    /// `chain_time` is a time within its validity, as in [`Authority::verify`].
    pub(crate) fn verify_client(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        chain_time: i64,
        now: i64,
    ) -> Result<(), ClientRefusal> {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(
            u64::try_from(chain_time).unwrap_or_default(),
        ));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut refusal = ClientRefusal::OtherAuthority;
        for anchor in self.anchors.iter() {
            let (roots, provider) = (Arc::clone(&anchor.roots), Arc::clone(&provider));
            let result = WebPkiClientVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(|error| ClientRefusal::Other(error.to_string()))?
                .verify_client_cert(certificate, intermediates, time);
            match result {
                Ok(_) if (anchor.not_before..=anchor.not_after).contains(&now) => return Ok(()),
                Ok(_) => refusal = ClientRefusal::AnchorOutOfDate,
                Err(error) if refusal == ClientRefusal::OtherAuthority => {
                    refusal = explain_client(error);
                }
                // What another anchor of the bundle said is nearer to the cause.
                Err(_) => {}
            }
        }
        Err(refusal)
    }
}

/// A certificate as PEM (RFC 7468).
pub(crate) fn pem(der: &[u8]) -> String {
    const LINE: usize = 64;
    let encoded = base64::engine::general_purpose::STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

/// Why the API servers of a cluster would not accept a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientRefusal {
    /// It does not chain to the CA.
    OtherAuthority,
    /// It does, but the CA certificate is out of date.
    AnchorOutOfDate,
    /// It is not for use by clients.
    NotAClient,
    /// Another reason, in the words of the TLS library.
    Other(String),
}

fn explain_client(error: rustls::Error) -> ClientRefusal {
    use rustls::CertificateError as E;
    match error {
        rustls::Error::InvalidCertificate(E::UnknownIssuer | E::BadSignature) => {
            ClientRefusal::OtherAuthority
        }
        rustls::Error::InvalidCertificate(E::InvalidPurpose | E::InvalidPurposeContext { .. }) => {
            ClientRefusal::NotAClient
        }
        other => ClientRefusal::Other(other.to_string()),
    }
}

fn explain(error: &rustls::CertificateError, same_name: bool) -> Rejection {
    use rustls::CertificateError as E;
    match error {
        E::UnknownIssuer | E::BadSignature => Rejection::OtherAuthority { same_name },
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => Rejection::NotAServer,
        other => Rejection::Malformed(format!("its certificate is refused: {other}")),
    }
}
