//! The arguments of `manual`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct ManualArgs {
    /// Write a man page of every command into this folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Bring the generated blocks of this Markdown file up to date
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}
