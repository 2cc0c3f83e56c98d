//! Who else may read a file, and whether it may be run.

use std::path::Path;

use super::finding::Mend;

/// Access control lists are not read: a profile's folder is private by default.
pub(super) fn exposed(_: &Path) -> Option<String> {
    None
}

/// What makes a file private.
pub(super) fn make_private(path: &Path) -> Mend {
    Mend::here(format!(
        "icacls \"{}\" /inheritance:r /grant:r \"%USERNAME%:F\"",
        kubeconfig::redact::escape(&path.to_string_lossy())
    ))
}

/// What makes a file readable to us.
pub(super) fn make_readable(path: &Path) -> Mend {
    Mend::here(format!(
        "icacls \"{}\" /grant \"%USERNAME%:R\"",
        kubeconfig::redact::escape(&path.to_string_lossy())
    ))
}

pub(super) fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// What makes a file a program.
pub(super) fn make_executable(_: &Path) -> Mend {
    Mend::hand("put a program in its place")
}

/// Sets KUBECONFIG.
pub(super) fn set_list(list: &str) -> Mend {
    Mend::here(format!(
        "setx KUBECONFIG \"{}\"",
        kubeconfig::redact::escape(list)
    ))
}

/// Sets the clock of this machine.
pub(super) fn set_clock() -> Mend {
    Mend::here("w32tm /resync /force")
}
