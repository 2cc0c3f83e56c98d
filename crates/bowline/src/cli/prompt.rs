//! The command line of `bowline prompt`.

use clap::Args;

use crate::shells::Shell;

/// What is shown below the help.
pub(crate) const EXAMPLES: &str = r#"In a TEMPLATE: {context}, {namespace}, {:namespace} (with a colon, and nothing for `default`), {!} (`!` if protected)

Examples:
  bash      PROMPT_COMMAND='PS1="$(bowline prompt --shell bash) \w \$ "'
  zsh       setopt prompt_subst; PROMPT='$(bowline prompt --shell zsh) %~ %# '
  fish      function fish_right_prompt; bowline prompt; end
  starship  [custom.bowline] with command = "bowline prompt" and when = true
  bowline prompt --format '({!}{context}/{namespace}) '"#;

#[derive(Args, Debug)]
pub(crate) struct PromptArgs {
    /// What to print, instead of `{!}{context}{:namespace}`
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) format: Option<String>,
    /// Print nothing that this shell would expand in a prompt
    #[arg(long, value_enum)]
    pub(crate) shell: Option<Shell>,
    /// Say on standard error why nothing is printed, and where it comes from
    #[arg(long)]
    pub(crate) debug: bool,
}
