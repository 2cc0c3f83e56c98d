//! Which context is meant by what a person types, and what was chosen before.

pub mod find;
pub mod memory;

pub use find::Found;
pub use find::find;
pub use memory::Memory;

use serde::Deserialize;
use serde::Serialize;

/// A choice of context and namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The context.
    pub context: String,
    /// The namespace that was chosen with it: `None` leaves it to the kubeconfig, an empty one means none.
    pub namespace: Option<String>,
}

/// The namespace that kubectl uses: `default` where nothing else is said.
pub fn effective(namespace: Option<&str>) -> &str {
    match namespace {
        None | Some("") => "default",
        Some(namespace) => namespace,
    }
}

/// Whether a namespace can be called so (RFC 1123, what kube-apiserver takes).
pub fn is_namespace(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    bytes.len() <= 63
        && bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
        && ends
            .into_iter()
            .all(|end| end.is_some_and(|byte| plain(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_dns_labels() {
        for (name, fine) in [
            ("default", true),
            ("a", true),
            ("team-1", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("A", false),
            ("a.b", false),
            ("$(x)", false),
            (&"a".repeat(63), true),
            (&"a".repeat(64), false),
        ] {
            assert_eq!(is_namespace(name), fine, "{name}");
        }
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(effective(None), "default");
        assert_eq!(effective(Some("")), "default");
        assert_eq!(effective(Some("a")), "a");
    }
}
