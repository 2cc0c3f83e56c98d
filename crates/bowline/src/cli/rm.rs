//! The arguments of `rm`.

use clap::Args;

use super::tidy::Changing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline rm old-vm
  bowline rm 'test-*' --dry-run    # what would go
  bowline rm 'test-*' --yes
  bowline undo                     # brings it back, byte for byte";

#[derive(Args, Debug)]
pub(crate) struct RmArgs {
    /// The contexts, by name or by a quoted pattern ('test-*')
    #[arg(value_name = "CONTEXT", required = true)]
    pub(crate) contexts: Vec<String>,
    /// Leave their clusters and users, used or not
    #[arg(long)]
    pub(crate) keep_entries: bool,
    /// Remove entries of the same name in later files too, which are hidden now and would count then
    #[arg(long)]
    pub(crate) everywhere: bool,
    /// Do not ask about what a pattern fits
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
