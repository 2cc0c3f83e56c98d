use std::fmt;

use zeroize::Zeroizing;

/// Bytes that must not be seen: a token, a password, a private key.
///
/// `Debug` and `Display` print `REDACTED`, and the memory is overwritten on drop.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Returns the secret itself; the one place where it can leave this type.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the secret as text, or `None` when it is not UTF-8.
    ///
    /// Whatever a kubeconfig holds as a string (token, password, plugin arguments) is UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn never_prints_itself() {
        let secret = Secret::from("hunter2");
        assert_eq!(
            format!("{secret} {secret:?} {:#?}", Some(&secret)),
            "REDACTED REDACTED Some(\n    REDACTED,\n)"
        );
        assert_eq!(secret.expose_str(), Some("hunter2"));
        assert_eq!(Secret::new([0xff]).expose_str(), None);
    }
}
