//! What a server's certificate says of itself.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::GeneralName;
use x509_parser::prelude::X509Certificate;

use crate::pin::CLUSTER_NAMES;
use crate::pin::EntryHost;
use crate::rejection::Rejection;
use crate::spki::SpkiHash;

/// The facts of a leaf certificate that the rules and the reports need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The hash of its public key: which node this is. MicroK8s re-signs the certificate when a node's
    /// addresses change and keeps the key.
    pub key: SpkiHash,
    /// The SHA-256 of the whole certificate: which machine. A cloned VM has the key of its original, but each
    /// has its certificate signed anew for its own addresses.
    pub fingerprint: SpkiHash,
    /// Whether it is X.509 v1, which has no extensions and so no names (RFC 5280 §4.1.2.1).
    pub version1: bool,
    /// Common names of the subject, usually one.
    pub common_names: Vec<String>,
    /// Organizations of the subject: what Kubernetes reads as groups.
    pub organizations: Vec<String>,
    /// DNS names among the subject alternative names.
    pub dns_names: Vec<String>,
    /// Addresses among the subject alternative names.
    pub addresses: Vec<IpAddr>,
    /// Start of validity, seconds since the Unix epoch.
    pub not_before: i64,
    /// End of validity, seconds since the Unix epoch.
    pub not_after: i64,
}

impl Leaf {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Rejection::Malformed`] when it is not an X.509 certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Rejection> {
        let malformed = |what: &str| Rejection::Malformed(what.to_owned());
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| malformed("the certificate cannot be read"))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow the certificate"));
        }
        let subject = certificate.subject();
        let texts = |attributes: &mut dyn Iterator<
            Item = &x509_parser::x509::AttributeTypeAndValue<'_>,
        >| {
            // A name that cannot be read could be a node's.
            attributes
                .map(|attribute| attribute.as_str().map(str::to_owned))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| malformed("its subject cannot be read"))
        };
        let mut leaf = Self {
            key: SpkiHash::of(certificate.public_key().raw),
            fingerprint: SpkiHash::of(der),
            version1: certificate.version() == x509_parser::x509::X509Version::V1,
            common_names: texts(&mut subject.iter_common_name())?,
            organizations: texts(&mut subject.iter_organization())?,
            dns_names: Vec::new(),
            addresses: Vec::new(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        };
        let alternative = certificate
            .subject_alternative_name()
            .map_err(|_| malformed("its alternative names cannot be read"))?;
        for name in alternative
            .iter()
            .flat_map(|extension| &extension.value.general_names)
        {
            match name {
                GeneralName::DNSName(name) => leaf.dns_names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => leaf.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Ok(leaf)
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// [`Rejection::Malformed`] when there is none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Rejection> {
        let der = CertificateDer::from_pem_slice(pem)
            .map_err(|_| Rejection::Malformed("there is no certificate in PEM form".to_owned()))?;
        Self::from_der(&der)
    }

    /// Whether the exact DNS name is among its alternative names (RFC 6125: ASCII case is ignored).
    pub fn carries(&self, name: &str) -> bool {
        self.dns_names
            .iter()
            .any(|dns| dns.eq_ignore_ascii_case(name))
    }

    /// Whether it carries all of [`CLUSTER_NAMES`], as every API server's certificate does and no node's can.
    pub fn carries_cluster_names(&self) -> bool {
        CLUSTER_NAMES.iter().all(|name| self.carries(name))
    }

    /// Whether it names the host, as far as plain names and addresses go.
    pub fn is_valid_host(&self, host: &EntryHost) -> bool {
        match host {
            EntryHost::Address(address) => self.addresses.contains(address),
            EntryHost::Name(name) => self.carries(name),
        }
    }

    /// Its alternative names as kubectl lists them: addresses, then DNS names.
    pub fn names(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(ToString::to_string);
        addresses.chain(self.dns_names.iter().cloned()).collect()
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// The DER of a certificate's issuer name.
pub(crate) fn issuer(der: &[u8]) -> Result<Vec<u8>, Rejection> {
    let (_, certificate) = X509Certificate::from_der(der)
        .map_err(|_| Rejection::Malformed("the certificate cannot be read".to_owned()))?;
    Ok(certificate.issuer().as_raw().to_vec())
}
