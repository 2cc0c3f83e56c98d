//! Values of any shape, as `sigs.k8s.io/yaml` turns them into JSON (`convertToJSONableObject`).

use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

use crate::emit;
use crate::error::ParseError;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Scalar;
use crate::tree::View;
use crate::yaml11;
use crate::yaml11::Typed;

/// Decodes a value. The tree bounds its depth, and its size after all aliases.
pub(super) fn value(view: View<'_>, id: NodeId) -> Result<Value, ParseError> {
    let node = view.resolved(id);
    match &view.node(node).kind {
        Kind::Sequence { items, .. } => items
            .iter()
            .map(|item| value(view, *item))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        Kind::Mapping { .. } => {
            let mut map = Map::new();
            for field in view.fields(node)? {
                map.insert(field.name.into_owned(), value(view, field.value)?);
            }
            Ok(Value::Object(map))
        }
        _ => match view.scalar(node) {
            Some(Scalar::Null) | None => Ok(Value::Null),
            Some(Scalar::Bool(value)) => Ok(Value::Bool(value)),
            Some(Scalar::Text(text)) => Ok(Value::String(text.into_owned())),
            Some(Scalar::Number) => {
                Ok(number(view.raw(node).unwrap_or_default()).map_or(Value::Null, Value::Number))
            }
        },
    }
}

/// A whole number is one however it is spelt: Go's JSON has `1000` for `1e3`.
fn number(plain: &str) -> Option<Number> {
    match yaml11::resolve(plain) {
        Typed::Int(value) => i64::try_from(value)
            .map(Number::from)
            .or_else(|_| u64::try_from(value).map(Number::from))
            .ok(),
        Typed::Float(value) => Number::from_f64(value).map(|number| {
            let text = emit::json_number(&number);
            match (text.parse::<i64>(), text.parse::<u64>()) {
                (Ok(value), _) => value.into(),
                (_, Ok(value)) => value.into(),
                _ => number,
            }
        }),
        _ => None,
    }
}
