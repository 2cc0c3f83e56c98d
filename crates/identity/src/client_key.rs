//! A client certificate and its key.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

/// A client certificate with its private key, checked to belong together.
///
/// MicroK8s since 1.34 makes client certificates of X.509 **version 1** (`openssl x509 -req` without
/// extensions under OpenSSL 3). rustls refuses those in its own key check although servers accept them
/// (rustls#2364, canonical/microk8s#5447); so the match of key and certificate is checked here instead.
#[derive(Clone)]
pub struct ClientKey {
    certified: Arc<CertifiedKey>,
    not_after: i64,
}

/// Why a client certificate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// `client-certificate(-data)` holds no PEM certificate.
    #[error("the client certificate is not PEM, or cannot be read")]
    Certificate,
    /// `client-key(-data)` holds no PEM private key of a kind in use (RSA, P-256, P-384, Ed25519).
    #[error("the client key is not PEM, or of a kind that is not supported")]
    Key,
    /// They do not belong together (kubectl: `tls: private key does not match public key`).
    #[error("the client key does not belong to the client certificate")]
    Mismatch,
}

impl ClientKey {
    /// Reads certificate chain and key from PEM.
    ///
    /// # Errors
    /// [`ClientKeyError`]; never with any part of the key in it.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, ClientKeyError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| ClientKeyError::Certificate)?;
        let leaf = chain.first().ok_or(ClientKeyError::Certificate)?;
        let (_, parsed) =
            X509Certificate::from_der(leaf).map_err(|_| ClientKeyError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| ClientKeyError::Key)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key)
            .map_err(|_| ClientKeyError::Key)?;
        let public = key.public_key().ok_or(ClientKeyError::Key)?;
        if public.as_ref() != parsed.public_key().raw {
            return Err(ClientKeyError::Mismatch);
        }
        let not_after = parsed.validity().not_after.timestamp();
        Ok(Self {
            certified: Arc::new(CertifiedKey::new(chain, key)),
            not_after,
        })
    }

    /// End of the certificate's validity, seconds since the Unix epoch.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// End of the validity of the first certificate of a chain in PEM, seconds since the Unix epoch: what a
    /// user entry says of itself, whether its key can be used or not. `None` where it cannot be read.
    pub fn end_of(certificate: &[u8]) -> Option<i64> {
        let der = CertificateDer::pem_slice_iter(certificate).next()?.ok()?;
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        Some(parsed.validity().not_after.timestamp())
    }

    pub(crate) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(Resolver(Arc::clone(&self.certified)))
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientKey(REDACTED)")
    }
}

#[derive(Debug)]
struct Resolver(Arc<CertifiedKey>);

impl ResolvesClientCert for Resolver {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _schemes: &[rustls::SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
