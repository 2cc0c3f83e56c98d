//! kubectl: what its arguments say about the connection, where it is, which one fits, and how to become it.

pub(crate) mod arguments;
pub(crate) mod ask;
pub(crate) mod choose;
mod file;
pub(crate) mod find;
mod flags;
mod known;
pub(crate) mod run;
pub(crate) mod subcommands;
mod version;
