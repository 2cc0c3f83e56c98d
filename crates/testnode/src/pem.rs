//! Certificates and keys as text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::der;

/// Why PEM text could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// The text holds no certificate, or a damaged one.
    #[error("not a PEM certificate: {0}")]
    Certificate(String),
    /// The text holds no private key, or one of a kind that is not supported here.
    #[error("not a usable PEM private key: {0}")]
    Key(String),
}

/// One PEM block, with lines of 64 characters (RFC 7468 §2).
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        // Base64 is ASCII, so that every chunk is text.
        let _ = writeln!(out, "{}", String::from_utf8_lossy(line));
    }
    let _ = writeln!(out, "-----END {label}-----");
    out
}

/// Every certificate of the text; an error where there is none.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| PemError::Certificate(error.to_string()))?;
    if found.is_empty() {
        return Err(PemError::Certificate("no certificate in it".to_owned()));
    }
    Ok(found)
}

/// The first private key of the text.
pub(crate) fn private_key(pem: &str) -> Result<PrivateKeyDer<'static>, PemError> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| PemError::Key(error.to_string()))
}

/// The first private key of the text, as one that can sign certificates.
pub(crate) fn signing_key(pem: &str) -> Result<rcgen::KeyPair, PemError> {
    let key = match private_key(pem)? {
        PrivateKeyDer::Pkcs1(rsa) => {
            PrivateKeyDer::Pkcs8(der::rsa_pkcs8(rsa.secret_pkcs1_der()).into())
        }
        other => other,
    };
    rcgen::KeyPair::try_from(&key).map_err(|error| PemError::Key(error.to_string()))
}
