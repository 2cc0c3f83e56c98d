//! Output for programs, which may end up on a terminal all the same.

use std::borrow::Cow;
use std::fmt::Write as _;

use kubeconfig::redact::escape;
use serde_json::Value;

/// A value as JSON.
pub(crate) fn json(value: &Value) -> String {
    inert(&format!("{value:#}\n"))
}

/// The same on one line.
pub(crate) fn json_line(value: &Value) -> String {
    inert(&format!("{value}\n"))
}

/// The same as YAML.
pub(crate) fn yaml(value: &Value) -> String {
    inert(&super::yaml::yaml(value))
}

/// The text with every character that acts on a terminal escaped, except line breaks and tabs.
///
/// JSON and YAML leave some of them as they are (C1 controls, directions of writing); they stand in quotes,
/// where both know this escape.
pub(crate) fn inert(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    for char in text.chars() {
        let acts = matches!(escape(char.encode_utf8(&mut [0; 4])), Cow::Owned(_));
        if matches!(char, '\n' | '\t') || !acts {
            inert.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = write!(inert, "\\u{unit:04x}");
        }
    }
    inert
}
