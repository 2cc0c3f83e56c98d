//! The arguments of `rename`.

use clap::Args;

use super::tidy::Changing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline rename microk8s dev          # the context
  bowline rename microk8s dev --all    # its cluster and its user too
  bowline undo                         # takes it back";

#[derive(Args, Debug)]
pub(crate) struct RenameArgs {
    /// The context
    #[arg(value_name = "CONTEXT")]
    pub(crate) from: String,
    /// Its new name
    #[arg(value_name = "NEW")]
    pub(crate) to: String,
    /// Give its cluster and its user that name too
    #[arg(long)]
    pub(crate) all: bool,
    /// With --all: even if other contexts use them, which follow
    #[arg(long, requires = "all")]
    pub(crate) shared: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
