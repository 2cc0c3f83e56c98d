//! The networks that this machine is directly attached to, and what kind each is: that decides whether its
//! addresses may be tried one by one.

mod collect;
mod names;
mod own;

use std::fmt;
use std::net::IpAddr;

pub use collect::collect;
pub use own::own;

/// A network that this machine has an address in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The interface. Comes from outside: escape it before printing.
    pub interface: String,
    /// This machine's own address.
    pub address: IpAddr,
    /// How many bits of it name the network.
    pub prefix: u8,
    /// What kind it is.
    pub kind: Kind,
}

/// What is on the other side of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A virtual switch inside this machine: nobody but its own virtual machines is on it.
    HostOnly,
    /// A network of containers inside this machine.
    Containers,
    /// A network with other people's machines.
    Lan,
    /// A tunnel, a VPN, a modem: one peer, or a network that only looks near.
    PointToPoint,
    /// This machine.
    Loopback,
}

/// What the system says of an interface; what it does not say is false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts, not states")]
pub struct Facts {
    /// Its only address is this machine.
    pub loopback: bool,
    /// `IFF_POINTOPOINT`, or a medium without link addresses.
    pub point_to_point: bool,
    /// Made by a program (tun, tap): a VPN.
    pub tunnel: bool,
    /// A bridge that a network card is in: the local network under another name.
    pub bridges_a_card: bool,
}

/// Decides what kind an interface is. What is only possibly a LAN is one: its addresses are then not tried
/// unless that is asked for.
pub fn classify(name: &str, facts: Facts, address: IpAddr, prefix: u8) -> Kind {
    let longest = if address.is_ipv4() { 31 } else { 127 };
    if facts.loopback || address.is_loopback() {
        Kind::Loopback
    } else if facts.point_to_point || facts.tunnel || prefix >= longest {
        Kind::PointToPoint
    } else if facts.bridges_a_card {
        Kind::Lan
    } else {
        names::kind(name).unwrap_or(Kind::Lan)
    }
}

impl fmt::Display for Network {
    /// `192.168.122.0/24 on virbr0`; the interface as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: IpAddr = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32)));
                IpAddr::V4((address.to_bits() & mask.unwrap_or(0)).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix.min(128)));
                IpAddr::V6((address.to_bits() & mask.unwrap_or(0)).into())
            }
        };
        write!(f, "{first}/{} on {}", self.prefix, self.interface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, facts: Facts, network: &str) -> Kind {
        let (address, prefix) = network.split_once('/').unwrap();
        classify(
            name,
            facts,
            address.parse().unwrap(),
            prefix.parse().unwrap(),
        )
    }

    #[test]
    fn the_name_decides_where_nothing_else_is_known() {
        for (name, expected) in [
            ("virbr0", Kind::HostOnly),
            ("virbr39", Kind::HostOnly),
            ("lxdbr0", Kind::HostOnly),
            ("incusbr0", Kind::HostOnly),
            ("mpqemubr0", Kind::HostOnly),
            ("mpbr0", Kind::HostOnly),
            ("lxcbr0", Kind::HostOnly),
            ("vboxnet0", Kind::HostOnly),
            ("vmnet8", Kind::HostOnly),
            ("bridge100", Kind::HostOnly),
            ("bridge110", Kind::HostOnly),
            ("vEthernet (Default Switch)", Kind::HostOnly),
            ("vEthernet (WSL)", Kind::HostOnly),
            ("vEthernet (WSL (Hyper-V firewall))", Kind::HostOnly),
            ("docker0", Kind::Containers),
            ("br-0123456789ab", Kind::Containers),
            ("cni0", Kind::Containers),
            ("flannel.1", Kind::Containers),
            ("cali0123456789a", Kind::Containers),
            ("vxlan.calico", Kind::Containers),
            ("utun3", Kind::PointToPoint),
            ("tailscale0", Kind::PointToPoint),
            ("wg0", Kind::PointToPoint),
            ("tun0", Kind::PointToPoint),
            ("ppp0", Kind::PointToPoint),
            ("eth0", Kind::Lan),
            ("enp3s0", Kind::Lan),
            ("wlan0", Kind::Lan),
            ("en0", Kind::Lan),
            ("Wi-Fi", Kind::Lan),
            // A Thunderbolt bridge, a bridge of the administrator, a name that only begins like ours.
            ("bridge0", Kind::Lan),
            ("bridge10", Kind::Lan),
            ("br0", Kind::Lan),
            ("br-lan", Kind::Lan),
            ("virbr-dmz", Kind::Lan),
            ("virbr", Kind::Lan),
            // An external switch is the local network, and this is how Windows names it.
            ("vEthernet (External)", Kind::Lan),
        ] {
            assert_eq!(
                kind(name, Facts::default(), "192.168.7.1/24"),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn what_the_system_says_comes_before_the_name() {
        let card = Facts {
            bridges_a_card: true,
            ..Facts::default()
        };
        assert_eq!(kind("virbr0", card, "192.168.122.1/24"), Kind::Lan);
        let tunnel = Facts {
            tunnel: true,
            ..Facts::default()
        };
        assert_eq!(kind("corp", tunnel, "10.8.0.2/24"), Kind::PointToPoint);
        let peer = Facts {
            point_to_point: true,
            ..Facts::default()
        };
        assert_eq!(kind("lxdbr0", peer, "10.8.0.2/24"), Kind::PointToPoint);
        for network in ["10.8.0.2/32", "10.8.0.2/31", "fd00::2/128", "fd00::2/127"] {
            assert_eq!(
                kind("eth0", Facts::default(), network),
                Kind::PointToPoint,
                "{network}"
            );
        }
        assert_eq!(kind("lo", Facts::default(), "127.0.0.1/8"), Kind::Loopback);
        assert_eq!(
            kind("Loopback Pseudo-Interface 1", Facts::default(), "::1/128"),
            Kind::Loopback
        );
    }

    #[test]
    fn a_network_is_shown_by_its_first_address() {
        let shown = |address: &str, prefix| {
            Network {
                interface: "virbr0".to_owned(),
                address: address.parse().unwrap(),
                prefix,
                kind: Kind::HostOnly,
            }
            .to_string()
        };
        assert_eq!(shown("172.28.47.1", 20), "172.28.32.0/20 on virbr0");
        assert_eq!(shown("172.28.47.1", 0), "0.0.0.0/0 on virbr0");
        assert_eq!(shown("172.28.47.1", 255), "172.28.47.1/255 on virbr0");
        assert_eq!(shown("fd00::7:1", 64), "fd00::/64 on virbr0");
    }
}
