//! Any text as a bearer token: reading its end never fails, and what is read is a time that a calendar has.
//!
//! The input is also taken for the payload of a token that is well formed otherwise.

#![no_main]

use identity::jwt;
use libfuzzer_sys::fuzz_target;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding (RFC 4648 §5), written here so that it shares nothing with what is tested.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = chunk.iter().chain(std::iter::repeat(&0)).take(3);
        let bits = three.fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..=chunk.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let wrapped = format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", encode(input));
    for token in [&*text, &wrapped] {
        if let Some(end) = jwt::expires(token) {
            assert!((0..=253_402_300_799).contains(&end));
        }
    }
    // A number that every reader takes for the same.
    if let Some(number) = input.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)) {
        let payload = format!("{{\"exp\":{number}}}");
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.", encode(payload.as_bytes()));
        assert_eq!(jwt::expires(&token), Some(i64::from(number)));
    }
});
