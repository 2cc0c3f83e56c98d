//! The arguments of `env`.

use clap::Args;
use clap::ValueEnum;

const EXAMPLES: &str = "\
Examples:
  eval \"$(bowline env)\"              bash, zsh and other POSIX shells
  bowline env --shell=fish | source
  KUBECONFIG=\"$(bowline env --shell=plain)\" helm list";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EnvArgs {
    /// Whose syntax to write; by default that of the shell in SHELL, on Windows PowerShell's
    #[arg(long, value_enum)]
    pub(crate) shell: Option<Syntax>,
}

/// How the assignment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Syntax {
    /// Also other POSIX shells
    Bash,
    Zsh,
    Fish,
    Powershell,
    Nushell,
    Elvish,
    /// The value alone
    Plain,
    /// The value and its files, for programs
    Json,
}
