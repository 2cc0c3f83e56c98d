//! Names of objects: in paths, and our own.

use std::fmt::Write as _;

/// The longest readable part of a name.
const READABLE: usize = 40;

/// A text as one segment of a path (RFC 3986 §2.3: all but unreserved characters are encoded).
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A name for an object about these texts: `bowline`, as much of them as a DNS label can hold, and a
/// checksum of all, so that other texts have another name and the same have the same.
pub fn object_name(texts: &[&str]) -> String {
    let mut name = "bowline-".to_owned();
    for char in texts.join("-").chars().take(READABLE) {
        let char = char.to_ascii_lowercase();
        if char.is_ascii_alphanumeric() {
            name.push(char);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    if !name.ends_with('-') {
        name.push('-');
    }
    let mut all = Vec::new();
    for text in texts {
        // The length keeps ("a", "b") apart from ("ab", "").
        all.extend(text.len().to_be_bytes());
        all.extend(text.as_bytes());
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, &all);
    for byte in digest.as_ref().iter().take(5) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_hold_any_name() {
        assert_eq!(segment("system:node:a/b%"), "system%3Anode%3Aa%2Fb%25");
        assert_eq!(segment("é"), "%C3%A9");
    }

    #[test]
    fn names_are_readable_and_tell_texts_apart() {
        let name = object_name(&["cluster-admin", "Alice@Example.org"]);
        assert!(
            name.starts_with("bowline-cluster-admin-alice-example-org-"),
            "{name}"
        );
        assert_ne!(object_name(&["a", "b"]), object_name(&["ab", ""]));
        assert_ne!(object_name(&["A"]), object_name(&["a"]));
    }

    proptest! {
        #[test]
        fn every_name_is_a_dns_label(texts in prop::collection::vec(any::<String>(), 0..4)) {
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            let name = object_name(&texts);
            prop_assert!(name.len() <= 63, "{}", name);
            let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            prop_assert!(name.bytes().all(inner) && !name.ends_with('-'), "{}", name);
        }
    }
}
