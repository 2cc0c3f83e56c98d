//! What an x509 user shows to the API server.

use std::time::SystemTime;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls_pki_types::CertificateDer;

use crate::ca::Ca;
use crate::clock::DAY;
use crate::der::{self, Part};
use crate::leaf::{self, Leaf};
use crate::{pem, x509v1};

/// The version of an X.509 certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum X509Version {
    /// Without extensions: what `MicroK8s` 1.34 and later issue (OpenSSL 3).
    V1,
    /// With extensions.
    V3,
}

/// What a client certificate says.
#[derive(Clone, Debug)]
pub struct ClientCertificateSpec {
    user: String,
    groups: Vec<String>,
    version: X509Version,
    not_before: SystemTime,
    not_after: SystemTime,
}

impl ClientCertificateSpec {
    /// The user `user` (CN) in `groups` (O), version 3, valid for 3650 days from now.
    pub fn new<'a>(user: &str, groups: impl IntoIterator<Item = &'a str>) -> Self {
        let now = SystemTime::now();
        Self {
            user: user.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
            version: X509Version::V3,
            not_before: now,
            not_after: now + 3650 * DAY,
        }
    }

    /// `MicroK8s`' client.crt: `CN=admin`, `O=system:masters`.
    pub fn admin() -> Self {
        Self::new("admin", ["system:masters"])
    }

    /// The same in another version.
    #[must_use]
    pub fn version(mut self, version: X509Version) -> Self {
        self.version = version;
        self
    }

    /// The same with other dates.
    #[must_use]
    pub fn valid(mut self, not_before: SystemTime, not_after: SystemTime) -> Self {
        (self.not_before, self.not_after) = (not_before, not_after);
        self
    }

    /// The same, which ended yesterday.
    #[must_use]
    pub fn expired(self) -> Self {
        let now = SystemTime::now();
        self.valid(now - 366 * DAY, now - DAY)
    }
}

/// A client certificate and its key.
pub struct ClientCertificate {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// A certificate of this specification with a new key, signed by `ca`.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the certificate was made in the lines before"
    )]
    pub fn new(ca: &Ca, spec: &ClientCertificateSpec) -> Self {
        let key = leaf::new_key();
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = spec.not_before.into();
        params.not_after = spec.not_after.into();
        // rcgen holds one attribute of a kind, a user can be in several groups.
        let attributes = std::iter::once((der::COMMON_NAME, spec.user.as_str())).chain(
            spec.groups
                .iter()
                .map(|group| (der::ORGANIZATION, group.as_str())),
        );
        let subject = der::name(attributes);
        let mut certificate = der::rewrite(&ca.sign(&params, &key), ca.key(), |part, whole| {
            if part == Part::Subject {
                subject.clone()
            } else {
                whole.to_vec()
            }
        })
        .map(CertificateDer::from)
        .expect("a CA signs what it signed");
        if spec.version == X509Version::V1 {
            certificate =
                x509v1::downgrade(&certificate, ca.key()).expect("a CA signs what it signed");
        }
        Self { certificate, key }
    }

    /// The certificate.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.certificate)
    }

    /// The private key as PEM (PKCS#8).
    pub fn key_pem(&self) -> String {
        pem::encode("PRIVATE KEY", self.key.serialized_der())
    }

    /// The same certificate, misused by a server.
    pub fn into_leaf(self) -> Leaf {
        Leaf::of(self.certificate, &self.key)
    }
}
