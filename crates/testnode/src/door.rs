//! The port of a node: open, closed but kept, or a black hole.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::runtime::runtime;
use crate::swallow::BlackHole;

pub(crate) fn socket(address: SocketAddr) -> io::Result<Socket> {
    Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )
}

/// A socket that owns the address; connecting to it is refused until it listens.
pub(crate) fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = socket(address)?;
    // On Unix this only forgives connections in TIME_WAIT; on Windows it would let two sockets
    // share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SockAddr::from(address))?;
    Ok(socket)
}

/// [`bind`] for an address that this node has just let go of: what was accepting there, and a connection
/// that was being accepted, hold it for a moment longer.
pub(crate) fn bind_again(address: SocketAddr) -> io::Result<Socket> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let began = Instant::now();
    loop {
        match bind(address) {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse && began.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(2));
            }
            result => return result,
        }
    }
}

/// The address that a bound socket has.
pub(crate) fn address_of(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?;
    address
        .as_socket()
        .ok_or_else(|| io::Error::other("not an IP address"))
}

/// A port, in one of its states.
pub(crate) enum Door {
    /// Connections are handed on.
    Open(#[expect(dead_code, reason = "held for its port")] Accepting),
    /// The address is ours, and connecting is refused.
    Closed(Socket),
    /// Nobody answers.
    Hole(#[expect(dead_code, reason = "held for its port")] BlackHole),
    /// Between two states, or after an error.
    Gone,
}

impl Door {
    pub(crate) fn open(
        socket: Socket,
        accepted: Arc<dyn Fn(TcpStream, SocketAddr) + Send + Sync>,
    ) -> io::Result<Self> {
        Accepting::start(socket, accepted).map(Self::Open)
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }
}

/// A task that accepts. Dropping it returns only when the port is closed.
pub(crate) struct Accepting {
    stop: Option<oneshot::Sender<()>>,
    /// Disconnected once the listener is.
    stopped: mpsc::Receiver<()>,
}

impl Accepting {
    fn start(
        socket: Socket,
        accepted: Arc<dyn Fn(TcpStream, SocketAddr) + Send + Sync>,
    ) -> io::Result<Self> {
        socket.listen(1024)?;
        socket.set_nonblocking(true)?;
        let _inside = runtime().enter();
        let listener = TcpListener::from_std(socket.into())?;
        let (stop, mut stopping) = oneshot::channel();
        let (alive, stopped) = mpsc::channel();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    _ = &mut stopping => break,
                    connection = listener.accept() => match connection {
                        Ok((stream, peer)) => accepted(stream, peer),
                        // Out of descriptors, or the peer is gone already: the next one may do better.
                        Err(_) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
                    },
                }
            }
            drop(listener);
            drop(alive);
        });
        Ok(Self {
            stop: Some(stop),
            stopped,
        })
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // Errs at once when the task lets go of its end.
        let _ = self.stopped.recv();
    }
}
