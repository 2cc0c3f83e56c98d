//! Base64 as Go's `base64.StdEncoding` reads it: padding required, line breaks ignored, unused
//! bits of the last letter ignored. The error is Go's: the offset into the encoded text.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Encodes bytes with padding, on one line.
pub fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Decodes a text.
///
/// # Errors
/// The offset of the first byte that does not belong there, as Go counts it.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    // One line is what everybody writes; the rest is rare enough for the slow way.
    match ENGINE.decode(text) {
        Ok(bytes) => Ok(bytes),
        Err(_) => decode_like_go(text.as_bytes()),
    }
}

/// `encoding/base64`, `decodeQuantum`, byte by byte.
fn decode_like_go(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut quantum = [0_u8; 4];
    let mut filled = 0;
    let mut letters = text
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\n' | b'\r'));
    while let Some((at, byte)) = letters.next() {
        if let Some(value) = value(byte) {
            quantum[filled] = value;
            filled += 1;
            if filled == 4 {
                out.extend_from_slice(&[
                    quantum[0] << 2 | quantum[1] >> 4,
                    quantum[1] << 4 | quantum[2] >> 2,
                    quantum[2] << 6 | quantum[3],
                ]);
                filled = 0;
            }
            continue;
        }
        if byte != b'=' || filled < 2 {
            return Err(at);
        }
        if filled == 2 {
            match letters.next() {
                None => return Err(text.len()),
                Some((_, b'=')) => {}
                // Go points one before the letter that is not the second `=`.
                Some((at, _)) => return Err(at - 1),
            }
        }
        if let Some((at, _)) = letters.next() {
            return Err(at);
        }
        out.push(quantum[0] << 2 | quantum[1] >> 4);
        if filled == 3 {
            out.push(quantum[1] << 4 | quantum[2] >> 2);
        }
        return Ok(out);
    }
    if filled == 0 {
        Ok(out)
    } else {
        Err(text.len() - filled)
    }
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn reads_what_go_reads() {
        assert_eq!(decode("Q0VSVA=="), Ok(b"CERT".to_vec()));
        assert_eq!(decode("Q0VS\r\nVA==\n"), Ok(b"CERT".to_vec()));
        assert_eq!(decode("Q0VSVB=="), Ok(b"CERT".to_vec()));
        assert_eq!(decode("\n"), Ok(vec![]));
    }

    #[test]
    fn refuses_with_gos_offset() {
        assert_eq!(decode("Q0VSVA"), Err(4));
        assert_eq!(decode("Q0VSVA="), Err(7));
        assert_eq!(decode("Q0VS VA=="), Err(4));
        assert_eq!(decode("Q0-S"), Err(2));
        assert_eq!(decode("Q0VSVA==Q0VS"), Err(8));
        assert_eq!(decode("="), Err(0));
    }
}
