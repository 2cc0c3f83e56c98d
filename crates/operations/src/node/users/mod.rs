//! Who can log in to a cluster, and by what.

pub mod certificates;
pub mod find;
pub mod list;
pub mod tokens;
