//! `bowline` as a user runs it: the built program, the real kubectl, and API servers that move, fail and
//! lie, each test on a machine of its own.
//!
//! Linux only, where every test can have loopback addresses of its own (macOS has 127.0.0.1 alone) and
//! programs can be stood in for by scripts.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the helpers of tests fail and report like tests"
)]

mod add;
mod add_machines;
mod adverse;
mod bad_input;
mod bad_settings;
mod by_name;
mod config_extras;
mod config_faults;
mod config_kills;
mod copies;
mod demo;
mod dhcp;
mod doctor;
mod follow;
mod heal_fleet;
mod history;
mod impostors;
mod k;
mod kills;
mod lint;
mod members;
mod network;
mod node;
mod nodes;
mod not_found;
mod order;
mod pin;
mod post;
mod searches;
mod shared_ca;
mod sources;
#[path = "../../../machines/tests/support/sshd.rs"]
mod sshd;
mod status;
mod status_book;
mod status_expiring;
mod status_fleet;
mod status_watch;
mod strangers;
mod support;
mod tiers;
#[path = "../../../store/tests/store/trace.rs"]
mod trace;
mod untouched;
mod writers;
