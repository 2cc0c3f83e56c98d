//! Changes one value of `config.toml` to one that depends on what stands there: of two programs that add to a
//! list at once, neither loses what the other added.

use std::path::Path;

use store::Outcome;
use store::Store;
use store::UpdateError;

use super::Settings;
use super::edit::ChangeError;
use super::edit::edited;

/// Sets the value at a path of keys to what `value` makes of the settings under the lock, or removes it; `false`
/// when it was so already.
///
/// # Errors
/// [`UpdateError`]: the file cannot be changed ([`ChangeError`]), or not be written.
pub fn update(
    store: &Store,
    file: &Path,
    summary: &str,
    keys: &[&str],
    value: impl Fn(&Settings) -> Option<toml::Value>,
) -> Result<bool, UpdateError<ChangeError>> {
    let outcome = store.update(file, summary, |before| {
        let text = before.map(std::str::from_utf8).transpose();
        let text = text.map_err(|_| ChangeError::NotText)?.unwrap_or_default();
        let value = value(&Settings::parse(text)?);
        let after = edited(before, keys, value.as_ref())?;
        Ok::<_, ChangeError>(after.map(String::into_bytes))
    })?;
    Ok(outcome != Outcome::Unchanged)
}

/// A list of texts as a value; none for an empty list.
pub fn list(items: Vec<String>) -> Option<toml::Value> {
    let items: Vec<_> = items.into_iter().map(toml::Value::String).collect();
    (!items.is_empty()).then_some(toml::Value::Array(items))
}
