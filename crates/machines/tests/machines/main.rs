//! Machines of every kind: this one, a real sshd, and stand-ins for the programs that lead to others.
//!
//! Linux only, as the machines that clusters run on.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the helpers of tests fail and report like tests"
)]

mod local;
mod ssh;
mod stand_ins;

#[path = "../support/mod.rs"]
mod support;
