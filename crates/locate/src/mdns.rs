//! `<host>.local` by multicast DNS, for systems whose resolver does not do it: one question, one answer, as
//! RFC 6762 §5.1 allows to those that keep no cache. Asked for names that the user gave, and for no others.
//!
//! A client of the whole protocol would listen to everybody's announcements; this needs one address.

mod message;
mod network;

pub use message::MOST_ADDRESSES;
pub use message::parse;
pub use message::question;
pub use network::resolve;

/// Whether multicast DNS is how a name is to be resolved (RFC 6762 §3): `microk8s-vm.local`.
pub fn is_local(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let (host, domain) = name.rsplit_once('.').unwrap_or_default();
    domain.eq_ignore_ascii_case("local") && !host.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_below_local_are_multicast() {
        for name in ["microk8s-vm.local", "VM.LOCAL", "vm.local.", "a.b.local"] {
            assert!(is_local(name), "{name}");
        }
        for name in [
            "",
            ".",
            "local",
            "local.",
            ".local",
            "vm.localhost",
            "vm.mshome.net",
            "10.0.0.7",
        ] {
            assert!(!is_local(name), "{name}");
        }
    }
}
