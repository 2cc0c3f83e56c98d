//! Asking for a client certificate: a key that never leaves, a request, and the judgement of the answer.

mod answer;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use ring::signature::EcdsaKeyPair;
use ring::signature::KeyPair as _;
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;
use zeroize::Zeroizing;

pub use self::answer::IssueError;
pub use self::answer::Issued;
use crate::api::object_name;
use crate::client_key::ClientKey;
use crate::client_key::ClientKeyError;
use crate::der;
use crate::escape;

/// What precedes the point of a P-256 key in its `SubjectPublicKeyInfo` (RFC 5480 §2): the algorithm
/// `id-ecPublicKey` on the curve `secp256r1`, and the head of the bit string.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// `ecdsa-with-SHA256` (RFC 5758 §3.2).
const ECDSA_SHA256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// Attribute types of a name: common name, organization (RFC 5280, appendix A.1).
const COMMON_NAME: [u8; 5] = [0x06, 3, 0x55, 4, 3];
const ORGANIZATION: [u8; 5] = [0x06, 3, 0x55, 4, 10];

/// Longer names are no names.
const LONGEST_NAME: usize = 1024;

/// A user and groups, as a certificate names them: CN and O. May be the text of a stranger: escape it before
/// it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The user.
    pub user: String,
    /// The groups.
    pub groups: Vec<String>,
}

impl fmt::Display for Subject {
    /// Escaped, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user {}", escape::foreign(&self.user))?;
        if !self.groups.is_empty() {
            write!(f, " in {}", escape::foreign(&self.groups.join(", ")))?;
        }
        Ok(())
    }
}

/// A key made here, and the request for a certificate for it.
pub struct ClientRequest {
    subject: Subject,
    key: Zeroizing<Vec<u8>>,
    public_key: Vec<u8>,
    request: Vec<u8>,
}

/// Why nothing can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A name that no user or group has.
    #[error(
        "{0:?} cannot be the name of a user or group: it is empty, too long, or holds control characters"
    )]
    Name(String),
    /// The system's source of random numbers failed.
    #[error("no key could be made: the system gave no random numbers")]
    Random,
}

impl ClientRequest {
    /// Checks names before anything is done for them.
    ///
    /// # Errors
    /// [`RequestError::Name`].
    pub fn check(user: &str, groups: &[&str]) -> Result<(), RequestError> {
        for name in std::iter::once(&user).chain(groups) {
            let is_odd = name.is_empty() || name.len() > LONGEST_NAME;
            if is_odd || name.chars().any(escape::is_dangerous) {
                return Err(RequestError::Name(escape::foreign(name)));
            }
        }
        Ok(())
    }

    /// Makes a key (ECDSA on P-256, which every API server and kubectl knows) and a request for this user (CN)
    /// in these groups (O each; none twice).
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn new(user: &str, groups: &[&str]) -> Result<Self, RequestError> {
        Self::check(user, groups)?;
        let mut subject = Subject {
            user: user.to_owned(),
            groups: Vec::new(),
        };
        for group in groups {
            if !subject.groups.iter().any(|known| known == group) {
                subject.groups.push((*group).to_owned());
            }
        }
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| RequestError::Random)?;
        let key = Zeroizing::new(document.as_ref().to_vec());
        let pair =
            EcdsaKeyPair::from_pkcs8(algorithm, &key, &random).map_err(|_| RequestError::Random)?;
        let public_key = [&P256_SPKI[..], pair.public_key().as_ref()].concat();
        let info = request_info(&subject, &public_key);
        let signature = pair
            .sign(&random, &info)
            .map_err(|_| RequestError::Random)?;
        let request = der::element(
            der::SEQUENCE,
            &[
                &info,
                &der::element(der::SEQUENCE, &[&ECDSA_SHA256]),
                &der::element(der::BIT_STRING, &[&[0], signature.as_ref()]),
            ],
        );
        Ok(Self {
            subject,
            key,
            public_key,
            request,
        })
    }

    /// Whom it is for.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// A name for the request in the cluster: the user's, and a checksum of the key.
    pub fn name(&self) -> String {
        let key = crate::spki::SpkiHash::of(&self.public_key);
        object_name(&[&self.subject.user, &key.to_string()])
    }

    /// The request as PEM (PKCS#10).
    pub fn pem(&self) -> String {
        pem("CERTIFICATE REQUEST", &self.request).to_string()
    }

    /// The key as PEM (PKCS#8).
    pub fn key_pem(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.key)
    }

    /// The certificate with our key, ready to authenticate with.
    ///
    /// # Errors
    /// [`ClientKeyError`] where the certificate was issued for another request.
    pub fn client_key(&self, issued: &Issued) -> Result<ClientKey, ClientKeyError> {
        ClientKey::from_pem(issued.pem.as_bytes(), self.key_pem().as_bytes())
    }
}

impl fmt::Debug for ClientRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientRequest")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// Whom a request in PEM asks a certificate for.
pub(crate) fn requested_subject(request: &[u8]) -> Option<Subject> {
    let der = CertificateSigningRequestDer::from_pem_slice(request).ok()?;
    let (_, request) = X509CertificationRequest::from_der(&der).ok()?;
    subject_of(&request.certification_request_info.subject)
}

/// The user and groups of a name that holds nothing else.
fn subject_of(name: &X509Name<'_>) -> Option<Subject> {
    let mut users = Vec::new();
    let mut groups = Vec::new();
    for attribute in name.iter_attributes() {
        let value = attribute.as_str().ok()?.to_owned();
        match attribute.attr_type().as_bytes() {
            [0x55, 4, 3] => users.push(value),
            [0x55, 4, 10] => groups.push(value),
            _ => return None,
        }
    }
    match <[String; 1]>::try_from(users) {
        Ok([user]) => Some(Subject { user, groups }),
        Err(_) => None,
    }
}

/// The part of a request that is signed (`CertificationRequestInfo`, RFC 2986 §4.1).
fn request_info(subject: &Subject, public_key: &[u8]) -> Vec<u8> {
    let attribute = |kind: &[u8], value: &str| {
        let value = der::element(der::UTF8_STRING, &[value.as_bytes()]);
        let pair = der::element(der::SEQUENCE, &[kind, &value]);
        der::element(der::SET, &[&pair])
    };
    let mut names = attribute(&COMMON_NAME, &subject.user);
    for group in &subject.groups {
        names.extend(attribute(&ORGANIZATION, group));
    }
    der::element(
        der::SEQUENCE,
        &[
            &der::element(der::INTEGER, &[&[0]]),
            &der::element(der::SEQUENCE, &[&names]),
            public_key,
            &der::element(der::ATTRIBUTES, &[]),
        ],
    )
}

/// One PEM block with lines of 64 characters (RFC 7468 §2), in memory that is never moved and that forgets it.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    const LINE: usize = 48;
    let base64 = der.len().div_ceil(LINE) * 65;
    let mut out = Zeroizing::new(String::with_capacity(base64 + 2 * label.len() + 40));
    for part in ["-----BEGIN ", label, "-----\n"] {
        out.push_str(part);
    }
    for line in der.chunks(LINE) {
        STANDARD.encode_string(line, &mut out);
        out.push('\n');
    }
    for part in ["-----END ", label, "-----\n"] {
        out.push_str(part);
    }
    out
}
