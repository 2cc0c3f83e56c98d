//! The arguments of `dirs`.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

use super::StructuredFormat;

const EXAMPLES: &str = "\
Examples:
  bowline dirs add ~/.kube/clusters          every kubeconfig of a folder
  bowline dirs add '~/team/*/kubeconfig'     a pattern, kept as a pattern
  bowline dirs                               what each gives, and what is left out
  bowline dirs remove ~/.kube/clusters";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct DirsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<DirsCommand>,
    /// Output format, instead of a table
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<StructuredFormat>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DirsCommand {
    /// Take files, folders or patterns as sources
    Add {
        /// A kubeconfig, a folder of kubeconfigs, or a pattern in quotes
        #[arg(value_name = "PATH|GLOB", required = true)]
        sources: Vec<PathBuf>,
    },
    /// Forget sources; their files stay
    Remove {
        /// As `bowline dirs` shows it, or the path
        #[arg(value_name = "PATH|GLOB", required = true)]
        sources: Vec<PathBuf>,
    },
}
