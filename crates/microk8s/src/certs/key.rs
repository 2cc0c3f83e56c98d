//! Whether a private key belongs to a certificate.

use machines::Entry;
use machines::Kind;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use zeroize::Zeroizing;

use super::parse::Chain;

/// Whether a certificate's private key belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum KeyMatch {
    /// It does.
    Matches,
    /// It is another key: whoever presents the certificate with it is refused.
    Differs,
    /// There is none beside the certificate.
    NoKey,
    /// It could not be compared.
    NotReadable {
        /// Why.
        reason: String,
    },
    /// It is a private key of a kind that is not supported; RSA of 2048 bits and more, P-256, P-384 and
    /// Ed25519 are.
    UnsupportedKind,
}

/// Compares with a key's file, of which another machine gives only the public half.
pub(crate) fn of_entry(entry: &Entry, chain: &Chain) -> KeyMatch {
    let not_readable = |reason: &str| KeyMatch::NotReadable {
        reason: reason.to_owned(),
    };
    match &entry.kind {
        Kind::File(pem) => belongs(pem, chain),
        Kind::PrivateKey(Some(pem)) => match SubjectPublicKeyInfoDer::from_pem_slice(pem) {
            Ok(public) => compare(&public, chain),
            Err(_) => not_readable("its public half is not PEM"),
        },
        Kind::PrivateKey(None) => {
            not_readable("the machine could not derive its public half; openssl does that")
        }
        Kind::Link(_) => not_readable("it is a link, which was not followed"),
        Kind::Folder => not_readable("it is a folder"),
        Kind::Unreadable(why) => not_readable(why),
    }
}

/// Compares with a private key in PEM.
pub(crate) fn belongs(pem: &[u8], chain: &Chain) -> KeyMatch {
    let Ok(der) = PrivateKeyDer::from_pem_slice(pem).map(Zeroizing::new) else {
        return KeyMatch::NotReadable {
            reason: "it holds no PEM private key, or an encrypted one".to_owned(),
        };
    };
    let Some(public) = rustls::crypto::ring::sign::any_supported_type(&der)
        .ok()
        .and_then(|key| key.public_key().map(|public| public.as_ref().to_vec()))
    else {
        return KeyMatch::UnsupportedKind;
    };
    compare(&public, chain)
}

fn compare(public: &[u8], chain: &Chain) -> KeyMatch {
    if chain.spki() == public {
        KeyMatch::Matches
    } else {
        KeyMatch::Differs
    }
}
