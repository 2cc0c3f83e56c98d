//! The arguments of `ls`.

use clap::Args;
use clap::ValueEnum;

use super::Files;

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline ls
  bowline ls prod 'gke_*' label:eu      what has any of these
  bowline ls -o name | fzf";

#[derive(Args, Debug)]
pub(crate) struct LsArgs {
    /// Only these: a part of the name, an alias, a pattern (in quotes), or `label:WORD`; case does not matter
    #[arg(value_name = "PATTERN")]
    pub(crate) patterns: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = LsFormat::Table)]
    pub(crate) output: LsFormat,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// How contexts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LsFormat {
    Table,
    /// The table with cluster, labels and aliases
    Wide,
    /// The names alone, one a line
    Name,
    Json,
    Yaml,
}
