//! Writing scalars and entries.
//!
//! Follows go-yaml v2's emitter (`emitterc.go`, `encode.go`), so that a file written here from
//! nothing is the file that kubectl writes. Not followed: folding at 80 columns and `|` blocks,
//! which no usual value meets; double quotes take their place.

mod entry;
mod scalar;

pub(crate) use entry::cluster;
pub(crate) use entry::context;
pub(crate) use entry::skeleton;
pub(crate) use entry::user;
pub(crate) use scalar::rewrite;
pub(crate) use scalar::scalar;

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

/// Writes a field of a block mapping as lines.
pub(crate) fn block_field(name: &str, value: &Value, indent: &str, quoted: bool) -> Vec<String> {
    let key = if quoted {
        scalar::double(name, false)
    } else {
        scalar(name, Notation::Block)
    };
    let mut lines = Vec::new();
    block_entry(&mut lines, &key, value, indent.to_owned(), 2);
    if quoted && let (Value::Text(text), Some(line)) = (value, lines.first_mut()) {
        *line = format!("{indent}{key}: {}", scalar::double(text, false));
    }
    lines
}

/// Writes an item of a block list as lines.
pub(crate) fn block_item(item: &Value, layout: &Layout) -> Vec<String> {
    let mut lines = Vec::new();
    block_list_item(&mut lines, item, &layout.indent, layout.dash, layout.step);
    lines
}

fn block_entry(lines: &mut Vec<String>, key: &str, value: &Value, indent: String, step: usize) {
    match value {
        Value::List(items) if !items.is_empty() => {
            lines.push(format!("{indent}{key}:"));
            for item in items {
                block_list_item(lines, item, &indent, 2, step);
            }
        }
        Value::Map(fields) if !fields.is_empty() => {
            lines.push(format!("{indent}{key}:"));
            let indent = indent + &" ".repeat(step);
            for (key, value) in fields {
                let key = scalar(key, Notation::Block);
                block_entry(lines, &key, value, indent.clone(), step);
            }
        }
        value => lines.push(format!("{indent}{key}: {}", flow(value, Notation::Block))),
    }
}

fn block_list_item(lines: &mut Vec<String>, item: &Value, indent: &str, dash: usize, step: usize) {
    let Value::Map(fields) = item else {
        lines.push(format!("{indent}- {}", flow(item, Notation::Block)));
        return;
    };
    let first = lines.len();
    let inner = format!("{indent}{}", " ".repeat(dash));
    for (key, value) in fields {
        block_entry(
            lines,
            &scalar(key, Notation::Block),
            value,
            inner.clone(),
            step,
        );
    }
    if let Some(line) = lines.get_mut(first) {
        let rest = line.get(inner.len()..).unwrap_or_default();
        *line = format!("{indent}-{}{rest}", " ".repeat(dash.saturating_sub(1)));
    }
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
        Value::Number(value) => value.to_string(),
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
