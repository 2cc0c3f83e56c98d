//! The object in a request: JSON, or the envelope of protobuf that typed clients of newer kubectls send.

use serde_json::{Value, json};

use super::Call;
use crate::status::Failure;

/// What precedes every protobuf object (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
const MAGIC: &[u8] = b"k8s\0";

/// The object that the client sent. Of a protobuf one only `metadata.name`, which is all that is
/// needed here.
pub(super) fn object(call: &Call<'_>) -> Result<Value, Failure> {
    if let Some(envelope) = call.body.strip_prefix(MAGIC) {
        let name = field(envelope, 2)
            .and_then(|object| field(object, 1))
            .and_then(|metadata| field(metadata, 1))
            .and_then(|name| std::str::from_utf8(name).ok())
            .unwrap_or_default();
        return Ok(json!({"metadata": {"name": name}}));
    }
    serde_json::from_slice(&call.body).map_err(|error| {
        Failure::bad_request(format!("the object provided is unrecognized: {error}"))
    })
}

/// The content of the first length-delimited field of that number.
fn field(mut message: &[u8], number: u64) -> Option<&[u8]> {
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let content = match key & 7 {
            0 => {
                varint(&mut message)?;
                continue;
            }
            1 => take(&mut message, 8)?,
            2 => {
                let length = varint(&mut message)?;
                take(&mut message, usize::try_from(length).ok()?)?
            }
            5 => take(&mut message, 4)?,
            _ => return None,
        };
        if key == number << 3 | 2 {
            return Some(content);
        }
    }
    None
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
    fn a_name_is_found_in_protobuf_and_garbage_is_not() {
        // Unknown { raw: Namespace { metadata: ObjectMeta { name: "demo" } } }, a varint before it.
        let envelope = b"\x08\x96\x01\x12\x08\x0a\x06\x0a\x04demo";
        let name = field(envelope, 2)
            .and_then(|o| field(o, 1))
            .and_then(|m| field(m, 1));
        assert_eq!(name, Some(&b"demo"[..]));
        for cut in 0..envelope.len() {
            assert_eq!(field(&envelope[..cut], 2), None);
        }
        assert_eq!(field(&[0xff; 20], 1), None);
    }
}
