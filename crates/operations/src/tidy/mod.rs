//! Keeping kubeconfigs tidy: each command decides on what the files say, which gives a plan, and the plan is
//! made as one change of the history.

mod again;
pub mod both;
pub mod copy;
pub mod dedupe;
pub mod edit;
pub mod error;
pub mod export;
pub mod follow;
mod known;
pub mod merge;
mod names;
pub mod plan;
pub mod prune;
pub mod remove;
pub mod rename;
pub mod settings;
pub mod sight;
pub mod split;
#[cfg(test)]
mod tests;
mod unread;

pub use error::TidyError;
pub use plan::Applied;
pub use plan::Plan;
pub use plan::Steps;
pub use plan::apply;
pub use plan::plan;
pub use settings::Setting;
pub use sight::Place;
pub use sight::Seen;
pub use sight::Sight;
