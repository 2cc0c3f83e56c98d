//! JSON as Go's `encoding/json` writes it: keys sorted, `<`, `>`, `&`, U+2028 and U+2029 escaped,
//! every number a `float64`.

use gotext::number;
use serde_json::{Map, Value};

/// Appends `value` without any blank (`json.Marshal`).
pub(crate) fn compact(out: &mut Vec<u8>, value: &Value) {
    write(out, value, None);
}

/// Appends `value` with four blanks for each level, the first line not indented, as if `level` deep
/// (`json.MarshalIndent`).
pub(crate) fn indented(out: &mut Vec<u8>, value: &Value, level: usize) {
    write(out, value, Some(level));
}

/// A line break and the indentation of `level`.
pub(crate) fn line(out: &mut Vec<u8>, level: usize) {
    out.push(b'\n');
    out.resize(out.len() + 4 * level, b' ');
}

/// Appends a text that may not be UTF-8.
pub(crate) fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' => out.extend(b"\\\""),
                '\\' => out.extend(b"\\\\"),
                '\u{8}' => out.extend(b"\\b"),
                '\u{c}' => out.extend(b"\\f"),
                '\n' => out.extend(b"\\n"),
                '\r' => out.extend(b"\\r"),
                '\t' => out.extend(b"\\t"),
                '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    out.extend(format!("\\u{:04x}", u32::from(char)).as_bytes());
                }
                _ => out.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for _ in chunk.invalid() {
            out.extend(b"\\ufffd");
        }
    }
    out.push(b'"');
}

/// The entries of a map in the order of their keys' bytes.
pub(crate) fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    // serde_json may keep the order of the file, if anything in the program asks it to.
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn write(out: &mut Vec<u8>, value: &Value, level: Option<usize>) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(value) => out.extend(value.to_string().as_bytes()),
        Value::Number(number) => {
            out.extend(number::json(number.as_f64().unwrap_or_default()).as_bytes());
        }
        Value::String(value) => text(out, value.as_bytes()),
        Value::Array(items) => write_list(
            out,
            items.iter(),
            (b'[', b']'),
            level,
            |out, item, level| {
                write(out, item, level);
            },
        ),
        Value::Object(map) => write_list(
            out,
            sorted(map).into_iter(),
            (b'{', b'}'),
            level,
            |out, (key, value), level| {
                text(out, key.as_bytes());
                out.push(b':');
                if level.is_some() {
                    out.push(b' ');
                }
                write(out, value, level);
            },
        ),
    }
}

fn write_list<T>(
    out: &mut Vec<u8>,
    items: impl ExactSizeIterator<Item = T>,
    (open, close): (u8, u8),
    level: Option<usize>,
    item: impl Fn(&mut Vec<u8>, T, Option<usize>),
) {
    let empty = items.len() == 0;
    out.push(open);
    let inside = level.map(|level| level + 1);
    for (index, value) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if let Some(inside) = inside {
            line(out, inside);
        }
        item(out, value, inside);
    }
    if let Some(level) = level.filter(|_| !empty) {
        line(out, level);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn as_go_marshals() {
        let value = json!({"b": [1, {}, []], "a<": "\u{1}\u{7f}\u{8}\n&\u{2028}é", "c": {"d": null, "e": 1e6, "f": true}});
        let (mut compact, mut indented) = (Vec::new(), Vec::new());
        super::compact(&mut compact, &value);
        super::indented(&mut indented, &value, 0);
        assert_eq!(
            String::from_utf8(compact).unwrap(),
            "{\"a\\u003c\":\"\\u0001\u{7f}\\b\\n\\u0026\\u2028é\",\"b\":[1,{},[]],\"c\":{\"d\":null,\"e\":1000000,\"f\":true}}"
        );
        insta::assert_snapshot!(String::from_utf8(indented).unwrap().replace('\u{7f}', "DEL"), @r#"
        {
            "a\u003c": "\u0001DEL\b\n\u0026\u2028é",
            "b": [
                1,
                {},
                []
            ],
            "c": {
                "d": null,
                "e": 1000000,
                "f": true
            }
        }
        "#);
    }

    #[test]
    fn what_is_not_utf8_is_replaced_byte_by_byte() {
        let mut out = Vec::new();
        super::text(&mut out, b"a\xe9\x80b\xff");
        assert_eq!(out, br#""a\ufffd\ufffdb\ufffd""#);
    }
}
