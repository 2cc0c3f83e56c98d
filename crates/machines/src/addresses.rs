//! Addresses that a machine says it has.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// More than a node has; the rest is passed over.
const MOST: usize = 64;

/// How many words are looked at.
const MOST_WORDS: usize = 16_384;

/// What Docker calls its own bridge unless told otherwise.
const DOCKER: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 17, 0, 1));

/// Reads what `hostname -I` or `ip -o addr show` prints. Words that are no addresses are passed over, and so
/// are addresses that `ip` shows of others (`brd`, `peer`).
pub(crate) fn parse(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut looked_at = 0;
    for line in text.lines() {
        let mut words = line.split_whitespace().inspect(|_| looked_at += 1);
        let own = |word: &str| {
            let address = word.split_once('/').map_or(word, |(address, _)| address);
            address.parse::<IpAddr>().ok()
        };
        let first = words.next();
        // `2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\ …`
        if first.is_some_and(|word| word.ends_with(':')) {
            let after = words.find(|word| matches!(*word, "inet" | "inet6"));
            found.extend(after.and_then(|_| words.next()).and_then(own));
        } else {
            let rest = first.into_iter().chain(words);
            found.extend(rest.filter_map(own).take(MOST_WORDS));
        }
        if looked_at > MOST_WORDS || found.len() > MOST_WORDS {
            break;
        }
    }
    found
}

/// Drops what nobody else can reach, and duplicates. Addresses of container networks, which are the same on
/// every node, go to the end: Calico's pods (10.1.0.0/16 in MicroK8s) and Docker's bridge. Otherwise the
/// order is kept.
pub(crate) fn order(found: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut ordered = Vec::new();
    let mut last = Vec::new();
    for address in found {
        let address = address.to_canonical();
        if ordered.len() == MOST {
            break;
        }
        if !is_reachable(address) || ordered.contains(&address) || last.contains(&address) {
            continue;
        }
        if !is_of_containers(address) {
            ordered.push(address);
        } else if last.len() < MOST {
            last.push(address);
        }
    }
    ordered.append(&mut last);
    ordered.truncate(MOST);
    ordered
}

fn is_reachable(address: IpAddr) -> bool {
    let is_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    // Of 127/8 only what every machine calls itself; the rest was chosen on purpose.
    let is_itself =
        address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST);
    !is_local && !is_itself && !address.is_unspecified() && !address.is_multicast()
}

/// Whether an address is of a network inside the node, which every node has alike: Docker's bridge, and the
/// pods of MicroK8s.
pub fn is_of_containers(address: IpAddr) -> bool {
    address == DOCKER || matches!(address, IpAddr::V4(v4) if v4.octets().starts_with(&[10, 1]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(addresses: &[IpAddr]) -> String {
        let texts: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
        texts.join(" ")
    }

    #[test]
    fn reads_hostname() {
        let text = "172.28.40.7 172.17.0.1 10.1.76.0 fd42::5 fe80::1%eth0 none \n";
        assert_eq!(
            shown(&parse(text)),
            "172.28.40.7 172.17.0.1 10.1.76.0 fd42::5"
        );
    }

    #[test]
    fn reads_ip() {
        let text = "2: eth0    inet 10.0.0.5/24 metric 100 brd 10.0.0.255 scope global dynamic eth0\\       \
                    valid_lft 85843sec preferred_lft 85843sec\n\
                    2: eth0    inet6 fd42:7c::216/64 scope global dynamic mngtmpaddr noprefixroute \\  valid_lft 3sec\n\
                    5: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\n\
                    6: odd     inet\n\
                    7: odd     link/ether 00:16:3e:00:00:01 brd ff:ff:ff:ff:ff:ff\n";
        assert_eq!(shown(&parse(text)), "10.0.0.5 fd42:7c::216 10.8.0.2");
    }

    #[test]
    fn container_networks_come_last_and_what_is_local_not_at_all() {
        let text = "0.0.0.0 127.0.0.1 172.17.0.1 10.1.76.0 169.254.1.2 224.0.0.1 255.255.255.255 10.10.0.2 \
                    192.168.64.3 10.10.0.2 ::1 :: fe80::1 ff02::1 fd42::5 ::ffff:10.10.0.2 10.1.76.0";
        assert_eq!(
            shown(&order(parse(text))),
            "10.10.0.2 192.168.64.3 fd42::5 172.17.0.1 10.1.76.0"
        );
    }

    #[test]
    fn says_no_more_than_a_node_has() {
        let many: Vec<IpAddr> = (0..300_u16)
            .map(|i| IpAddr::from([192, 168, i.to_be_bytes()[0], i.to_be_bytes()[1]]))
            .collect();
        let first = IpAddr::from([10, 1, 0, 1]);
        let found = order([vec![first], many.clone()].concat());
        assert_eq!(found, many[..MOST]);
        let words = "10.0.0.5 ".repeat(3 * MOST_WORDS);
        assert_eq!(parse(&words).len(), MOST_WORDS);
        let lines = "10.0.0.5\n".repeat(3 * MOST_WORDS);
        assert!(parse(&lines).len() <= MOST_WORDS + 1);
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), words in "([0-9.:/a-f]{1,12}[ \n]|inet ){0,40}") {
            for text in [text, words] {
                let found = order(parse(&text));
                prop_assert!(found.len() <= MOST);
                prop_assert_eq!(order(found.clone()), found);
            }
        }
    }
}
