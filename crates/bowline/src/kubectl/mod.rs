//! kubectl: what its arguments say about the connection, where it is, and how to become it.

pub(crate) mod arguments;
pub(crate) mod find;
pub(crate) mod run;
