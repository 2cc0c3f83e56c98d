//! KYAML, the flow style of YAML that KEP-5295 describes (`sigs.k8s.io/yaml/kyaml`).

use std::fmt::Write as _;

use crate::emit;
use crate::emit::Value;
use crate::yaml11;

pub(super) fn document(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&emit::json_number(number)),
        Value::Text(text) => string(out, text, depth + 1),
        Value::List(items) => list(out, items, depth),
        Value::Map(fields) => mapping(out, fields, depth),
    }
}

/// Collections in a list stand close together, and one value that is none keeps all apart.
fn list(out: &mut String, items: &[Value], depth: usize) {
    let is_collection = |item: &Value| matches!(item, Value::List(_) | Value::Map(_));
    if items.iter().all(is_collection) {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            write(out, item, depth);
        }
    } else {
        out.push_str("[\n");
        for item in items {
            indent(out, depth + 1);
            write(out, item, depth + 1);
            out.push_str(",\n");
        }
        indent(out, depth);
    }
    out.push(']');
}

fn mapping(out: &mut String, fields: &[(String, Value)], depth: usize) {
    if fields.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    for (name, value) in fields {
        indent(out, depth + 1);
        key(out, name);
        out.push_str(": ");
        write(out, value, depth + 1);
        out.push_str(",\n");
    }
    indent(out, depth);
    out.push('}');
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn key(out: &mut String, name: &str) {
    if is_bare(name) {
        out.push_str(name);
        return;
    }
    out.push('"');
    name.chars().for_each(|char| escape(out, char));
    out.push('"');
}

/// Texts of several lines are shown so, each line behind an escaped line break.
fn string(out: &mut String, text: &str, depth: usize) {
    out.push('"');
    let lines = text.contains('\n');
    let mut first = lines;
    if lines {
        out.push_str("\\\n");
    }
    for char in text.chars() {
        if first {
            indent(out, depth);
            // A blank counts only behind a backslash; one column more keeps the lines aligned.
            // Upstream puts one before escaped blanks too, so that a tab reads back as `\t`.
            out.push(if char == ' ' { '\\' } else { ' ' });
            first = false;
        }
        escape(out, char);
        if char == '\n' {
            out.push_str("\\\n");
            first = true;
        }
    }
    if lines {
        if !first {
            out.push_str("\\\n");
        }
        indent(out, depth);
    }
    out.push('"');
}

fn escape(out: &mut String, char: char) {
    let short = match char {
        '"' | '\\' => char,
        char if is_print(char) => {
            out.push(char);
            return;
        }
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        '\0' => '0',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        char => {
            let code = u32::from(char);
            // Writing to a string cannot fail.
            let _ = match code {
                ..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                ..0x10000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// Go's `unicode.IsPrint`: the same categories as Rust's debug output leaves alone. The first
/// character of a text is special there, so it must not be the one in question.
fn is_print(char: char) -> bool {
    if char.is_ascii() {
        return matches!(char, ' '..='~');
    }
    let mut text = String::from("x");
    text.push(char);
    text.escape_debug().nth(1) == Some(char)
}

/// Whether a key needs no quotes (`needsQuotes`).
fn is_bare(key: &str) -> bool {
    let last = key.chars().count().saturating_sub(1);
    let allowed = |(at, char): (usize, char)| {
        char.is_alphanumeric()
            || char == '_'
            || (at > 0 && at < last && matches!(char, '-' | '.' | '/'))
    };
    !is_typed(key) && key.chars().enumerate().all(allowed)
}

/// Whether some YAML reader may take a bare `key` for something else (`yamlGuessesWrong`). Texts
/// with characters that [`is_bare`] refuses anyway are not looked at.
fn is_typed(key: &str) -> bool {
    let lower = key.to_lowercase();
    let word = matches!(
        lower.as_str(),
        "" | "null" | "true" | "y" | "yes" | "on" | "false" | "n" | "no" | "off" | "t" | "f"
    );
    let digits = lower.replace('_', "");
    // Rust reads infinities and NaNs of any case, as Go does; hexadecimal it reads only whole.
    word || digits
        .parse::<f64>()
        .is_ok_and(|value| value.is_finite() || digits.contains("inf") || digits.contains("nan"))
        || is_prefixed_integer(&digits)
        || yaml11::is_date(key)
}

/// `0x1f`, `0o17`, `0b1`, and the hexadecimal floats of Go, `0x1p-2`.
fn is_prefixed_integer(text: &str) -> bool {
    let radix = match text.as_bytes() {
        [b'0', b'x', _, ..] => 16,
        [b'0', b'o', _, ..] => 8,
        [b'0', b'b', _, ..] => 2,
        _ => return false,
    };
    let digits = text.get(2..).unwrap_or_default();
    let integer = digits.starts_with(|char: char| char.is_digit(radix))
        && i64::from_str_radix(digits, radix).is_ok();
    integer || (radix == 16 && is_hexadecimal_float(digits))
}

/// Digits with at most one point, and the binary exponent that Go asks for.
fn is_hexadecimal_float(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('p') else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal(whole)
        && hexadecimal(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.parse::<i32>().is_ok()
}
