//! X.509 version 1 certificates.
//!
//! `openssl x509 -req` of OpenSSL 3 makes one whenever no extension is asked for, and `MicroK8s` asks
//! for none in its client certificates (`sign_certificate` in its `utils.sh`; snap bases from core22 on).
//! Go accepts them; rustls and webpki do not. No library here writes them, so a version 3
//! certificate is cut back to the fields that version 1 has (RFC 5280 §4.1) and signed again.

use rcgen::SigningKey;
use rustls_pki_types::CertificateDer;

use crate::der::{self, Part};

/// The version 1 certificate with the serial number, names, dates and key of `v3`, signed by `issuer`.
///
/// `issuer` must be the key that signed `v3`. An error where `v3` is not a certificate or the key fails.
pub(crate) fn downgrade(
    v3: &CertificateDer<'_>,
    issuer: &impl SigningKey,
) -> Result<CertificateDer<'static>, rcgen::Error> {
    let v1 = der::rewrite(v3, issuer, |part, whole| match part {
        Part::Version | Part::Extensions => Vec::new(),
        _ => whole.to_vec(),
    })?;
    Ok(v1.into())
}
