//! The functions kubectl adds, and Go's own that make texts, with a bound.

use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use gotmpl::{FuncMap, Result, TemplateError, Value, ValueFunc};

use super::limits;

/// The functions of `text/template` (Go `text/template/funcs.go`).
pub(super) const BUILT_IN: [&str; 19] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
    "print", "printf", "println", "slice", "urlquery",
];

/// The functions of kubectl.
pub(super) const ADDED: [&str; 2] = ["base64decode", "exists"];

/// Those of [`BUILT_IN`] whose result may be longer than what they are given.
const MAKE_TEXTS: [&str; 6] = ["html", "js", "print", "printf", "println", "urlquery"];

/// Go's decoder takes whatever bits are left over at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// What is to be registered.
pub(super) fn all() -> FuncMap {
    let mut functions = FuncMap::new();
    functions.insert("base64decode".to_owned(), Arc::new(base64decode));
    functions.insert("exists".to_owned(), Arc::new(exists));
    for name in MAKE_TEXTS {
        functions.insert(name.to_owned(), bounded(name));
    }
    functions
}

/// The built-in function `name`, refusing texts that grow out of proportion: `print $x $x` over and
/// over doubles one each time.
///
/// gotmpl hands out its functions only to templates, so a template calls it.
fn bounded(name: &'static str) -> ValueFunc {
    Arc::new(move |arguments| {
        limits::check_texts(arguments)?;
        let places: Vec<String> = (0..arguments.len())
            .map(|place| format!("(index . {place})"))
            .collect();
        // A text has to come out as it is, and an action prints a text so.
        let text = gotmpl::execute(
            &format!("{{{{{name} {}}}}}", places.join(" ")),
            &Value::List(arguments.into()),
        )?;
        Ok(Value::String(text.into()))
    })
}

fn base64decode(arguments: &[Value]) -> Result<Value> {
    let [Value::String(text)] = arguments else {
        return Err(failure("base64decode takes one text"));
    };
    let text: String = text
        .chars()
        .filter(|char| !matches!(char, '\r' | '\n'))
        .collect();
    let bytes = BASE64.decode(text).map_err(|error| match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => {
            failure(&format!(
                "error calling base64decode: base64 decode failed: illegal base64 data at input byte {at}"
            ))
        }
        _ => failure("error calling base64decode: base64 decode failed: illegal base64 data"),
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::String(text.into())),
        Err(_) => Err(failure(
            "error calling base64decode: the decoded bytes are not UTF-8",
        )),
    }
}

/// Whether `index` with these arguments would find something (cli-runtime `printers/jsonpath.go`).
fn exists(arguments: &[Value]) -> Result<Value> {
    let Some((item, indexes)) = arguments.split_first() else {
        return Err(failure("exists takes at least one value"));
    };
    // Go asks nothing of a value without indexes, not even of nil.
    if indexes.is_empty() {
        return Ok(Value::Bool(true));
    }
    let mut found = item.clone();
    for index in indexes {
        found = match (&found, index) {
            (Value::List(_) | Value::String(_), Value::Int(place)) => {
                match (found.len(), usize::try_from(*place)) {
                    (Some(length), Ok(place)) if place < length => found.index(index)?,
                    _ => return Ok(Value::Bool(false)),
                }
            }
            (Value::Map(map), Value::String(key)) => map.get(key).cloned().unwrap_or(Value::Nil),
            _ => return Ok(Value::Bool(false)),
        };
    }
    Ok(Value::Bool(!matches!(found, Value::Nil)))
}

/// An error of a function; see [`super::reason`], which passes only such texts on.
fn failure(text: &str) -> TemplateError {
    TemplateError::Exec(text.to_owned())
}
