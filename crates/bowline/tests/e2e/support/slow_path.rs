//! A path on which every byte takes its time.

use std::io::Read as _;
use std::io::Write as _;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// A relay that delivers every byte late, in each direction: the round trip of a path, but for TCP's own.
pub(crate) fn slow_path(to: SocketAddr, one_way: Duration) -> SocketAddr {
    let listener = TcpListener::bind(SocketAddr::new(super::place().ip(), 16443)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(to) else {
                return;
            };
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let (underway, arriving) = mpsc::channel::<(Instant, Vec<u8>)>();
                thread::spawn(move || {
                    let mut bytes = [0; 16_384];
                    while let Ok(count @ 1..) = from.read(&mut bytes) {
                        let _ = underway.send((Instant::now() + one_way, bytes[..count].to_vec()));
                    }
                });
                thread::spawn(move || {
                    for (due, bytes) in arriving {
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        if to.write_all(&bytes).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    address
}
