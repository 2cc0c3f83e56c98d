//! Finds a cluster that is not where its entry says, and mends the entry.
//!
//! [`look()`] asks and decides without changing anything; [`plan`](plan::plan) turns a decision into the
//! smallest edits of every file that holds the same stale entry; [`apply`](apply::apply) makes them.

pub mod ahead;
pub mod apply;
pub mod by_name;
pub mod copies;
pub mod decide;
pub mod look;
mod membership;
pub mod pinning;
pub mod plan;
mod search;
pub mod siblings;

pub use ahead::Wanted;
pub use ahead::ahead;
pub use apply::apply;
pub use copies::Copies;
pub use decide::Decision;
pub use look::Look;
pub use look::Options;
pub use look::Reach;
pub use look::look;
pub use plan::Plan;
pub use plan::plan;
