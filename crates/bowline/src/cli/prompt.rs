//! The command line of `bowline prompt`.

use clap::Args;
use clap::ValueEnum;

/// What is shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline prompt --shell bash              in ~/.bashrc: PS1='$(bowline prompt --shell bash) '\"$PS1\"
  bowline prompt --format '{context}'      the context alone
  bowline prompt --debug                   why nothing is printed";

#[derive(Args, Debug)]
pub(crate) struct PromptArgs {
    /// What to print: {context}, {namespace}, and {!}, which is `!` where `bowline protect` guards the context
    #[arg(long, default_value = "{context}:{namespace}{!}")]
    pub(crate) format: String,
    /// Escape what this shell would expand in a prompt
    #[arg(long, value_enum)]
    pub(crate) shell: Option<PromptShell>,
    /// Say on standard error why nothing is printed
    #[arg(long)]
    pub(crate) debug: bool,
}

/// Shells that expand what a prompt contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PromptShell {
    Bash,
    Zsh,
}
