//! The commands, one file each.

pub(crate) mod add;
pub(crate) mod alias;
pub(crate) mod choose;
pub(crate) mod complete;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod dirs;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod eject;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod heal;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod k;
pub(crate) mod label;
pub(crate) mod lint;
pub(crate) mod lost;
pub(crate) mod ls;
pub(crate) mod manual;
pub(crate) mod node;
pub(crate) mod ns;
pub(crate) mod pin;
mod progress;
pub(crate) mod prompt;
pub(crate) mod protect;
pub(crate) mod session;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod tidy;
pub(crate) mod use_;

use std::future::Future;

use operations::Kubeconfigs;

use crate::error::CommandError;
use crate::output;

/// Runs a command's asynchronous part. The runtime is made here and only here, so that what needs no
/// network pays nothing for it.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    // A resolver that still hangs in the C library must not hold the program up.
    runtime.shutdown_background();
    Ok(result)
}

/// The contexts that a command is about; an empty kubeconfig is told, so that nothing printed is no riddle.
fn chosen_contexts(
    kubeconfigs: &Kubeconfigs,
    named: &[String],
    all: bool,
) -> Result<Vec<String>, CommandError> {
    let contexts = kubeconfigs.chosen_contexts(named, all)?;
    if contexts.is_empty() {
        let files = kubeconfigs.files();
        output::note(&format!(
            "{files} has no contexts: take one in with `bowline add FILE`"
        ));
    }
    Ok(contexts)
}
