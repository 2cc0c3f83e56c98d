//! The arguments of `edit`.

use std::path::PathBuf;

use clap::Args;

use super::Files;

pub(super) const EXAMPLES: &str = "\
Examples:
  bowline edit                    the file that new entries go to
  bowline edit dev                the file that holds the context dev
  bowline edit ./work.yaml        that file
  KUBE_EDITOR='code --wait' bowline edit";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EditArgs {
    /// A context, whose file is opened, or a file; by default the file that new entries go to
    #[arg(value_name = "CONTEXT|FILE")]
    pub(crate) what: Option<String>,
    /// Start from this text instead of what the file holds: a copy that an earlier edit kept
    #[arg(long, value_name = "COPY")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) files: Files,
}
