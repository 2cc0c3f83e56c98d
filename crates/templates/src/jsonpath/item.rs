//! What an expression finds.

use gotext::number;
use serde_json::Value;

use super::MAXIMAL_OUTPUT;
use crate::gojson;

/// A part of the document, or what the template itself says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    /// Go's invalid value: what `@` is in a `range` that met a null or nothing.
    Nothing,
    Value(&'a Value),
    Text(&'a [u8]),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A byte of a text, which `*` takes apart.
    Byte(u8),
}

impl<'a> Item<'a> {
    /// The bytes of a text.
    pub(super) fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Value(Value::String(text)) => Some(text.as_bytes()),
            _ => None,
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self, Self::Value(Value::Null))
    }

    /// Go's name of its type.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Nothing | Self::Value(Value::Null) => "<nil>",
            Self::Value(Value::Bool(_)) | Self::Bool(_) => "bool",
            Self::Value(Value::Number(_)) | Self::Float(_) => "float64",
            Self::Value(Value::String(_)) | Self::Text(_) => "string",
            Self::Value(Value::Array(_)) => "[]interface {}",
            Self::Value(Value::Object(_)) => "map[string]interface {}",
            Self::Int(_) => "int",
            Self::Byte(_) => "uint8",
        }
    }

    /// The members of a list, a map (by key) or a text.
    pub(super) fn members(self) -> Vec<Item<'a>> {
        match self {
            Self::Value(Value::Array(items)) => items.iter().map(Item::Value).collect(),
            Self::Value(Value::Object(map)) => gojson::sorted(map)
                .into_iter()
                .map(|(_, value)| Item::Value(value))
                .collect(),
            _ => {
                let text = self.text().unwrap_or_default();
                text.iter().map(|&byte| Item::Byte(byte)).collect()
            }
        }
    }

    /// Appends the text of one result (client-go `PrintResults`).
    pub(super) fn print(self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => out.extend(b"<no value>"),
            Self::Text(text) => out.extend(text),
            Self::Value(Value::String(text)) => out.extend(text.as_bytes()),
            Self::Value(Value::Number(number)) => {
                out.extend(number::general(number.as_f64().unwrap_or_default()).as_bytes());
            }
            Self::Value(value) => gojson::compact(out, value),
            Self::Float(number) => out.extend(number::general(number).as_bytes()),
            Self::Int(number) => out.extend(number.to_string().as_bytes()),
            Self::Bool(truth) => out.extend(truth.to_string().as_bytes()),
            Self::Byte(byte) => out.extend(byte.to_string().as_bytes()),
        }
    }
}

/// Appends results as an indented JSON array and a line break.
pub(super) fn print_json(out: &mut Vec<u8>, results: &[Item<'_>]) {
    out.push(b'[');
    for (index, item) in results.iter().enumerate() {
        if out.len() > MAXIMAL_OUTPUT {
            break;
        }
        if index > 0 {
            out.push(b',');
        }
        gojson::line(out, 1);
        match *item {
            Item::Nothing => out.extend(b"null"),
            Item::Text(text) => gojson::text(out, text),
            Item::Value(value) => gojson::indented(out, value, 1),
            Item::Float(number) => out.extend(number::json(number).as_bytes()),
            Item::Int(_) | Item::Bool(_) | Item::Byte(_) => item.print(out),
        }
    }
    if !results.is_empty() {
        gojson::line(out, 0);
    }
    out.extend(b"]\n");
}
