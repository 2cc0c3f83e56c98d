//! Addresses as machines print them, the likely ones first.

use std::net::IpAddr;
use std::net::Ipv4Addr;

/// More addresses than a node has, those of its container networks included.
const MOST: usize = 64;

/// Every address in the output of `hostname -I` or `ip -o addr`.
pub(crate) fn parse(text: &str) -> Vec<IpAddr> {
    text.split_ascii_whitespace()
        .filter_map(|word| word.split('/').next()?.parse().ok())
        .take(MOST)
        .collect()
}

/// Without what leads nowhere from elsewhere, and without repetitions; Docker's bridge and Calico's own
/// network, which every node has, come last.
pub(crate) fn order(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let (mut likely, mut unlikely) = (Vec::new(), Vec::new());
    for address in addresses {
        let side = if is_internal(address) {
            &mut unlikely
        } else {
            &mut likely
        };
        if is_usable(address) && !side.contains(&address) {
            side.push(address);
        }
    }
    likely.append(&mut unlikely);
    likely.truncate(MOST);
    likely
}

fn is_usable(address: IpAddr) -> bool {
    let local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4 == Ipv4Addr::LOCALHOST,
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_loopback(),
    };
    !(local || address.is_unspecified() || address.is_multicast())
}

/// `docker0`, and MicroK8s' pod network 10.1.0.0/16 (`args/kube-proxy`, `--cluster-cidr`).
fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4 == Ipv4Addr::new(172, 17, 0, 1) || v4.octets().starts_with(&[10, 1]),
        IpAddr::V6(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_are_read() {
        let of = |text: &str| {
            parse(text)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("172.28.40.7 172.17.0.1 10.1.76.0 fd42::1 \n"),
            ["172.28.40.7", "172.17.0.1", "10.1.76.0", "fd42::1"]
        );
        assert_eq!(
            of(
                "2: eth0    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0\\       valid_lft forever\n"
            ),
            ["10.0.2.15", "10.0.2.255"]
        );
    }

    #[test]
    fn the_likely_ones_come_first() {
        let addresses = "172.17.0.1 10.1.76.0 172.28.40.7 127.0.0.1 fe80::1 169.254.1.1 ::1 172.28.40.7 10.0.2.15";
        let ordered = order(parse(addresses));
        let ordered: Vec<_> = ordered.iter().map(ToString::to_string).collect();
        assert_eq!(
            ordered,
            ["172.28.40.7", "10.0.2.15", "172.17.0.1", "10.1.76.0"]
        );
    }
}
