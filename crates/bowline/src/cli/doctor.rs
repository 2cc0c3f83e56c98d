//! The arguments of `bowline doctor`.

use clap::Args;

use super::Files;
use super::Format;

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Contexts to diagnose; the current one by default
    #[arg(value_name = "CONTEXT")]
    pub(crate) contexts: Vec<String>,
    /// Diagnose all contexts
    #[arg(long, conflicts_with = "contexts")]
    pub(crate) all: bool,
    /// Run the command that mends the first broken rung, where it is bowline's own, and look again
    #[arg(long)]
    pub(crate) fix: bool,
    /// Run exec plugins, to see whether the credential that they print is accepted
    #[arg(long)]
    pub(crate) run_plugins: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) files: Files,
}
