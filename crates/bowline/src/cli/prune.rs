//! The arguments of `prune`.

use clap::Args;

use super::Files;

pub(super) const EXAMPLES: &str = "Examples:
  bowline prune                             # what could go, and why
  bowline prune --dangling --apply
  bowline prune --unreachable 60 --expired";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PruneArgs {
    /// Contexts whose cluster did not answer at any look over so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) unreachable: Option<u32>,
    /// Contexts whose client certificate or token has ended
    #[arg(long)]
    pub(crate) expired: bool,
    /// Contexts without their cluster or user, and clusters and users that no context uses
    #[arg(long)]
    pub(crate) dangling: bool,
    /// Remove it; without this nothing is changed
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}
