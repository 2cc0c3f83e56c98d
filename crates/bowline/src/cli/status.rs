//! The command line of `bowline status`.

use clap::Args;

use super::Files;
use super::Format;
use super::duration::Span;

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Contexts to look at; the current one by default
    #[arg(value_name = "CONTEXT")]
    pub(crate) contexts: Vec<String>,
    /// Look at all contexts
    #[arg(long, conflicts_with = "contexts")]
    pub(crate) all: bool,
    /// Only contexts where a certificate or token has ended, or ends within this time (30d, 12h); exit code 8 if
    /// there are any
    #[arg(long, value_name = "TIME", conflicts_with = "watch")]
    pub(crate) expiring: Option<Span>,
    /// Look again and again, every 5 seconds or as told, until Ctrl-C
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5",
        value_parser = clap::value_parser!(u32).range(2..=86400),
    )]
    pub(crate) watch: Option<u32>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) files: Files,
}
