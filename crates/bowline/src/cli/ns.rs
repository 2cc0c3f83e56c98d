//! The command line of `bowline ns`.

use clap::Args;
use clap::ValueEnum;

/// What is shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline ns team-a       the namespace of this terminal, where `bowline init` is in the shell's startup file
  bowline ns tea          a part of a name, or a pattern ('*-a'), does where one namespace fits
  bowline ns -            back to the context and namespace before
  bowline ns              pick one
  bowline ns --list       those that the cluster has";

#[derive(Args, Debug)]
pub(crate) struct NsArgs {
    /// A namespace or part of its name, a pattern, or `-` for the choice before
    #[arg(value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Change the context in the kubeconfig, which other terminals see
    #[arg(short, long)]
    pub(crate) global: bool,
    /// Take the name as it is, without asking the cluster
    #[arg(long, requires = "namespace")]
    pub(crate) force: bool,
    /// List the namespaces, and change nothing
    #[arg(short, long, conflicts_with_all = ["namespace", "global"])]
    pub(crate) list: bool,
    /// How to list them
    #[arg(short, long, value_enum, requires = "list")]
    pub(crate) output: Option<NsFormat>,
}

/// How namespaces are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NsFormat {
    /// The names alone
    Name,
    /// For programs; the schema is documented
    Json,
}
