//! Everyday use as a user has it: switching, shells, running kubectl in many contexts, keeping files tidy.
//!
//! Linux only, as the other end-to-end tests.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the helpers of tests fail and report like tests"
)]

mod copy;
mod dedupe;
mod destination;
mod protect;
mod pty;
mod dirs;
mod edit;
mod eject;
mod prune;
mod pty;
mod export;
mod merge;
mod rename;
mod rm;
mod split;
mod exec;
mod labels;
mod manual;
mod shells;
mod environment;
mod picker;
mod pty;
#[allow(dead_code, reason = "tests take from it what they need")]
#[path = "../../src/picker/mod.rs"]
mod source;
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the other end-to-end tests"
)]
#[path = "../e2e/support/mod.rs"]
mod support;
