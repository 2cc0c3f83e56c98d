//! Who else may read a file, and whether it may be run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::finding::Mend;
use crate::failure::argument;

/// The file's mode, where others than its owner may read or write it.
pub(super) fn exposed(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("its mode is {mode:04o}"))
}

/// What makes a file private.
pub(super) fn make_private(path: &Path) -> Mend {
    Mend::here(format!("chmod 600 {}", argument(&path.to_string_lossy())))
}

/// What makes a file readable to us.
pub(super) fn make_readable(path: &Path) -> Mend {
    let name = argument(&path.to_string_lossy());
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o400 == 0 => {
            Mend::here(format!("chmod u+r {name}"))
        }
        Ok(meta) if meta.is_file() => Mend::here(format!("sudo chown \"$(id -u)\" {name}")),
        _ => Mend::hand(format!(
            "put a kubeconfig in the place of {name}, or take it out of KUBECONFIG"
        )),
    }
}

pub(super) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// What makes a file a program.
pub(super) fn make_executable(path: &Path) -> Mend {
    Mend::here(format!("chmod +x {}", argument(&path.to_string_lossy())))
}

/// Sets KUBECONFIG.
pub(super) fn set_list(list: &str) -> Mend {
    Mend::here(format!("export KUBECONFIG={}", argument(list)))
}

/// Sets the clock of this machine.
pub(super) fn set_clock() -> Mend {
    Mend::here(if cfg!(target_os = "macos") {
        "sudo sntp -sS time.apple.com"
    } else {
        "sudo timedatectl set-ntp true"
    })
}
