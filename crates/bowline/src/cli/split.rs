//! The arguments of `split`.

use std::path::PathBuf;

use clap::Args;

use super::tidy::Writing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline split ~/.kube/configs
  bowline split ./prod --context 'prod-*'";

#[derive(Args, Debug)]
pub(crate) struct SplitArgs {
    /// The folder; it is made if it does not exist
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Only this context, or those that fit this quoted pattern
    #[arg(long, value_name = "PATTERN")]
    pub(crate) context: Option<String>,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
}
