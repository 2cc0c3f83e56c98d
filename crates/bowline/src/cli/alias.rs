//! The arguments of `alias`.

use clap::Args;

use super::Files;
use super::StructuredFormat;

const EXAMPLES: &str = "\
Examples:
  bowline alias p gke_project_europe-west1_prod
  bowline exec p -- kubectl get nodes
  bowline alias --remove p";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AliasArgs {
    /// What is typed; without it, all aliases are listed
    #[arg(value_name = "SHORT", requires = "context")]
    pub(crate) short: Option<String>,
    /// The context that it means
    #[arg(value_name = "CONTEXT")]
    pub(crate) context: Option<String>,
    /// Forget an alias
    #[arg(long, value_name = "SHORT", conflicts_with = "short")]
    pub(crate) remove: Option<String>,
    /// Output format of the list, instead of a table
    #[arg(short, long, value_enum, conflicts_with_all = ["short", "remove"])]
    pub(crate) output: Option<StructuredFormat>,
    #[command(flatten)]
    pub(crate) files: Files,
}
