//! The arguments of `export`.

use std::path::PathBuf;

use clap::Args;

use super::tidy::Writing;

pub(crate) const EXAMPLES: &str = "Examples:
  bowline export dev -o dev.yaml
  bowline export dev | ssh build 'umask 077; cat >dev.yaml'";

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// The context
    #[arg(value_name = "CONTEXT")]
    pub(crate) context: String,
    /// The file to write, private from its first byte; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Show credentials even on a terminal
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
}
