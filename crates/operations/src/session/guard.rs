//! The guard: it makes kubectl fail where a session file has vanished.

use std::fs;

use serde_json::json;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::name::GUARD_CONTEXT;
use super::place::Sessions;

/// Sees to it that the guard is there.
///
/// # Errors
/// What keeps it from being written.
pub fn post(store: &Store, sessions: &Sessions) -> Result<(), StoreError> {
    let guard = sessions.guard();
    let wanted = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": GUARD_CONTEXT,
    });
    let wanted = wanted.to_string().into_bytes();
    if fs::read(guard).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let written = store.replace_private(guard, Durability::Cached, |_| {
        Ok::<_, StoreError>(Some(wanted.clone()))
    });
    match written {
        Ok(_) => {}
        Err(UpdateError::Change(error) | UpdateError::Store(error)) => return Err(error),
    }
    // Nothing writes into it by mistake. Where that cannot be had, it is a guard all the same.
    if let Ok(found) = fs::metadata(guard) {
        let mut permissions = found.permissions();
        permissions.set_readonly(true);
        let _ = fs::set_permissions(guard, permissions);
    }
    Ok(())
}
