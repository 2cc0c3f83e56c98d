//! Finds kubectl, and never bowline itself under another name.

use std::path::Path;
use std::path::PathBuf;

use crate::environment::find_program;
use crate::environment::is_program;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;

/// How many bowlines may stand in front of one kubectl: plugins call `k` again, wrappers may, but a kubectl
/// that is a script around bowline would go on for ever.
const MOST_NESTED: u32 = 8;
/// Carries the count to programs that are started.
const NESTED: &str = "BOWLINE_NESTED";

/// The value of [`NESTED`] for the program that is about to run.
///
/// # Errors
/// [`CommandError`] when a kubectl seems to be a wrapper around bowline.
pub(crate) fn nested() -> Result<(&'static str, String), CommandError> {
    let depth = variable(NESTED)
        .and_then(|depth| depth.to_str()?.parse::<u32>().ok())
        .unwrap_or(0);
    if depth >= MOST_NESTED {
        let message = "kubectl seems to be a wrapper that runs bowline again: set BOWLINE_KUBECTL to the real one";
        return Err(CommandError::new(exit::NO_KUBECTL, message));
    }
    Ok((NESTED, (depth + 1).to_string()))
}

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
