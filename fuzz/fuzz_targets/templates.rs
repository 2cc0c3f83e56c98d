//! Any text as a template over any JSON: reading and printing must not panic or run away.
//!
//! The input is a template, and behind the byte 0xff, if there is one, the JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use templates::gotemplate;
use templates::jsonpath;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == 0xff);
    let (template, json) = (parts.next().unwrap_or_default(), parts.next());
    let Ok(template) = std::str::from_utf8(template) else {
        return;
    };
    let value = match json {
        Some(json) => serde_json::from_slice(json).unwrap_or(Value::Null),
        None => serde_json::json!({
            "kind": "Config",
            "current-context": "a",
            "preferences": {},
            "n": [1, 1.5, -0.0, 1e21, u64::MAX, true, null, "x"],
            "users": null,
            "contexts": [
                {"name": "a", "context": {"cluster": "b", "user": "c"}},
                {"name": "it's", "context": {"cluster": "é\n", "user": ""}},
            ],
        }),
    };
    if let Ok(template) = jsonpath::Template::parse(template) {
        let _ = template.print(&value);
        let _ = template.print_json(&value);
        let _ = template.allow_missing_keys(false).print(&value);
    }
    if let Ok(template) = gotemplate::Template::parse(template) {
        let _ = template.print(&value);
        let _ = template.allow_missing_keys(false).print(&value);
    }
});
