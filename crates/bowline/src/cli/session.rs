//! The command line of `bowline session`, which shells call.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Give this shell a choice of its own where it inherited another shell's
    Adopt,
    /// Bring home what is in this shell's session, and remove it: the shell ends
    End,
    /// Become a shell with a session of its own
    #[command(hide = true)]
    Become {
        /// The context
        context: String,
        /// The namespace that was chosen
        #[arg(long)]
        namespace: Option<String>,
    },
}
