//! Changes one value of `config.toml` on disk, as one line of the history.

use std::path::Path;

use store::Outcome;
use store::Store;
use store::UpdateError;

use super::edit::ChangeError;
use super::edit::edited;

/// Sets a value at a path of keys, or removes it; `false` when it was so already.
///
/// # Errors
/// [`UpdateError`]: the file cannot be changed ([`ChangeError`]), or not be written.
pub fn change(
    store: &Store,
    file: &Path,
    summary: &str,
    keys: &[&str],
    value: Option<&toml::Value>,
) -> Result<bool, UpdateError<ChangeError>> {
    let outcome = store.update(file, summary, |before| {
        let after = edited(before, keys, value)?;
        Ok::<_, ChangeError>(after.map(String::into_bytes))
    })?;
    Ok(outcome != Outcome::Unchanged)
}
