//! The arguments of `copy`.

use clap::Args;

use super::tidy::Changing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline copy dev dev-shop -n shop       # the same cluster and user, another namespace
  bowline copy dev scratch --with-entries # a cluster and a user of its own, to be changed";

#[derive(Args, Debug)]
pub(crate) struct CopyArgs {
    /// The context
    #[arg(value_name = "CONTEXT")]
    pub(crate) from: String,
    /// The name of the new one
    #[arg(value_name = "NEW")]
    pub(crate) to: String,
    /// Its namespace, instead of the first one's
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Give it a cluster and a user of its own, of the new name
    #[arg(long)]
    pub(crate) with_entries: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
