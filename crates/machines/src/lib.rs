//! Reaching the machine that a cluster runs on.
//!
//! A [`Place`] says where it is: this machine, a folder (a backup), or behind `ssh`, `multipass`, `lxc`,
//! `incus` or `wsl.exe`. A [`Machine`] is a place that can be asked: [`Machine::fetch`] reads many files in
//! one round trip as a [`Tree`], [`Machine::replace`] replaces one atomically, [`Machine::run`] runs one of
//! our fixed scripts, [`Machine::addresses`] asks for its addresses.
//!
//! Nothing from outside ever becomes part of a script or of a shell's line: scripts are constants, data
//! goes in on standard input, and no argument can begin with `-`.

mod addresses;
mod command;
mod diagnose;
mod error;
mod fetch;
mod folder;
mod list;
pub mod lxd;
mod machine;
pub mod multipass;
mod place;
pub mod process;
mod quote;
mod replace;
pub mod reply;
mod script;
mod tree;
pub mod wsl;

pub use addresses::is_of_containers;
pub use error::MachineError;
pub use list::Listing;
pub use list::list;
pub use machine::Input;
pub use machine::Machine;
pub use machine::Output;
pub use machine::Privilege;
pub use machine::Programs;
pub use place::Place;
pub use place::PlaceError;
pub use quote::argument;
pub use script::Script;
pub use tree::Entry;
pub use tree::Kind;
pub use tree::Owner;
pub use tree::Tree;
