//! JSON values as YAML, in block style. Strings that could be read as anything else are quoted as in JSON,
//! which every YAML reader understands.

use std::fmt::Write as _;

use serde_json::Value;

/// Formats a value as a YAML document.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (i, (key, value)) in fields.iter().enumerate() {
                if i > 0 {
                    pad(text, indent);
                }
                let _ = write!(text, "{}:", scalar(key));
                nested(text, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    pad(text, indent);
                }
                text.push_str("- ");
                block(text, item, indent + 2);
            }
        }
        Value::String(string) => {
            let _ = writeln!(text, "{}", scalar(string));
        }
        other => {
            let _ = writeln!(text, "{other}");
        }
    }
}

fn nested(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            pad(text, indent + 2);
            block(text, value, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            pad(text, indent);
            block(text, value, indent);
        }
        _ => {
            text.push(' ');
            block(text, value, indent);
        }
    }
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Plain where no reader of YAML 1.1 or 1.2 can take it for a number, a boolean, a date or syntax.
fn scalar(string: &str) -> String {
    let letters = string
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b));
    let starts = string
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'/');
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if letters && starts && !words.contains(&string.to_ascii_lowercase().as_str()) {
        return string.to_owned();
    }
    Value::from(string).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_blocks_and_quotes_what_is_ambiguous() {
        let value = json!({
            "contexts": [{"name": "a b", "on": "yes", "n": 1, "empty": [], "none": null}, "x"],
            "deep": {"list": [[1, 2]], "text": "1:30"},
        });
        insta::assert_snapshot!(yaml(&value), @r#"
        contexts:
        - empty: []
          "n": 1
          name: "a b"
          none: null
          "on": "yes"
        - x
        deep:
          list:
          - - 1
            - 2
          text: "1:30"
        "#);
    }
}
