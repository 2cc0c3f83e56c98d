//! Finds kubectl, and never bowline itself under another name.

use std::cell::Cell;
use std::path::Path;
use std::path::PathBuf;

use super::file::is_copy;
use super::file::is_same;
use crate::environment::is_program;
use crate::environment::programs_on_path;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;

/// How many bowlines may stand in front of one kubectl: plugins call `k` again, wrappers may, but a kubectl
/// that is a script around bowline would go on for ever.
const MOST_NESTED: u32 = 8;
/// More kubectls are not looked at.
const MOST: usize = 16;
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

/// The kubectl to become, as far as only its place counts.
pub(crate) fn find() -> Result<PathBuf, CommandError> {
    let first = find_all()?.into_iter().next();
    first.ok_or_else(missing)
}

/// All kubectls here that may be run, none twice, in the order in which they are preferred: the one that
/// `BOWLINE_KUBECTL` names, and no other; else those on PATH, MicroK8s' on Windows, the snap, and the one in
/// MicroK8s' snap (not `microk8s kubectl`, which takes ten times as long, needs a group, and overrides KUBECONFIG:
/// canonical/microk8s `microk8s-resources/wrappers/microk8s-kubectl.wrapper`).
pub(crate) fn find_all() -> Result<Vec<PathBuf>, CommandError> {
    let own = std::env::current_exe().ok();
    let is_own = |path: &Path| {
        own.as_deref()
            .is_some_and(|own| is_same(own, path) || is_copy(own, path))
    };
    if let Some(named) = variable("BOWLINE_KUBECTL").map(PathBuf::from) {
        if is_own(&named) || !is_program(&named) {
            let message = format!(
                "BOWLINE_KUBECTL={}: not a kubectl that can be run",
                named.display()
            );
            return Err(CommandError::new(exit::NO_KUBECTL, message));
        }
        return Ok(vec![named]);
    }
    let is_wsl = variable("WSL_DISTRO_NAME").is_some();
    let any = Cell::new(false);
    let on_path = programs_on_path("kubectl", |folder| {
        // Each look there takes a millisecond.
        !(is_wsl && any.get() && is_windows_drive(folder))
    });
    let mut all: Vec<PathBuf> = Vec::new();
    for path in on_path.chain(fixed_places().into_iter().filter(|path| is_program(path))) {
        if all.len() >= MOST || (!all.is_empty() && is_foreign(&path)) {
            continue;
        }
        if !is_own(&path) && !all.iter().any(|known| is_same(known, &path)) {
            all.push(path);
            any.set(true);
        }
    }
    if all.is_empty() {
        return Err(missing());
    }
    Ok(all)
}

/// `/mnt/c/…`
fn is_windows_drive(folder: &Path) -> bool {
    let below = folder.strip_prefix("/mnt").ok();
    let drive = below.and_then(|below| below.components().next());
    drive.is_some_and(|drive| drive.as_os_str().len() == 1)
}

fn missing() -> CommandError {
    let message = "kubectl is not on PATH: install it (https://kubernetes.io/docs/tasks/tools/), or set BOWLINE_KUBECTL to its path";
    CommandError::new(exit::NO_KUBECTL, message)
}

/// Where kubectls are that are not on everybody's PATH.
fn fixed_places() -> Vec<PathBuf> {
    if cfg!(windows) {
        let local = variable("LOCALAPPDATA").map(PathBuf::from);
        let local = local.filter(|local| local.is_absolute());
        return local
            .map(|local| local.join("MicroK8s").join("kubectl.exe"))
            .into_iter()
            .collect();
    }
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    ["/snap/bin/kubectl", "/snap/microk8s/current/kubectl"]
        .map(PathBuf::from)
        .to_vec()
}

/// Whether a program is Windows', seen from WSL: it reads other files, and is used only where there is no other.
fn is_foreign(path: &Path) -> bool {
    !cfg!(windows) && path.extension().is_some_and(|extension| extension == "exe")
}
