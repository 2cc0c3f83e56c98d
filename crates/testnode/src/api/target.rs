//! What a request is about (`RequestInfo` of k8s.io/apiserver).

use std::borrow::Cow;

use http::Method;
use serde_json::{Value, json};

/// What a request is about.
pub(crate) enum Target<'a> {
    /// An API resource.
    Resource(Resource<'a>),
    /// Any other path.
    Other(&'a str),
}

/// A resource as a path and a query name it.
#[expect(
    clippy::struct_field_names,
    reason = "RBAC and discovery call it `resource`"
)]
pub(crate) struct Resource<'a> {
    /// Empty for the core group.
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) resource: &'a str,
    /// A namespace is in itself.
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) subresource: Option<&'a str>,
    query: &'a str,
}

impl<'a> Target<'a> {
    pub(crate) fn of(path: &'a str, query: &'a str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (group, version) = match (parts.next(), parts.next(), parts.clone().next()) {
            (Some("api"), Some(version), Some(_)) => ("", version),
            (Some("apis"), Some(group), Some(version)) => {
                parts.next();
                (group, version)
            }
            _ => return Self::Other(path),
        };
        let rest: Vec<_> = parts.collect();
        let (namespace, rest) = match rest.as_slice() {
            [] => return Self::Other(path),
            ["namespaces", name, kind, rest @ ..] if !["status", "finalize"].contains(kind) => {
                (Some(*name), [&[*kind], rest].concat())
            }
            ["namespaces", name, ..] => (Some(*name), rest),
            _ => (None, rest),
        };
        Self::Resource(Resource {
            group,
            version,
            // Not empty: see the first arm above.
            resource: rest.first().copied().unwrap_or_default(),
            namespace,
            name: rest.get(1).copied(),
            subresource: rest.get(2).copied(),
            query,
        })
    }
}

impl Resource<'_> {
    /// The decoded value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key) == name).then(|| decode(value).into_owned())
        })
    }

    /// Whether a flag of the query is on, as Go's `strconv.ParseBool` reads it.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| {
            matches!(value.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True")
        })
    }

    /// The verb of RBAC.
    pub(crate) fn verb(&self, method: &Method) -> Cow<'static, str> {
        match method.as_str() {
            "GET" | "HEAD" if self.name.is_some() => "get".into(),
            "GET" | "HEAD" if self.flag("watch") => "watch".into(),
            "GET" | "HEAD" => "list".into(),
            "POST" => "create".into(),
            "PUT" => "update".into(),
            "DELETE" if self.name.is_none() => "deletecollection".into(),
            other => other.to_ascii_lowercase().into(),
        }
    }

    /// `apiVersion` of its objects.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The resource with its subresource, as RBAC names it.
    pub(crate) fn with_subresource(&self) -> Cow<'_, str> {
        match self.subresource {
            Some(part) => format!("{}/{part}", self.resource).into(),
            None => self.resource.into(),
        }
    }

    /// The resource with its group, as error texts name it.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }

    /// `details` of a `Status`.
    pub(crate) fn details(&self) -> Value {
        let mut details = json!({"kind": self.resource});
        if let Some(name) = self.name {
            details["name"] = json!(name);
        }
        if !self.group.is_empty() {
            details["group"] = json!(self.group);
        }
        details
    }
}

/// Undoes the encoding of a query's part; what is not encoded properly stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        return Cow::Owned(decode_path(&text.replace('+', " ")).into_owned());
    }
    decode_path(text)
}

/// Undoes percent encoding; what is not encoded properly stays as it is.
pub(crate) fn decode_path(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let hex = |byte: u8| char::from(byte).to_digit(16);
        let pair = (ahead.next().and_then(hex), ahead.next().and_then(hex));
        match (byte, pair) {
            (b'%', (Some(high), Some(low))) => {
                // Two hexadecimal digits are at most 255.
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<(String, &str, Option<&str>, Option<&str>)> {
        match Target::of(path, "") {
            Target::Resource(r) => Some((r.api_version(), r.resource, r.namespace, r.name)),
            Target::Other(_) => None,
        }
    }

    #[test]
    fn paths_are_read_as_the_api_server_reads_them() {
        let v1 = || "v1".to_owned();
        assert_eq!(
            read("/api/v1/namespaces"),
            Some((v1(), "namespaces", None, None))
        );
        assert_eq!(
            read("/api/v1/namespaces/demo"),
            Some((v1(), "namespaces", Some("demo"), Some("demo")))
        );
        assert_eq!(
            read("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"),
            Some((
                "discovery.k8s.io/v1".to_owned(),
                "endpointslices",
                Some("default"),
                Some("kubernetes")
            ))
        );
        for other in [
            "/",
            "/version",
            "/api",
            "/api/v1",
            "/api/v1/",
            "/apis",
            "/apis/apps/v1",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        assert_eq!(decode("metadata.name%3Ddemo+x"), "metadata.name=demo x");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz"), "%zz");
    }
}
