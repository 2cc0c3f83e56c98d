//! Tries the addresses of a plan.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpSocket;
use tokio::time::Instant;
use tokio::time::sleep_until;
use tokio::time::timeout;

use super::pace::Pace;
use super::plan::Plan;
use super::plan::Share;
use super::plan::Target;
use super::platform;
use super::room::Room;
use crate::system::System;

/// How long an address may take: the kernel asks for it a second time after one second.
const PATIENCE: Duration = Duration::from_millis(1200);

/// How often to look whether the neighbour table has room.
const LOOK: Duration = Duration::from_millis(250);

/// Fewer than these at a time are not worth beginning with: wait for room instead.
const LEAST_BUDGET: usize = 32;

/// Open connections at a time. A program may have 256 open files on macOS, 1,024 on most Linux systems.
const MOST_SOCKETS: usize = if cfg!(target_os = "macos") { 160 } else { 400 };

/// "Too many open files": of this program, of the system, of Windows' sockets.
const OUT_OF_FILES: [i32; 3] = [24, 23, 10024];

/// What a sweep has done so far, for whoever watches it or stops it.
#[derive(Debug, Default)]
pub struct Tally {
    tried: AtomicU32,
    open: AtomicU32,
    refused: AtomicU32,
    silent: AtomicU32,
    failed: AtomicU32,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Addresses tried.
    pub tried: u32,
    /// Those that accepted a connection.
    pub open: u32,
    /// Those that are there but refused it.
    pub refused: u32,
    /// Those that did not answer.
    pub silent: u32,
    /// Those that could not be tried.
    pub failed: u32,
}

impl Tally {
    /// What was done until now.
    pub fn counts(&self) -> Counts {
        let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        Counts {
            tried: count(&self.tried),
            open: count(&self.open),
            refused: count(&self.refused),
            silent: count(&self.silent),
            failed: count(&self.failed),
        }
    }
}

impl Counts {
    /// About how many packets that were: three questions for an address that nobody has; question, answer and
    /// a whole connection, or its refusal, to others.
    pub fn packets(&self) -> u32 {
        let each = [(self.silent, 3), (self.refused, 4), (self.open, 8)];
        each.iter().fold(0, |sum: u32, (count, packets)| {
            sum.saturating_add(count.saturating_mul(*packets))
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} addresses tried, {} accepted a connection, {} refused it, about {} packets",
            self.tried,
            self.open,
            self.refused,
            self.packets()
        )
    }
}

/// Tries every address of the plan at one port, and reports each that accepts a connection at once. Ends
/// when all are tried; a dropped future ends it before.
///
/// # Errors
/// A text, if the neighbour table has no room; then nothing was sent.
pub async fn run(
    plan: &Plan,
    port: u16,
    system: &System,
    tally: &Tally,
    mut open: impl FnMut(SocketAddr),
) -> Result<Counts, String> {
    let mut room = wait_for_room(system).await?;
    let mut pace = Pace::new(room.budget(), room.hold);
    let mut look = Instant::now() + LOOK;
    let mut sockets = MOST_SOCKETS;
    let mut running = FuturesUnordered::new();
    let mut left = plan.targets.iter().peekable();
    loop {
        let now = Instant::now();
        if now >= look {
            let seen = Room::read(system);
            // Somebody did not get through: it need not be our doing, but it ends with us.
            if seen.fulls > room.fulls {
                pace.set_budget((pace.budget() / 2).max(1));
                room.fulls = seen.fulls;
            }
            look = now + LOOK;
        }
        let mut wake = now + LOOK;
        while let Some(target) = left.peek()
            && running.len() < sockets
        {
            if let Err(again) = pace.take(Instant::now()) {
                wake = wake.min(again);
                break;
            }
            let share = plan.shares.get(target.share);
            match prepare(share) {
                Ok(socket) => {
                    running.push(connect(socket, **target, port));
                    tally.tried.fetch_add(1, Ordering::Relaxed);
                    left.next();
                }
                Err(error) if is_out_of_files(&error) => {
                    // Leave some to those that prove what was found.
                    sockets = (running.len() / 2).max(1);
                    break;
                }
                Err(_) => {
                    tally.tried.fetch_add(1, Ordering::Relaxed);
                    tally.failed.fetch_add(1, Ordering::Relaxed);
                    left.next();
                }
            }
        }
        if left.peek().is_none() && running.is_empty() {
            return Ok(tally.counts());
        }
        tokio::select! {
            Some((address, outcome)) = running.next() => {
                let counter = match outcome {
                    Found::Open => &tally.open,
                    Found::Refused => &tally.refused,
                    Found::Silent => &tally.silent,
                    Found::Failed => &tally.failed,
                };
                counter.fetch_add(1, Ordering::Relaxed);
                if outcome == Found::Open {
                    open(address);
                }
            }
            () = sleep_until(wake) => {}
        }
    }
}

/// Waits until the table has room for a sweep: what an earlier one left in it is gone after about 15 s.
async fn wait_for_room(system: &System) -> Result<Room, String> {
    let end = Instant::now() + Duration::from_secs(16);
    loop {
        let room = Room::read(system);
        if room.budget() >= LEAST_BUDGET {
            return Ok(room);
        }
        if Instant::now() >= end {
            return Err(format!(
                "the kernel's neighbour table is full ({} of {} entries): a sweep would cut off others",
                room.present, room.limit
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What came of an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Open,
    Refused,
    Silent,
    Failed,
}

/// A socket that stays on the network of its address.
fn prepare(share: Option<&Share>) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    if let Some(share) = share {
        platform::keep_on(&socket, &share.network.interface);
        socket.bind((share.own, 0).into())?;
    }
    Ok(socket)
}

async fn connect(socket: TcpSocket, target: Target, port: u16) -> (SocketAddr, Found) {
    let address = SocketAddr::new(IpAddr::V4(target.address), port);
    let found = match timeout(PATIENCE, socket.connect(address)).await {
        // Nothing was sent or received: closing it is an ordinary end.
        Ok(Ok(stream)) => {
            drop(stream);
            Found::Open
        }
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Found::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::TimedOut => Found::Silent,
            _ => Found::Failed,
        },
        Err(_) => Found::Silent,
    };
    (address, found)
}

fn is_out_of_files(error: &io::Error) -> bool {
    error
        .raw_os_error()
        .is_some_and(|code| OUT_OF_FILES.contains(&code))
}
