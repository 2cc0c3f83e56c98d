//! From PEM to what a certificate says.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;
use x509_parser::x509::X509Name;

use super::Certificate;
use super::CertificateError;
use super::KeyMatch;
use super::Name;
use super::Usage;
use super::authority::Authorities;
use super::authority::signed;

/// More certificates than any file of a cluster holds. What follows is not read.
const MOST: usize = 64;

/// The certificates of a file in DER. The first one can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    first: Vec<u8>,
    rest: Vec<Vec<u8>>,
    spki: Vec<u8>,
}

impl Chain {
    /// Reads PEM; other blocks than certificates are passed over.
    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        let mut blocks = CertificateDer::pem_slice_iter(text).take(MOST);
        let first = match blocks.next() {
            None | Some(Err(pem::Error::NoItemsFound)) => return Err(CertificateError::NotPem),
            Some(Err(_)) => return Err(CertificateError::DamagedPem),
            Some(Ok(der)) => der.to_vec(),
        };
        let (_, parsed) =
            X509Certificate::from_der(&first).map_err(|_| CertificateError::NotX509)?;
        let spki = parsed.public_key().raw.to_vec();
        Ok(Self {
            rest: blocks.filter_map(|der| Some(der.ok()?.to_vec())).collect(),
            first,
            spki,
        })
    }

    /// The first certificate's DER.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }

    /// The DER of all.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.first.as_slice()).chain(self.rest.iter().map(Vec::as_slice))
    }

    /// The first certificate's public key, DER.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What the first certificate says.
    pub(crate) fn certificate(
        &self,
        path: &str,
        authorities: &Authorities,
        private_key: KeyMatch,
    ) -> Result<Certificate, CertificateError> {
        let (_, parsed) =
            X509Certificate::from_der(&self.first).map_err(|_| CertificateError::NotX509)?;
        let (names, addresses) = alternative_names(&parsed);
        let signed_by = authorities
            .signer(&parsed)
            .or_else(|| signed(self, &parsed).then_some(path))
            .map(str::to_owned);
        Ok(Certificate {
            subject: name(parsed.subject()),
            issuer: name(parsed.issuer()).common_name,
            serial: hex(serial(parsed.raw_serial())),
            names,
            addresses,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            version: parsed.version().0.saturating_add(1),
            is_ca: parsed.is_ca(),
            usage: usage(&parsed),
            public_key: format!("sha256:{}", sha256(&self.spki)),
            signed_by,
            private_key,
            count: 1 + self.rest.len(),
        })
    }

    /// Whom the first certificate names, and its end.
    pub(crate) fn holder(&self) -> Result<(Name, i64), CertificateError> {
        let (_, parsed) =
            X509Certificate::from_der(&self.first).map_err(|_| CertificateError::NotX509)?;
        Ok((
            name(parsed.subject()),
            parsed.validity().not_after.timestamp(),
        ))
    }
}

/// The DER public key of a DER certificate.
pub(super) fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

fn name(name: &X509Name<'_>) -> Name {
    Name {
        // Of several, Go keeps the last (`crypto/x509/pkix`, `FillFromRDNSequence`).
        common_name: name
            .iter_common_name()
            .last()
            .and_then(|value| value.as_str().ok())
            .map(str::to_owned),
        organizations: name
            .iter_organization()
            .filter_map(|value| value.as_str().ok())
            .map(str::to_owned)
            .collect(),
    }
}

fn alternative_names(certificate: &X509Certificate<'_>) -> (Vec<String>, Vec<IpAddr>) {
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return (names, addresses);
    };
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => names.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
            _ => {}
        }
    }
    (names, addresses)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    let bytes = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Ipv6Addr::from(bytes).into())
}

fn usage(certificate: &X509Certificate<'_>) -> Option<Usage> {
    let extension = certificate.extended_key_usage().ok()??;
    Some(Usage {
        client: extension.value.client_auth || extension.value.any,
        server: extension.value.server_auth || extension.value.any,
    })
}

/// Without the zero byte that makes a DER integer positive.
fn serial(raw: &[u8]) -> &[u8] {
    match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => raw,
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
