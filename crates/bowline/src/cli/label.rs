//! The arguments of `label`.

use clap::Args;

use super::Files;
use super::StructuredFormat;

const EXAMPLES: &str = "\
Examples:
  bowline label prod-1 eu critical
  bowline exec label:eu -- kubectl get nodes
  bowline label prod-1 critical --remove";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LabelArgs {
    /// A context, or its alias; without one, all labels are listed
    #[arg(value_name = "CONTEXT")]
    pub(crate) context: Option<String>,
    /// Words to give it; without any, its own are listed
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// Take the words away; without any, all
    #[arg(long, requires = "context")]
    pub(crate) remove: bool,
    /// Output format of the list, instead of a table
    #[arg(short, long, value_enum, conflicts_with_all = ["words", "remove"])]
    pub(crate) output: Option<StructuredFormat>,
    #[command(flatten)]
    pub(crate) files: Files,
}
