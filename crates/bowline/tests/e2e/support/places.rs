//! Addresses that only one test has.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// `MicroK8s`' port, at a loopback address that nobody else has: the upper part is the process's, so that
/// several runs do not meet.
pub(crate) fn place() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const PER_PROCESS: u32 = 2048;
    const PROCESSES: u32 = 0x00ff_0000 / PER_PROCESS;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    assert!(number < PER_PROCESS, "more places than one run may have");
    // From 127.1.0.0 on: below are the addresses that a machine itself may use.
    let offset = 0x0001_0000 + (std::process::id() % (PROCESSES - 1)) * PER_PROCESS + number;
    let address = Ipv4Addr::from_bits(0x7f00_0000 + offset);
    SocketAddr::from((address, 16443))
}
