//! The arguments of `merge`.

use std::path::PathBuf;

use clap::Args;

use super::tidy::Changing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline merge vm1.yaml vm2.yaml
  bowline merge *.yaml --into all.yaml
  bowline merge work.yaml --prefix work-";

#[derive(Args, Debug)]
pub(crate) struct MergeArgs {
    /// The kubeconfigs to take in; they stay as they are
    #[arg(value_name = "FILE", required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// The kubeconfig that everything goes to, instead of where new entries go
    #[arg(long, value_name = "FILE")]
    pub(crate) into: Option<PathBuf>,
    /// What the names of all new entries begin with
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// Agree to take in exec plugins, insecure flags and the like
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
