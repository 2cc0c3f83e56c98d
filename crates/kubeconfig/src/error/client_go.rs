//! The words of kubectl.

use gotext::quoted;

use super::ParseError;
use super::Problem;
use crate::redact::escape;

/// Where client-go registers its versions (`tools/clientcmd/api/latest`).
const SCHEME: &str = "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50";

impl ParseError {
    /// Returns what kubectl says behind `error loading config file "…": `, to the byte.
    ///
    /// Shorter only where kubectl goes on with content of the file: behind `in list` (the whole
    /// list of entries with their tokens), behind the type of a mapping key, in `cannot decode`
    /// (the value), for an unknown anchor where secrets stand, and for an `apiVersion` without
    /// version (the whole file).
    pub fn client_go(&self) -> String {
        match self.problem.as_ref() {
            Problem::AliasBomb => "yaml: document contains excessive aliasing".into(),
            Problem::AliasCycle { anchor } => {
                format!("yaml: anchor '{anchor}' value contains itself")
            }
            Problem::Base64 { offset, .. } => format!("illegal base64 data at input byte {offset}"),
            Problem::Binary => "yaml: !!binary value contains invalid base64 data".into(),
            Problem::ControlCharacter { .. } => "yaml: control characters are not allowed".into(),
            Problem::Depth { limit } => format!("yaml: exceeded max depth of {limit}"),
            Problem::DuplicateName { list, name } => {
                let (from, to) = match *list {
                    "clusters" => ("NamedCluster", "*api.Cluster"),
                    "users" => ("NamedAuthInfo", "*api.AuthInfo"),
                    "contexts" => ("NamedContext", "*api.Context"),
                    _ => ("NamedExtension", "runtime.Object"),
                };
                let name = escape(name);
                format!(
                    "error converting *[]{from} into *map[string]{to}: duplicate name \"{name}\" in list"
                )
            }
            Problem::Header {
                field, found, kind, ..
            } => header(field, found, kind),
            Problem::MapKey { found: "<nil>" } => {
                "unsupported map key of type: %!s(<nil>), key: <nil>".into()
            }
            Problem::MapKey { found } => format!("yaml: invalid map key: {found}"),
            Problem::Merge => {
                "yaml: map merge requires map or sequence of maps as the value".into()
            }
            Problem::NotAMapping { json, .. } => format!(
                "couldn't get version/kind; json parse error: json: cannot unmarshal {json} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
            ),
            Problem::NotJson { value } => format!("json: unsupported value: {value}"),
            Problem::NotUtf8 { reason } | Problem::NotUtf16 { reason } => format!("yaml: {reason}"),
            Problem::Syntax { message, line } => match line {
                Some(line) => format!("yaml: line {line}: {message}"),
                None => format!("yaml: {message}"),
            },
            Problem::Tag { found, due } => format!("yaml: cannot decode {found} as a {due}"),
            // kubectl has no such limit, and needs gigabytes of memory.
            Problem::TooLarge => "the file is too large".into(),
            Problem::UnknownAnchor { name: Some(name) } => {
                format!("yaml: unknown anchor '{name}' referenced")
            }
            Problem::UnknownAnchor { name: None } => "yaml: unknown anchor referenced".into(),
            Problem::WrongType { found, go, .. } => {
                let found = json_type(found);
                // The header is read first, on its own.
                let header = go.starts_with("struct field .");
                let prefix = if header {
                    "couldn't get version/kind; json parse error: "
                } else {
                    ""
                };
                format!("{prefix}json: cannot unmarshal {found} into Go {go}")
            }
        }
    }
}

fn header(field: &str, found: &str, kind: &str) -> String {
    let version = match found {
        _ if field == "kind" => "v1",
        found if found.matches('/').count() > 1 => {
            return format!("unexpected GroupVersion string: {}", escape(found));
        }
        found if found.ends_with('/') => return "Object 'apiVersion' is missing".into(),
        found => found.strip_prefix('/').unwrap_or(found),
    };
    format!(
        "no kind {} is registered for version {} in scheme \"{SCHEME}\"",
        quoted(kind),
        quoted(version)
    )
}

fn json_type(found: &str) -> &'static str {
    match found {
        "a boolean" => "bool",
        "a number" => "number",
        "a string" => "string",
        "a list" => "array",
        _ => "object",
    }
}
