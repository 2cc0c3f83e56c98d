//! Asks the system for its interfaces.

use std::net::IpAddr;
use std::path::Path;

use super::Facts;
use super::Network;
use super::classify;
use crate::system::System;

/// More networks than a machine is attached to; a host of containers has one for each pod.
const MOST_NETWORKS: usize = 1024;

/// Link types of `/sys/class/net/*/type` that have no link addresses: none (tun, `WireGuard`), PPP, IPv4 and
/// IPv6 in IPv4, GRE (Linux `include/uapi/linux/if_arp.h`).
const WITHOUT_ADDRESSES: [&str; 7] = ["65534", "512", "768", "769", "776", "778", "823"];

/// The networks that are up.
///
/// # Errors
/// A text that says why the system does not name them.
pub fn collect(system: &System) -> Result<Vec<Network>, String> {
    let interfaces = if_addrs::get_if_addrs()
        .map_err(|error| format!("the interfaces of this machine: {error}"))?;
    let up = interfaces
        .into_iter()
        .filter(|i| i.is_oper_up() || i.is_loopback());
    let network = |interface: if_addrs::Interface| {
        let prefix = match &interface.addr {
            if_addrs::IfAddr::V4(addr) => addr.prefixlen,
            if_addrs::IfAddr::V6(addr) => addr.prefixlen,
        };
        let address: IpAddr = interface.ip();
        let told = system.sys.as_deref().map(|sys| facts(sys, &interface.name));
        let mut facts = told.unwrap_or_default();
        facts.loopback |= interface.is_loopback();
        facts.point_to_point |= interface.is_p2p();
        Network {
            kind: classify(&interface.name, facts, address, prefix),
            interface: interface.name,
            address,
            prefix,
        }
    };
    Ok(up.take(MOST_NETWORKS).map(network).collect())
}

/// What Linux tells of an interface beside its addresses.
fn facts(sys: &Path, name: &str) -> Facts {
    // No interface has such a name; nothing outside the folder is read.
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Facts::default();
    }
    let class = sys.join("class/net");
    let folder = class.join(name);
    let link_type = std::fs::read_to_string(folder.join("type")).unwrap_or_default();
    let is_card = |port: &std::ffi::OsStr| class.join(port).join("device").exists();
    let bridges_a_card = std::fs::read_dir(folder.join("brif"))
        .is_ok_and(|ports| ports.flatten().any(|port| is_card(&port.file_name())));
    Facts {
        loopback: false,
        point_to_point: WITHOUT_ADDRESSES.contains(&link_type.trim()),
        tunnel: folder.join("tun_flags").exists(),
        bridges_a_card,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree as `/sys` has it, in the few files that are looked at.
    fn sys(entries: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in entries {
            let path = folder.path().join("class/net").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn linux_tells_bridges_tunnels_and_links_without_addresses() {
        let sys = sys(&[
            ("br0/type", "1\n"),
            ("br0/brif/eth0/state", "3\n"),
            ("eth0/type", "1\n"),
            ("eth0/device/vendor", "0x8086\n"),
            ("virbr0/type", "1\n"),
            ("virbr0/brif/vnet3/state", "3\n"),
            ("vnet3/tun_flags", "0x1002\n"),
            ("corp/type", "65534\n"),
            ("sit1/type", "776\n"),
        ]);
        let facts = |name| facts(sys.path(), name);
        let nothing = Facts::default();
        assert_eq!(
            facts("br0"),
            Facts {
                bridges_a_card: true,
                ..nothing
            }
        );
        assert_eq!(facts("virbr0"), nothing);
        assert_eq!(facts("eth0"), nothing);
        assert_eq!(
            facts("vnet3"),
            Facts {
                tunnel: true,
                ..nothing
            }
        );
        assert_eq!(
            facts("corp"),
            Facts {
                point_to_point: true,
                ..nothing
            }
        );
        assert_eq!(
            facts("sit1"),
            Facts {
                point_to_point: true,
                ..nothing
            }
        );
        assert_eq!(facts("../net/br0"), nothing);
        assert_eq!(facts("absent"), nothing);
    }

    #[test]
    fn this_machine_has_a_loopback_network() {
        let networks = collect(&System::default()).unwrap();
        let loopback = networks
            .iter()
            .find(|n| n.address.to_string() == "127.0.0.1");
        assert_eq!(
            loopback.map(|n| n.kind),
            Some(crate::interfaces::Kind::Loopback)
        );
    }
}
