//! Writing scalars and entries.
//!
//! Follows go-yaml v2's emitter (`emitterc.go`, `encode.go`), so that a file written here from
//! nothing is the file that kubectl writes. Flow style and a scalar put in the place of another
//! stay on one line, which go-yaml would fold.

mod block;
mod entry;
mod number;
mod order;
mod scalar;
mod style;

pub(crate) use entry::config;
pub(crate) use entry::skeleton;
pub(crate) use number::json as json_number;
pub(crate) use scalar::rewrite;
pub(crate) use scalar::scalar;

pub(crate) use self::entry::Defaults;
pub(crate) use self::style::Dialect;
use crate::config::Cluster;
use crate::config::Context;
use crate::config::Named;
use crate::config::User;

/// What is around a value that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    Block,
    /// Between `{}` or `[]`.
    Flow,
    /// The same, where keys are in double quotes.
    Json,
}

/// Something to write.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(value) => Self::Number(value.clone()),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// How list entries are indented; the default is kubectl's way.
pub(crate) struct Layout {
    /// What stands before the `-`.
    pub(crate) indent: String,
    /// From the `-` to the first key.
    pub(crate) dash: usize,
    /// From a key to the keys below it.
    pub(crate) step: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            indent: String::new(),
            dash: 2,
            step: 2,
        }
    }
}

/// A cluster as an entry of its list, with kubectl's order of keys.
pub(crate) fn cluster(named: &Named<Cluster>) -> Value {
    order::sorted(entry::cluster(named))
}

/// A context as an entry of its list, with kubectl's order of keys.
pub(crate) fn context(named: &Named<Context>) -> Value {
    order::sorted(entry::context(named))
}

/// A user as an entry of its list, with kubectl's order of keys.
pub(crate) fn user(named: &Named<User>) -> Value {
    order::sorted(entry::user(named, Defaults::Absent))
}

/// Writes a whole document exactly as kubectl prints it.
pub(crate) fn document(value: Value) -> String {
    block::document(&order::sorted(value), Dialect::Kubectl)
}

/// The same as a file that more than kubectl can read.
pub(crate) fn file(value: Value) -> String {
    block::document(&order::sorted(value), Dialect::Portable)
}

/// Writes a field of a block mapping as lines.
pub(crate) fn block_field(
    name: &str,
    value: &Value,
    indent: &str,
    quoted: bool,
    dialect: Dialect,
) -> Vec<String> {
    let field = |name: &str| {
        let fields = [(name.to_owned(), value.clone())];
        block::fields(&fields, indent.len(), 2, dialect)
    };
    if !quoted {
        return field(name);
    }
    let key = scalar::double(name, false);
    if let Value::Text(text) = value {
        return vec![format!("{indent}{key}: {}", scalar::double(text, false))];
    }
    // Any key would do that stands before its colon as it is.
    let mut lines = field("x");
    if let Some(line) = lines.first_mut() {
        line.replace_range(indent.len()..=indent.len(), &key);
    }
    lines
}

/// Writes an item of a block list as lines.
pub(crate) fn block_item(item: &Value, layout: &Layout, dialect: Dialect) -> Vec<String> {
    block::item(item, layout.indent.len(), layout.dash, layout.step, dialect)
}

/// Writes a field of a flow mapping.
pub(crate) fn flow_field(name: &str, value: &Value, notation: Notation) -> String {
    format!("{}: {}", scalar(name, notation), flow(value, notation))
}

/// Writes a value on one line.
pub(crate) fn flow(value: &Value, notation: Notation) -> String {
    let inside = if notation == Notation::Json {
        notation
    } else {
        Notation::Flow
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => number::yaml(value),
        Value::Text(text) => scalar(text, notation),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, inside)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(key, value)| flow_field(key, value, inside))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}
