//! A terminal that lost its choice has none, whatever stands in the files behind.

use operations::kubeconfigs::KubeconfigError;
use operations::session;

use crate::commands::session::sweep;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::kubectl::arguments::Arguments;

/// Whether kubectl may go on with the current context.
///
/// # Errors
/// [`KubeconfigError::SessionGone`] where this terminal's own is gone.
pub(super) fn check(environment: &Environment, read: &Arguments) -> Result<(), CommandError> {
    if read.offline || read.context.is_some() || read.kubeconfig.is_some() {
        return Ok(());
    }
    let paths = environment.kubeconfig_paths(None).unwrap_or_default();
    if !session::is_lost(&paths) {
        return Ok(());
    }
    // Of a plugin it is not known what it needs; what needs a context fails at the guard.
    sweep();
    if read.runs_plugin {
        return Ok(());
    }
    Err(KubeconfigError::SessionGone.into())
}
