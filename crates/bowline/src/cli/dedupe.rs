//! The arguments of `dedupe`.

use clap::Args;

use super::Files;

#[derive(Args, Debug)]
pub(crate) struct DedupeArgs {
    /// Do it; without this nothing is changed
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}
