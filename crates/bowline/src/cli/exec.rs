//! The arguments of `exec`.

use std::ffi::OsString;

use clap::Args;
use clap::ValueEnum;

use super::Files;

const EXAMPLES: &str = "\
Examples:
  bowline exec 'prod-*' -- kubectl get nodes
  bowline exec label:eu staging -- k rollout status deploy/web
  bowline exec --all -o json -- kubectl version
  bowline exec dev -- helm list              one context: the terminal is the program's own
  bowline exec --all -- sh -c 'echo $BOWLINE_CONTEXT'";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExecArgs {
    /// Contexts: a name, an alias, a pattern (in quotes), or `label:WORD`; the current one by default
    #[arg(value_name = "PATTERN")]
    pub(crate) patterns: Vec<String>,
    /// All contexts
    #[arg(long, conflicts_with = "patterns")]
    pub(crate) all: bool,
    /// How many run at once; by default 8, or two for each processor
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// At the first failure start no more, and end those that run
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Show the contexts and the command, and run nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Collect the output of each run instead of labelling its lines
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<ExecFormat>,
    #[command(flatten)]
    pub(crate) files: Files,
    /// The program and its arguments; no shell reads them
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// How runs are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExecFormat {
    /// One object; each run is added when it ends
    Json,
}
