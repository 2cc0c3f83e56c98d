//! What a certificate says that a kubeconfig is judged by.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

/// More certificates than any bundle of a cluster has. What follows is not read.
const MOST: usize = 512;

/// A certificate that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    der: Vec<u8>,
    /// The subject, DER.
    subject: Vec<u8>,
    /// The issuer, DER.
    issuer: Vec<u8>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

impl Certificate {
    /// Every certificate of a PEM text that can be read.
    pub(super) fn all(pem: &[u8]) -> Vec<Self> {
        CertificateDer::pem_slice_iter(pem)
            .take(MOST)
            .filter_map(|der| Self::from_der(&der.ok()?))
            .collect()
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            subject: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            der: der.to_vec(),
        })
    }

    /// Whether it claims to be signed by one of these, though none of their keys did it. Clusters may have another
    /// CA for clients than for servers, of another name (k3s); the CAs of all clusters of a kind have one name.
    pub(super) fn is_of_namesake(&self, authorities: &[Self]) -> bool {
        let Ok((_, parsed)) = X509Certificate::from_der(&self.der) else {
            return false;
        };
        let mut namesakes = authorities
            .iter()
            .filter(|authority| authority.subject == self.issuer)
            .peekable();
        namesakes.peek().is_some()
            && !namesakes.any(|authority| {
                X509Certificate::from_der(&authority.der)
                    .is_ok_and(|(_, ca)| parsed.verify_signature(Some(ca.public_key())).is_ok())
            })
    }
}
