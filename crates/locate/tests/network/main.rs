//! The sources that look at the network, in networks that the tests make themselves.
//!
//! Linux only: nothing else has namespaces.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the helpers of tests fail and report like tests"
)]

mod mdns;
mod neighbours;
mod race;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
