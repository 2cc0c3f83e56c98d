//! The hash of a public key, the name by which clusters and nodes are told apart.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// The SHA-256 of a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1), written `sha256:<64 hex digits>`:
/// the form users know from `kubeadm join --discovery-token-ca-cert-hash`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpkiHash([u8; 32]);

impl SpkiHash {
    /// The hash of the given DER `SubjectPublicKeyInfo`.
    pub fn of(spki: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, spki);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// The first eight hex digits: enough to tell a handful of nodes apart on a screen.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }

    fn hex(&self) -> String {
        use fmt::Write as _;
        self.0
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

impl fmt::Display for SpkiHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for SpkiHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key hash that is not `sha256:` and 64 hex digits.
#[derive(Debug, thiserror::Error)]
#[error("a key hash is written sha256: and 64 hex digits, not {0:?}")]
pub struct SpkiHashError(String);

impl FromStr for SpkiHash {
    type Err = SpkiHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SpkiHashError(text.to_owned());
        let hex = text.strip_prefix("sha256:").ok_or_else(error)?;
        if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).map_err(|_| error())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for SpkiHash {
    type Error = SpkiHashError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SpkiHash> for String {
    fn from(hash: SpkiHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_and_read_in_the_form_of_kubeadm() {
        let hash = SpkiHash::of(b"");
        // SHA-256 of the empty string, FIPS 180-4.
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse::<SpkiHash>().unwrap(), hash);
        assert_eq!(hash.short(), "e3b0c442");
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "sha256:",
            "sha512:00",
            "sha256:é",
            &format!("sha256:{}", "g".repeat(64)),
        ] {
            assert!(text.parse::<SpkiHash>().is_err(), "{text}");
        }
    }
}
