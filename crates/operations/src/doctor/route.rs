//! The third rung: the way to an address, without sending a packet.

use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::UdpSocket;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod platform;

/// What the system's tables say of an IPv4 address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tables {
    /// The network interface.
    pub(super) interface: Option<String>,
    /// The router; `None` where the address is on a network that is attached directly.
    pub(super) gateway: Option<Ipv4Addr>,
    /// What is known of the machine that has the address.
    pub(super) neighbour: Option<Neighbour>,
}

/// An entry of the neighbour table (ARP).
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only Linux has tables that are files")
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Neighbour {
    /// It was asked for, and nobody answered.
    Nobody,
    /// Its hardware address.
    Mac([u8; 6]),
}

/// The address that this machine would use. A UDP socket that is connected has a route, and nothing is sent.
pub(super) fn own_address(to: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = match to {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(to)?;
    Ok(socket.local_addr()?.ip())
}

/// What the tables say; nothing where there are none to read.
pub(super) fn tables(to: IpAddr) -> Tables {
    match to {
        IpAddr::V4(to) => platform::tables(to),
        IpAddr::V6(_) => Tables::default(),
    }
}
