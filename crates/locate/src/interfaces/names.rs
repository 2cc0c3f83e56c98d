//! What kind of network an interface's name tells of, as a table.

use super::Kind;

/// What follows the beginning of a name.
#[derive(Clone, Copy)]
enum Rest {
    /// Nothing.
    End,
    /// A number.
    Number,
    /// A number of two digits.
    TwoDigits,
    /// Twelve hexadecimal digits.
    Id,
    /// Anything.
    Any,
}

/// The names that programs give their interfaces. The first row that fits counts.
#[rustfmt::skip]
const NAMES: &[(&str, Rest, Kind)] = &[
    // libvirt's networks, minikube's kvm2 driver (libvirt `src/network/bridge_driver.c`).
    ("virbr", Rest::Number, Kind::HostOnly),
    // LXD and Incus: `lxd init` and `incus admin init` propose these names.
    ("lxdbr", Rest::Number, Kind::HostOnly),
    ("incusbr", Rest::Number, Kind::HostOnly),
    // LXC's own (`config/init/common/lxc-net.in`).
    ("lxcbr", Rest::Number, Kind::HostOnly),
    // Multipass on Linux: QEMU (`qemu_platform_detail_linux.cpp`) and LXD.
    ("mpqemubr", Rest::Number, Kind::HostOnly),
    ("mpbr", Rest::Number, Kind::HostOnly),
    // VirtualBox' and VMware's host-only and NAT networks; on Windows under names of their own.
    ("vboxnet", Rest::Number, Kind::HostOnly),
    ("vmnet", Rest::Number, Kind::HostOnly),
    ("VirtualBox Host-Only", Rest::Any, Kind::HostOnly),
    ("VMware Network Adapter VMnet", Rest::Number, Kind::HostOnly),
    // Apple's vmnet framework (bridge100 and up): Multipass, Lima, Colima, UTM. Shared and host mode have an address of the
    // Mac on them; bridged mode has none. bridge0 is Thunderbolt.
    ("bridge1", Rest::TwoDigits, Kind::HostOnly),
    // Hyper-V's Default Switch and that of WSL. Any other `vEthernet (…)` may be an external switch, which
    // is the local network.
    ("vEthernet (Default Switch)", Rest::End, Kind::HostOnly),
    ("vEthernet (WSL", Rest::Any, Kind::HostOnly),
    // Docker (`br-` and the beginning of the network's id), Podman, nerdctl.
    ("docker", Rest::Number, Kind::Containers),
    ("docker_gwbridge", Rest::End, Kind::Containers),
    ("br-", Rest::Id, Kind::Containers),
    ("podman", Rest::Number, Kind::Containers),
    ("cni-podman", Rest::Number, Kind::Containers),
    ("nerdctl", Rest::Number, Kind::Containers),
    ("vEthernet (nat)", Rest::End, Kind::Containers),
    // Networks of pods: CNI's bridge, Flannel, Calico, Cilium, kube-router, kube-proxy.
    ("cni", Rest::Number, Kind::Containers),
    ("flannel", Rest::Any, Kind::Containers),
    ("cali", Rest::Any, Kind::Containers),
    ("vxlan.calico", Rest::End, Kind::Containers),
    ("vxlan-v6.calico", Rest::End, Kind::Containers),
    ("cilium_", Rest::Any, Kind::Containers),
    ("kube-bridge", Rest::End, Kind::Containers),
    ("kube-ipvs", Rest::Number, Kind::Containers),
    ("nodelocaldns", Rest::End, Kind::Containers),
    ("veth", Rest::Any, Kind::Containers),
    // Tunnels, where the system does not tell: WireGuard, OpenVPN, ZeroTier, Tailscale, macOS' utun.
    ("utun", Rest::Number, Kind::PointToPoint),
    ("ipsec", Rest::Number, Kind::PointToPoint),
    ("tun", Rest::Number, Kind::PointToPoint),
    ("tap", Rest::Number, Kind::PointToPoint),
    ("wg", Rest::Any, Kind::PointToPoint),
    ("ppp", Rest::Number, Kind::PointToPoint),
    ("zt", Rest::Any, Kind::PointToPoint),
    ("ZeroTier", Rest::Any, Kind::PointToPoint),
    ("tailscale", Rest::Any, Kind::PointToPoint),
    ("Tailscale", Rest::Any, Kind::PointToPoint),
];

/// The kind that a name tells of.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let row = NAMES.iter().find(|(beginning, rest, _)| {
        name.strip_prefix(beginning).is_some_and(|tail| match rest {
            Rest::End => tail.is_empty(),
            Rest::Number => !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit()),
            Rest::TwoDigits => tail.len() == 2 && tail.bytes().all(|b| b.is_ascii_digit()),
            Rest::Id => tail.len() == 12 && tail.bytes().all(|b| b.is_ascii_hexdigit()),
            Rest::Any => true,
        })
    });
    row.map(|(_, _, kind)| *kind)
}
