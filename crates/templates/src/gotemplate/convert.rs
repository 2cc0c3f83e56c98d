//! A JSON value as kubectl gives it to a template.

use std::sync::Arc;

use gotmpl::Value;

/// Numbers that fit are integers, others `float64` (apimachinery `util/json`).
pub(super) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::String(text.as_str().into()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => Value::Map(Arc::new(
            map.iter()
                .map(|(key, item)| (key.as_str().into(), value(item)))
                .collect(),
        )),
    }
}

/// gotmpl prints no exponent before 1e21, nor from 1e-4 down; only a text prints as kubectl does.
fn float(number: f64) -> Value {
    let value = Value::Float(number);
    let text = gotext::number::general(number);
    if value.to_string() == text {
        value
    } else {
        Value::String(text.into())
    }
}
