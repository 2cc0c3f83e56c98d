//! JSON as programs print it: one value, one array, or one object a line.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// More machines than anybody has.
const MOST: usize = 1 << 16;

/// All objects of an output, whichever of the three forms it has; a byte order mark is passed over.
///
/// # Errors
/// A text that says what it was not: `what` is the command. Objects of another shape fail too, unless some
/// have the right one.
pub(crate) fn objects<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<Vec<T>, String> {
    let other = || format!("its output is not the JSON of `{what}`");
    let text = machines::wsl::text(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut objects = Vec::new();
    let mut strange = false;
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let values = match value.map_err(|_| other())? {
            Value::Array(values) => values,
            Value::Null => Vec::new(),
            value => vec![value],
        };
        for value in values {
            match serde_json::from_value(value) {
                Ok(object) if objects.len() < MOST => objects.push(object),
                Ok(_) => {}
                Err(_) => strange = true,
            }
        }
    }
    if objects.is_empty() && strange {
        return Err(other());
    }
    Ok(objects)
}
