//! The command line of `bowline use`.

use clap::Args;

/// What is shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline use dev             this terminal, where `bowline init` is in the shell's startup file
  bowline use prd-eu          part of a name, a pattern ('*-eu'), an alias or a label do where one context fits
  bowline use dev -n team-a   with another namespace than the kubeconfig has
  bowline use -               back to the context and namespace before
  bowline use --global dev    the kubeconfig's current context, for everything without a choice of its own
  bowline use --end           this terminal follows the kubeconfig again";

#[derive(Args, Debug)]
pub(crate) struct UseArgs {
    /// A context's name or part of it, a pattern, an alias, a label (`label:eu`), or `-` for the one before
    pub(crate) context: Option<String>,
    /// The namespace to work in, instead of the kubeconfig's
    #[arg(short, long)]
    pub(crate) namespace: Option<String>,
    /// Change the kubeconfig's current context, which other terminals see
    #[arg(short, long)]
    pub(crate) global: bool,
    /// Give up this terminal's own choice
    #[arg(long, conflicts_with_all = ["context", "namespace", "global"])]
    pub(crate) end: bool,
}
