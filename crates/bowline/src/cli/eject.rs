//! The arguments of `eject`.

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  bowline eject --dry-run         what would go, and which lines to take out of shell files
  bowline eject                   asks, then removes it
  bowline eject --yes --keep-settings";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EjectArgs {
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove everything without asking, config.toml too
    #[arg(long)]
    pub(crate) yes: bool,
    /// Leave config.toml where it is
    #[arg(long)]
    pub(crate) keep_settings: bool,
}
