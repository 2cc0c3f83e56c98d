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

mod at_once;
mod clients;
mod copy;
mod dedupe;
mod destination;
mod dirs;
mod edit;
mod eject;
mod environment;
mod exec;
mod export;
mod kubectl_choice;
mod labels;
mod ls;
mod manual;
mod merge;
mod mistakes;
mod nowhere;
mod ns;
mod pass_through;
mod picker;
mod plans;
mod prompt;
mod protect;
mod prune;
mod pty;
mod rename;
mod rm;
mod root;
mod session_faults;
mod sessions;
mod shells;
#[allow(dead_code, reason = "tests take from it what they need")]
#[path = "../../src/picker/mod.rs"]
mod source;
mod split;
mod subshell;
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the other end-to-end tests"
)]
#[path = "../e2e/support/mod.rs"]
mod support;
mod unwritable;
mod use_;
