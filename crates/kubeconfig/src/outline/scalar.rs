//! Scalars of one line: the spellings about which all YAML parsers agree.

use std::borrow::Cow;

use crate::yaml11;
use crate::yaml11::Typed;

/// Longer keys are none of Kubernetes' (YAML's own limit is 1024).
const MAX_KEY: usize = 253;

/// A scalar's value and the type that go-yaml v2 gives it.
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) typed: Typed,
    pub(super) plain: bool,
}

/// Reads the value that fills the rest of a line.
pub(super) fn read(written: &[u8]) -> Option<Scalar<'_>> {
    let written = printable(written)?;
    let (text, plain) = match written.as_bytes().first()? {
        b'\'' => (single_quoted(written)?, false),
        b'"' => (Cow::Borrowed(double_quoted(written)?), false),
        _ => (Cow::Borrowed(plain(written)?), true),
    };
    let typed = if plain {
        yaml11::resolve(&text)
    } else {
        Typed::Text
    };
    Some(Scalar { text, typed, plain })
}

/// A further line of a folded plain scalar, without its indentation.
pub(super) fn is_continuation(written: &[u8]) -> bool {
    printable(written).and_then(plain).is_some()
}

/// Splits `key: value` or `key:`. What stands behind the colon is returned with its blank.
pub(super) fn key(line: &[u8]) -> Option<(&str, &[u8])> {
    let (key, rest) = match line.first()? {
        quote @ (b'\'' | b'"') => {
            let inside = line.get(1..)?;
            let end = memchr::memchr(*quote, inside)?;
            let (key, rest) = inside.split_at_checked(end)?;
            if memchr::memchr(b'\\', key).is_some() {
                return None;
            }
            (key, rest.get(1..)?)
        }
        first if first.is_ascii_alphanumeric() || *first == b'_' => {
            let end = line.iter().position(|byte| !is_key_letter(*byte))?;
            line.split_at_checked(end)?
        }
        _ => return None,
    };
    if key.is_empty() || key.len() > MAX_KEY {
        return None;
    }
    let value = rest.strip_prefix(b":")?;
    matches!(value.first(), None | Some(b' ')).then_some((printable(key)?, value))
}

/// Whether a key of [`key`] is a string as it stands: `y: 1` has the key `true`.
pub(super) fn is_text_key(line: &[u8], key: &str) -> bool {
    matches!(line.first(), Some(b'\'' | b'"')) || yaml11::resolve(key) == Typed::Text
}

fn is_key_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/')
}

/// ASCII without control characters: no tab, no carriage return, nothing that a parser could
/// take for a line break or a byte order mark.
pub(super) fn printable(bytes: &[u8]) -> Option<&str> {
    all(bytes, |byte| byte.wrapping_sub(b' ') < 0x5f)
        .then(|| std::str::from_utf8(bytes).ok())
        .flatten()
}

fn plain(written: &str) -> Option<&str> {
    let bytes = written.as_bytes();
    let begins = match bytes {
        [b'-' | b':' | b'?', next, ..] => *next != b' ',
        [first, ..] => {
            first.is_ascii_alphanumeric()
                || matches!(
                    first,
                    b'/' | b'.'
                        | b'_'
                        | b'+'
                        | b'~'
                        | b'$'
                        | b'('
                        | b'<'
                        | b'='
                        | b';'
                        | b'^'
                        | b'\\'
                        | b')'
                )
        }
        [] => false,
    };
    let breaks = |at: usize| match bytes.get(at) {
        Some(b':') => matches!(bytes.get(at + 1), None | Some(b' ')),
        // A `#` at the start is no first character.
        _ => at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b' '),
    };
    let fits = begins
        && bytes.last() != Some(&b' ')
        && !memchr::memchr2_iter(b':', b'#', bytes).any(breaks);
    fits.then_some(written)
}

fn single_quoted(written: &str) -> Option<Cow<'_, str>> {
    let inside = written.strip_prefix('\'')?.strip_suffix('\'')?;
    if !inside.contains('\'') {
        return Some(Cow::Borrowed(inside));
    }
    let text = inside.replace("''", "\0");
    (!text.contains('\'')).then(|| Cow::Owned(text.replace('\0', "'")))
}

fn double_quoted(written: &str) -> Option<&str> {
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains(['"', '\\'])).then_some(inside)
}

/// Whether Go's `base64.StdEncoding` decodes a one-line value: whole quanta, the last one padded.
/// Bits that the padding leaves over are ignored there.
pub(super) fn is_data(written: &[u8]) -> bool {
    let text = match written {
        [b'"', inside @ .., b'"'] | [b'\'', inside @ .., b'\''] => inside,
        // `1234` is a number; `null` is none of this function's business.
        plain if plain.len() <= yaml11::MAX_NUMBER => {
            let text = std::str::from_utf8(plain).unwrap_or_default();
            if yaml11::resolve(text) != Typed::Text {
                return false;
            }
            plain
        }
        plain => plain,
    };
    let letters = match text {
        [letters @ .., b'=', b'='] | [letters @ .., b'='] | letters => letters,
    };
    text.len().is_multiple_of(4) && all(letters, is_base64_letter)
}

/// `/` stands before the digits, and a set bit makes capitals small.
fn is_base64_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'/') < 11 || byte == b'+'
}

/// Whether all bytes are of a class; by blocks without a branch inside, which become vector
/// instructions.
#[inline]
fn all(bytes: &[u8], class: impl Fn(u8) -> bool) -> bool {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let holds = |block: &[u8; 32]| block.iter().fold(true, |holds, byte| holds & class(*byte));
    blocks.iter().all(holds) && rest.iter().all(|byte| class(*byte))
}
