//! Writes what runs say, while a reader that is slow keeps nobody from seeing Ctrl-C.

use std::io;
use std::io::Write as _;
use std::thread;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

/// Pieces that wait for a slow reader; then the programs wait, as they would for it.
const WAITING: usize = 16;

/// Where something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// Takes pieces that are whole lines.
pub(super) type Sender = mpsc::Sender<(Stream, Vec<u8>)>;

/// Starts the writer. It ends when all senders are gone, or when nobody reads standard output any more.
pub(super) fn start() -> io::Result<(Sender, JoinHandle<io::Result<()>>)> {
    let (sender, mut receiver) = mpsc::channel::<(Stream, Vec<u8>)>(WAITING);
    let writer = thread::Builder::new().spawn(move || {
        while let Some((stream, bytes)) = receiver.blocking_recv() {
            match stream {
                Stream::Out => {
                    let mut out = io::stdout().lock();
                    match out.write_all(&bytes).and_then(|()| out.flush()) {
                        Ok(()) => {}
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                        Err(error) => return Err(error),
                    }
                }
                // Nobody may read it: no reason to stop.
                Stream::Err => drop(io::stderr().lock().write_all(&bytes)),
            }
        }
        Ok(())
    })?;
    Ok((sender, writer))
}
