//! Printing a whole kubeconfig exactly as `kubectl config view --raw` does.
//!
//! Everything here **reveals every secret**, on purpose: what is not to be seen must be taken out
//! before, with [`crate::redact::hide`]. The form is that of kubectl 1.34 and later, which leaves
//! out `preferences` when they are empty. Lists are sorted by name, and empty ones are null.
//!
//! kubectl fails on DEL, C1 controls and U+FFFE, and turns U+0085 into a blank; here they are
//! escaped. The key `<<` is quoted, where kubectl writes what it cannot read back.

mod json;
mod kyaml;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::emit;
use crate::emit::Value;

/// Returns `config` as `-o yaml` prints it.
pub fn yaml(config: &Config) -> String {
    emit::document(emit::config(config))
}

/// Returns `config` as `-o json` prints it.
pub fn json(config: &Config) -> String {
    json::pretty(&emit::config(config))
}

/// Returns `config` as `-o kyaml` of kubectl 1.34 and later prints it.
pub fn kyaml(config: &Config) -> String {
    kyaml::document(&emit::config(config))
}

/// Returns the object that `JSONPath` and Go templates see.
pub fn value(config: &Config) -> serde_json::Value {
    plain(emit::config(config))
}

/// Returns what kubectl writes to a file that did not exist.
///
/// That is [`yaml`], except that U+2028 and U+2029 are escaped: YAML 1.1 and 1.2 read them
/// differently.
pub fn new_file(config: &Config) -> String {
    emit::file(emit::config(config))
}

fn plain(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Number(value) => serde_json::Value::Number(value),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(plain).collect(),
        Value::Map(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, plain(value)))
            .collect(),
    }
}
