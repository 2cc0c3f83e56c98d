//! What the store promises, held against real processes, file systems and kills.

#![allow(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::naive_bytecount,
    reason = "the helpers of tests fail and report like tests, and need not be fast"
)]

mod basics;
mod deltas;
mod helper;
mod journal;
mod kills;
mod links;
mod locks;
mod private;
mod refusals;
mod segments;
mod support;
mod undo;
mod unlock;
mod writers;

#[cfg(unix)]
mod attributes;
#[cfg(unix)]
mod identity;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod space;
#[cfg(target_os = "linux")]
mod trace;
