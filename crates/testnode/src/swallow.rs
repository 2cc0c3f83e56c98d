//! A port that nobody answers on, on loopback and without privileges.
//!
//! Linux drops a SYN whose listener's accept queue is full (`tcp_conn_request` in its `tcp_input.c`).
//! So: listen with the shortest queue, never accept, and fill the queue with connections of our own.

use std::io;
use std::net::SocketAddr;

use socket2::Socket;

/// A listener whose queue is full. Dropping it closes the port.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "never dug there"))]
pub(crate) struct BlackHole {
    listener: Socket,
    fillers: Vec<Socket>,
}

impl BlackHole {
    #[cfg(target_os = "linux")]
    pub(crate) fn dig(address: SocketAddr) -> io::Result<Self> {
        use std::time::Duration;

        /// A SYN on loopback is answered within microseconds; the first repetition comes after a second.
        const ANSWERED: Duration = Duration::from_millis(150);
        /// A queue of 0 holds one connection, and one more may slip in between.
        const MOST: usize = 16;

        // Mostly the node was open until now; a process that somebody starts holds its port until it runs.
        let listener = crate::door::bind_again(address)?;
        listener.listen(0)?;
        let mut hole = Self {
            listener,
            fillers: Vec::new(),
        };
        while hole.fillers.len() < MOST {
            let filler = crate::door::socket(address)?;
            match filler.connect_timeout(&address.into(), ANSWERED) {
                Ok(()) => hole.fillers.push(filler),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(hole),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("the accept queue does not fill"))
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn dig(_: SocketAddr) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "only Linux drops a SYN when the accept queue is full",
        ))
    }

    /// Fails where [`BlackHole::dig`] always would, so that nothing is closed in vain.
    pub(crate) fn supported() -> io::Result<()> {
        if cfg!(target_os = "linux") {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "only Linux drops a SYN when the accept queue is full",
        ))
    }
}

impl Drop for BlackHole {
    fn drop(&mut self) {
        // Reset instead of an orderly end, so that no socket lingers on the port.
        for filler in &self.fillers {
            let _ = filler.set_linger(Some(std::time::Duration::ZERO));
        }
        let _ = self.listener.set_linger(Some(std::time::Duration::ZERO));
    }
}
