//! What only Linux has.

use tokio::net::TcpSocket;

/// Keeps a connection on one interface, whatever routes a VPN has added. Without privilege since Linux 5.7;
/// where it is refused, the source address has to do.
pub(super) fn keep_on(socket: &TcpSocket, interface: &str) {
    let _ = socket.bind_device(Some(interface.as_bytes()));
}
