//! The command line of `bowline protect`.

use clap::Args;

use super::Files;
use super::Format;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline protect 'prod*'                             ask before anything that changes something there
  bowline protect prod --commands delete,drain --refuse
  bowline protect --lift prod 5m                      for five minutes; 0 ends it
  bowline protect --remove 'prod*'
  k --yes delete pod x                                agree without being asked

Only `k` asks: kubectl itself, helm, k9s and every other program are not held back.";

#[derive(Args, Debug)]
pub(crate) struct ProtectArgs {
    /// The contexts: a name, or a pattern with `*`, `?` and `[…]`; without one, what is protected is listed
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// The dangerous commands of kubectl (`delete`, `rollout restart`, a plugin's name, patterns of them); by default
    /// all that change something
    #[arg(
        long,
        value_name = "COMMAND",
        value_delimiter = ',',
        requires = "pattern"
    )]
    pub(crate) commands: Vec<String>,
    /// Refuse them, instead of asking
    #[arg(long, requires = "pattern")]
    pub(crate) refuse: bool,
    /// Protect these contexts no longer
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["pattern", "lift"])]
    pub(crate) remove: Option<String>,
    /// Lift the protection of a pattern or of one context for a while, 24h at most; 0 ends that
    #[arg(long, num_args = 2, value_names = ["PATTERN|CONTEXT", "TIME"], conflicts_with = "pattern", allow_hyphen_values = true)]
    pub(crate) lift: Option<Vec<String>>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) files: Files,
}
