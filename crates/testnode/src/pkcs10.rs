//! Certificate requests: PKCS#10 in PEM (RFC 2986).

use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;

/// What a certificate request asks for, its own signature checked.
pub(crate) struct CertificateRequest {
    /// The last arc of an attribute type below 2.5.4, and the value, in the order of the request.
    pub(crate) subject: Vec<(u8, String)>,
    /// The `SubjectPublicKeyInfo`.
    pub(crate) public_key: Vec<u8>,
}

/// Organization, below 2.5.4: a group.
pub(crate) const ORGANIZATION: u8 = 10;

impl CertificateRequest {
    /// Reads a request as Kubernetes does (pkg/apis/certificates/helpers.go, `ParseCSR`).
    ///
    /// The error says why it cannot be used, with Kubernetes' words where they are known.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let Ok((SectionKind::Csr, der)) = <(SectionKind, Vec<u8>)>::from_pem_slice(pem) else {
            return Err("PEM block type must be CERTIFICATE REQUEST".to_owned());
        };
        let (rest, request) =
            X509CertificationRequest::from_der(&der).map_err(|error| format!("asn1: {error}"))?;
        if !rest.is_empty() {
            return Err("asn1: syntax error: trailing data".to_owned());
        }
        request
            .verify_signature()
            .map_err(|_| "x509: invalid signature".to_owned())?;
        let info = &request.certification_request_info;
        let mut subject = Vec::new();
        for attribute in info.subject.iter_attributes() {
            let value = attribute
                .as_str()
                .map_err(|error| format!("asn1: {error}"))?;
            // Go drops what it has no field for.
            if let [0x55, 4, last] = attribute.attr_type().as_bytes() {
                subject.push((*last, value.to_owned()));
            }
        }
        Ok(Self {
            subject,
            public_key: info.subject_pki.raw.to_vec(),
        })
    }

    /// The groups that it asks for.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.subject
            .iter()
            .filter(|(kind, _)| *kind == ORGANIZATION)
            .map(|(_, value)| value.as_str())
    }
}
