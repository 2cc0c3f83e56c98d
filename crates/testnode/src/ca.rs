//! A certificate authority.

use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData,
};
use rustls_pki_types::CertificateDer;

use crate::clock::DAY;
use crate::der::{self, Part};
use crate::pem::{self, PemError};
use crate::random;

/// The common name that every `MicroK8s` install gives its CA: the service address of the cluster.
pub const MICROK8S_CA_NAME: &str = "10.152.183.1";

/// A certificate authority: a certificate and the key behind it. Clones are cheap.
#[derive(Clone)]
pub struct Ca(Arc<Inner>);

struct Inner {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ca")
            .field("spki", &self.spki_sha256())
            .finish_non_exhaustive()
    }
}

impl Ca {
    /// A new CA named `common_name` with a new key, valid for 3650 days from now, as `MicroK8s` makes it.
    pub fn new(common_name: &str) -> Self {
        let now = SystemTime::now();
        Self::valid(common_name, now, now + 3650 * DAY)
    }

    /// A new CA with a new key and the given dates.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a fresh key signs parameters made here"
    )]
    pub fn valid(common_name: &str, not_before: SystemTime, not_after: SystemTime) -> Self {
        let key = KeyPair::generate().expect("the system gives random bytes");
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
        ];
        params.not_before = not_before.into();
        params.not_after = not_after.into();
        let certificate = params.self_signed(&key).expect("a CA signs itself");
        Self(Arc::new(Inner {
            certificate: certificate.der().clone(),
            key,
        }))
    }

    /// A CA made elsewhere, for example by `openssl`: PEM certificate and PEM key (PKCS#8, or PKCS#1 for RSA).
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, PemError> {
        let certificate = pem::certificates(certificate)?.swap_remove(0);
        let key = pem::signing_key(key)?;
        let ca = Self(Arc::new(Inner { certificate, key }));
        Issuer::from_ca_cert_der(&ca.0.certificate, &ca.0.key)
            .map_err(|error| PemError::Certificate(error.to_string()))?;
        Ok(ca)
    }

    /// The certificate.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.0.certificate
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", self.der())
    }

    /// The private key as PEM (PKCS#8).
    pub fn key_pem(&self) -> String {
        pem::encode("PRIVATE KEY", self.0.key.serialized_der())
    }

    /// `sha256:<hex>` of the certificate's `SubjectPublicKeyInfo`: what a re-issued CA keeps.
    pub fn spki_sha256(&self) -> String {
        crate::leaf::spki_sha256(self.der())
    }

    /// The same CA with a certificate made anew: same key, subject and extensions, another serial
    /// number, and the given dates. `MicroK8s` does so on `refresh-certs -e ca.crt`.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the certificate was parsed when this CA was made"
    )]
    #[must_use]
    pub fn reissued(&self, not_before: SystemTime, not_after: SystemTime) -> Self {
        let serial = random::bytes::<15>();
        let certificate = der::rewrite(self.der(), &self.0.key, |part, whole| match part {
            Part::Serial => der::integer(&serial),
            Part::Validity => der::validity(not_before, not_after),
            _ => whole.to_vec(),
        })
        .expect("a CA can sign itself anew");
        let key = KeyPair::try_from(self.0.key.serialized_der()).expect("a key reads itself");
        Self(Arc::new(Inner {
            certificate: certificate.into(),
            key,
        }))
    }

    /// Signs a certificate for `key`.
    #[expect(
        clippy::expect_used,
        reason = "the issuer was checked when this CA was made"
    )]
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> CertificateDer<'static> {
        let issuer =
            Issuer::from_ca_cert_der(self.der(), &self.0.key).expect("a CA can be an issuer");
        params
            .signed_by(key, &issuer)
            .expect("a CA can sign")
            .der()
            .clone()
    }

    pub(crate) fn key(&self) -> &KeyPair {
        &self.0.key
    }
}
