//! The object in a request: JSON, or the protobuf that typed clients of newer kubectls send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Call, Resource};
use crate::status::Failure;

/// What precedes every protobuf object (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
const MAGIC: &[u8] = b"k8s\0";

/// What a field of a message holds.
enum Kind {
    Text,
    /// Base64 in JSON.
    Bytes,
    Number,
    Message(&'static [Field]),
}

/// A field of a message: its number, its name in JSON, whether it is repeated, what it holds.
struct Field(u64, &'static str, bool, Kind);

// The fields that are understood here, as the `generated.proto` of each API group numbers them.

const METADATA: Field = Field(
    1,
    "metadata",
    false,
    Kind::Message(&[
        Field(1, "name", false, Kind::Text),
        Field(3, "namespace", false, Kind::Text),
        Field(5, "uid", false, Kind::Text),
        Field(6, "resourceVersion", false, Kind::Text),
    ]),
);

const NAMED: &[Field] = &[METADATA];

const CERTIFICATE_SIGNING_REQUEST: &[Field] = &[
    METADATA,
    Field(
        2,
        "spec",
        false,
        Kind::Message(&[
            Field(1, "request", false, Kind::Bytes),
            Field(5, "usages", true, Kind::Text),
            Field(7, "signerName", false, Kind::Text),
            Field(8, "expirationSeconds", false, Kind::Number),
        ]),
    ),
    Field(
        3,
        "status",
        false,
        Kind::Message(&[Field(
            1,
            "conditions",
            true,
            Kind::Message(&[
                Field(1, "type", false, Kind::Text),
                Field(2, "reason", false, Kind::Text),
                Field(3, "message", false, Kind::Text),
                Field(6, "status", false, Kind::Text),
            ]),
        )]),
    ),
];

const BINDING: &[Field] = &[
    METADATA,
    Field(
        2,
        "subjects",
        true,
        Kind::Message(&[
            Field(1, "kind", false, Kind::Text),
            Field(2, "apiGroup", false, Kind::Text),
            Field(3, "name", false, Kind::Text),
            Field(4, "namespace", false, Kind::Text),
        ]),
    ),
    Field(
        3,
        "roleRef",
        false,
        Kind::Message(&[
            Field(1, "apiGroup", false, Kind::Text),
            Field(2, "kind", false, Kind::Text),
            Field(3, "name", false, Kind::Text),
        ]),
    ),
];

const ACCESS_REVIEW: &[Field] = &[Field(
    2,
    "spec",
    false,
    Kind::Message(&[
        Field(
            1,
            "resourceAttributes",
            false,
            Kind::Message(&[
                Field(1, "namespace", false, Kind::Text),
                Field(2, "verb", false, Kind::Text),
                Field(3, "group", false, Kind::Text),
                Field(4, "version", false, Kind::Text),
                Field(5, "resource", false, Kind::Text),
                Field(6, "subresource", false, Kind::Text),
                Field(7, "name", false, Kind::Text),
            ]),
        ),
        Field(
            2,
            "nonResourceAttributes",
            false,
            Kind::Message(&[
                Field(1, "path", false, Kind::Text),
                Field(2, "verb", false, Kind::Text),
            ]),
        ),
    ]),
)];

fn fields(resource: &str) -> &'static [Field] {
    match resource {
        "certificatesigningrequests" => CERTIFICATE_SIGNING_REQUEST,
        "clusterrolebindings" | "rolebindings" => BINDING,
        "selfsubjectaccessreviews" => ACCESS_REVIEW,
        _ => NAMED,
    }
}

/// The object that the client sent.
pub(super) fn object(call: &Call<'_>, resource: &Resource<'_>) -> Result<Value, Failure> {
    let unrecognized =
        |why: &str| Failure::bad_request(format!("the object provided is unrecognized: {why}"));
    if let Some(envelope) = call.body.strip_prefix(MAGIC) {
        const UNKNOWN: &[Field] = &[Field(2, "raw", false, Kind::Bytes)];
        let damaged = || unrecognized("damaged protobuf");
        let envelope = message(envelope, UNKNOWN).ok_or_else(damaged)?;
        let raw = STANDARD
            .decode(envelope["raw"].as_str().unwrap_or_default())
            .map_err(|_| damaged())?;
        return message(&raw, fields(resource.resource)).ok_or_else(damaged);
    }
    serde_json::from_slice(&call.body).map_err(|error| unrecognized(&error.to_string()))
}

/// The known fields of a message; `None` where the bytes are none.
fn message(bytes: &[u8], fields: &[Field]) -> Option<Value> {
    let mut found = Map::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let field = fields.iter().find(|field| field.0 == key >> 3);
        let value = match (key & 7, field.map(|field| &field.3)) {
            (0, kind) => {
                let number = varint(&mut rest)?;
                matches!(kind, Some(Kind::Number)).then(|| json!(number))
            }
            (1, _) => {
                take(&mut rest, 8)?;
                None
            }
            (2, kind) => {
                let length = varint(&mut rest)?;
                let content = take(&mut rest, usize::try_from(length).ok()?)?;
                match kind {
                    Some(Kind::Text) => Some(json!(std::str::from_utf8(content).ok()?)),
                    Some(Kind::Bytes) => Some(json!(STANDARD.encode(content))),
                    Some(Kind::Message(fields)) => Some(message(content, fields)?),
                    Some(Kind::Number) | None => None,
                }
            }
            (5, _) => {
                take(&mut rest, 4)?;
                None
            }
            _ => return None,
        };
        let (Some(value), Some(Field(_, name, repeated, _))) = (value, field) else {
            continue;
        };
        if !repeated {
            found.insert((*name).to_owned(), value);
        } else if let Some(list) = found
            .entry(*name)
            .or_insert_with(|| json!([]))
            .as_array_mut()
        {
            list.push(value);
        }
    }
    Some(Value::Object(found))
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_protobuf_and_garbage_is_not() {
        // ClusterRoleBinding { metadata { name: "b" }, subjects: [{ kind: "User", name: "u" }, {}] }, and
        // fields of every wire type that nobody asked for.
        let bytes = b"\x0a\x03\x0a\x01b\x12\x09\x0a\x04User\x1a\x01u\x12\x00\
            \x48\x96\x01\x49\0\0\0\0\0\0\0\0\x4d\0\0\0\0\x4a\x01x";
        let expected = json!({
            "metadata": {"name": "b"},
            "subjects": [{"kind": "User", "name": "u"}, {}],
        });
        assert_eq!(message(bytes, BINDING), Some(expected));
        assert_eq!(message(b"\x0a\x03\x0a\x01", BINDING), None);
        assert_eq!(message(b"\x0a\x05\x0a\x01b", BINDING), None);
        assert_eq!(message(&[0xff; 20], BINDING), None);
    }
}
