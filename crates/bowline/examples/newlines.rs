//! Reads a file and counts its lines, and does no more: what `scripts/bench-config.py` holds
//! `bowline config` against, since nothing that knows a file's lines can be faster.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run should stop and say so"
)]

use std::fs::File;
use std::io::Read as _;

fn main() {
    let path = std::env::args_os().nth(1).unwrap();
    let mut file = File::open(path).unwrap();
    let mut buffer = vec![0; 256 << 10];
    let mut lines = 0;
    loop {
        let count = file.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..count]).count();
    }
    println!("{lines}");
}
