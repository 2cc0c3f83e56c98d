//! How a node treats those who reach its address.

use std::time::Duration;

/// How a node treats those who reach its address. Connections that are open already are treated so, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// An API server that works.
    #[default]
    Serve,
    /// The port is closed: connecting is refused, open connections are closed.
    Refuse,
    /// A process that is stopped (SIGSTOP): connections are accepted and nothing is ever said.
    /// What was asked meanwhile is answered once the node serves again.
    Hang,
    /// A black hole: nobody answers a SYN, open connections fall silent. Linux only.
    Swallow,
    /// New connections are accepted, and served only after this long.
    Late(Duration),
    /// Everything is served, but `/readyz` answers 500.
    ReadyzFails,
    /// The datastore is gone: `/version` and `/readyz` answer (MicroK8s' readiness does not look at it),
    /// `/livez` answers 500 after two seconds, and whatever needs an object is not answered for a minute.
    DatastoreDown,
    /// The same, but its health says nothing of it.
    ObjectsHang,
    /// The TLS handshake succeeds, and then the connection ends.
    CloseAfterHandshake,
    /// An API server that starts, or cannot: every request is answered with 503.
    Unavailable,
    /// A relay without upstream: connections are accepted and closed at once.
    CloseAfterAccept,
}
