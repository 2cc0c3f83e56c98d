//! What the commands have in common that keep kubeconfigs tidy.

use clap::Args;

use super::Files;

/// Of those that change kubeconfigs.
#[derive(Args, Debug)]
pub(crate) struct Changing {
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Of those that write files of their own.
#[derive(Args, Debug)]
pub(crate) struct Writing {
    /// Show what would be written with secrets hidden, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}
