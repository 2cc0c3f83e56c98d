//! The command line of `bowline shell`.

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct ShellArgs {
    /// The context, as `bowline use` takes it; by default the one that is chosen now
    pub(crate) context: Option<String>,
    /// The namespace to work in, instead of the kubeconfig's
    #[arg(short, long)]
    pub(crate) namespace: Option<String>,
}
