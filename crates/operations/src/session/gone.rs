//! What a session that has ended leaves behind, and nobody needs: its memory, and the locks of both.
//!
//! Only for those whose name is never used again, because it is that of a process that is gone, or of a run.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use store::Store;

use super::place::Sessions;

/// Removes all that is left of a session that has ended.
pub fn bury(store: &Store, sessions: &Sessions, file: &Path) {
    let memory = sessions.memory(file);
    // Nobody holds it any more.
    let lock = kubectls_lock(file);
    for litter in [memory.as_path(), lock.as_path()] {
        // It may not be there, and is no reason to fail.
        let _ = fs::remove_file(litter);
    }
    store.retire(file);
    store.retire(&memory);
    if let Ok(Some(alone)) = store.alone(&lock_of(file), Duration::ZERO) {
        alone.retire();
    }
}

/// kubectl's own lock of a session.
pub(super) fn kubectls_lock(file: &Path) -> PathBuf {
    let mut lock = file.as_os_str().to_owned();
    lock.push(".lock");
    PathBuf::from(lock)
}

/// The name of the lock under which a session ends.
pub(super) fn lock_of(session: &Path) -> String {
    let name = session.file_name().unwrap_or_default();
    format!("session{}", name.to_string_lossy())
}
