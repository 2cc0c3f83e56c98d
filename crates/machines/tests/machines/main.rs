//! Machines of every kind: this one, a real sshd, and stand-ins for the programs that lead to others.
#![cfg(unix)]

mod local;
mod ssh;
mod stand_ins;

#[path = "../support/mod.rs"]
mod support;
