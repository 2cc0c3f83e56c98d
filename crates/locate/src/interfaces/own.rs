//! The addresses of this machine itself.

use std::net::IpAddr;

/// All of them, of whatever kind: what answers there is this machine, or something on it that forwards. None
/// where the system does not tell.
pub fn own() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let addresses = interfaces.iter().map(|interface| interface.ip());
    addresses.map(|address| address.to_canonical()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_its_loopback_address() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(own().contains(&loopback));
    }
}
