//! What kubectl's `-o jsonpath=…`, `-o jsonpath-as-json=…` and `-o go-template=…` print.
//!
//! Text in, text out, over a [`serde_json::Value`]. Nothing here reads files or the environment, and
//! no template, however odd, panics, recurses without bound or runs for ever.
//!
//! Errors say what kubectl says first. kubectl then prints the whole object, with every secret in it;
//! nothing here does.

mod gojson;
pub mod gotemplate;
pub mod jsonpath;
