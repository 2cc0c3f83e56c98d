//! Comparisons in filters (client-go `third_party/forked/golang/template/funcs.go`).

use std::cmp::Ordering;

use serde_json::Value;

use super::item::Item;

const BAD_TYPE: &str = "invalid type for comparison";
const BAD_PAIR: &str = "incompatible types for comparison";

/// What can be compared: only its own kind. A number of the document is a float, `2` in a template
/// an integer: kubectl cannot compare those (`2.0` it can).
enum Basic<'a> {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'a [u8]),
}

fn basic(item: Item<'_>) -> Result<Basic<'_>, String> {
    if let Some(text) = item.text() {
        return Ok(Basic::Text(text));
    }
    match item {
        Item::Bool(truth) | Item::Value(&Value::Bool(truth)) => Ok(Basic::Bool(truth)),
        Item::Int(number) => Ok(Basic::Integer(number)),
        Item::Byte(number) => Ok(Basic::Integer(number.into())),
        Item::Float(number) => Ok(Basic::Float(number)),
        Item::Value(Value::Number(number)) => Ok(Basic::Float(number.as_f64().unwrap_or_default())),
        _ => Err(BAD_TYPE.to_owned()),
    }
}

/// Whether `left operator right` holds, or why that cannot be said.
pub(super) fn holds(left: Item<'_>, operator: &str, right: Item<'_>) -> Result<bool, String> {
    let accepts: fn(Option<Ordering>) -> bool = match operator {
        "==" => |order| order == Some(Ordering::Equal),
        "!=" => |order| order != Some(Ordering::Equal),
        "<" => |order| order == Some(Ordering::Less),
        "<=" => |order| matches!(order, Some(Ordering::Less | Ordering::Equal)),
        // Go negates `<=` and `<`.
        ">" => |order| !matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">=" => |order| order != Some(Ordering::Less),
        _ => return Err(format!("unrecognized filter operator {operator}")),
    };
    let order = match (basic(left)?, basic(right)?) {
        (Basic::Bool(left), Basic::Bool(right)) if matches!(operator, "==" | "!=") => {
            Some(left.cmp(&right))
        }
        (Basic::Bool(_), Basic::Bool(_)) => return Err(BAD_TYPE.to_owned()),
        (Basic::Integer(left), Basic::Integer(right)) => Some(left.cmp(&right)),
        (Basic::Float(left), Basic::Float(right)) => left.partial_cmp(&right),
        (Basic::Text(left), Basic::Text(right)) => Some(left.cmp(right)),
        _ => return Err(BAD_PAIR.to_owned()),
    };
    Ok(accepts(order))
}
