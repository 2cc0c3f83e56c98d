//! Changes one value of `config.toml` on disk, as one line of the history.

use std::path::Path;

use store::Outcome;
use store::Store;
use store::UpdateError;

use super::Settings;
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
    update(store, file, summary, keys, |_| value.cloned())
}

/// The same with what `value` makes of the settings under the lock: nothing that another program wrote is lost.
///
/// # Errors
/// As for [`change`].
pub fn update(
    store: &Store,
    file: &Path,
    summary: &str,
    keys: &[&str],
    value: impl Fn(&Settings) -> Option<toml::Value>,
) -> Result<bool, UpdateError<ChangeError>> {
    rewrite(store, file, summary, |before| {
        let text = before.map(std::str::from_utf8).transpose();
        let text = text.map_err(|_| ChangeError::NotText)?.unwrap_or_default();
        let value = value(&Settings::parse(text)?);
        edited(before, keys, value.as_ref())
    })
}

/// Several changes at once: `edit` makes the new text of the file's content, or none where nothing changes.
///
/// # Errors
/// As for [`change`].
pub fn rewrite(
    store: &Store,
    file: &Path,
    summary: &str,
    edit: impl Fn(Option<&[u8]>) -> Result<Option<String>, ChangeError>,
) -> Result<bool, UpdateError<ChangeError>> {
    let outcome = store.update(file, summary, |before| {
        Ok::<_, ChangeError>(edit(before)?.map(String::into_bytes))
    })?;
    Ok(outcome != Outcome::Unchanged)
}

/// A list of texts as a value; none for an empty list.
pub fn list(items: Vec<String>) -> Option<toml::Value> {
    let items: Vec<_> = items.into_iter().map(toml::Value::String).collect();
    (!items.is_empty()).then_some(toml::Value::Array(items))
}
