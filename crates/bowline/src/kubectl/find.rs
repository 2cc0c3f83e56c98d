//! Finds kubectl, and never bowline itself under another name.

use std::path::Path;
use std::path::PathBuf;

use crate::environment::find_program;
use crate::environment::is_program;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;

/// The kubectl to become: `BOWLINE_KUBECTL`, else the first on PATH that is not this program.
pub(crate) fn find() -> Result<PathBuf, CommandError> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    let is_own = |path: &Path| own.is_some() && std::fs::canonicalize(path).ok() == own;
    if let Some(named) = variable("BOWLINE_KUBECTL").map(PathBuf::from) {
        if is_own(&named) || !is_program(&named) {
            let message = format!(
                "BOWLINE_KUBECTL={}: not a kubectl that can be run",
                named.display()
            );
            return Err(CommandError::new(exit::NO_KUBECTL, message));
        }
        return Ok(named);
    }
    find_program("kubectl", |path| !is_own(path)).ok_or_else(|| {
        let message = "kubectl is not on PATH: install it (https://kubernetes.io/docs/tasks/tools/), or set BOWLINE_KUBECTL to its path";
        CommandError::new(exit::NO_KUBECTL, message)
    })
}
