//! Systems other than Linux.

use tokio::net::TcpSocket;

/// The source address has to do.
pub(super) fn keep_on(_: &TcpSocket, _: &str) {}
