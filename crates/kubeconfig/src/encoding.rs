//! Bytes to text and back.
//!
//! The same detection as go-yaml v2's reader (`readerc.go`): a byte order mark chooses UTF-16,
//! anything else is UTF-8. PowerShell 5.1 writes UTF-16 when output is redirected with `>`.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::error::ParseError;
use crate::error::Problem;

const BOM_UTF8: &[u8] = b"\xef\xbb\xbf";
const BOM_UTF16_LE: &[u8] = b"\xff\xfe";
const BOM_UTF16_BE: &[u8] = b"\xfe\xff";

/// How text is laid down in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    #[default]
    Utf8,
    Utf8Bom,
    Utf16Le,
    Utf16Be,
}

/// A file's bytes and the text in them, without the byte order mark.
#[derive(Default)]
pub(crate) struct Source {
    encoding: Encoding,
    /// The whole file when it is UTF-8, else the decoded text.
    text: Zeroizing<String>,
    /// The whole file when it is UTF-16, else empty.
    wide: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text holds every secret of the file.
        write!(
            f,
            "Source({:?}, {} bytes)",
            self.encoding,
            self.bytes().len()
        )
    }
}

/// A file that is no text, or no text that YAML may be.
pub(crate) struct Unreadable {
    pub(crate) error: ParseError,
    /// What stands before.
    pub(crate) text: Zeroizing<String>,
    /// Where in it the part begins that go-yaml reads together with what is wrong: what is wrong
    /// before, it finds first.
    pub(crate) limit: usize,
}

impl Unreadable {
    /// `text` stands before what is wrong, behind a byte order mark of `bom` bytes; `width` is
    /// how many bytes a character has in the file.
    fn new(text: &str, bom: usize, width: fn(char) -> usize, problem: Problem) -> Self {
        // go-yaml's `input_raw_buffer_size`.
        const PART: usize = 512;
        let (mut limit, mut part) = (0, bom);
        for (offset, char) in text.char_indices() {
            if part + width(char) > PART {
                (limit, part) = (offset, 0);
            }
            part += width(char);
        }
        if part == PART {
            limit = text.len();
        }
        Self {
            error: located(text, text.len(), problem),
            text: Zeroizing::new(text.to_owned()),
            limit,
        }
    }
}

impl Source {
    pub(crate) fn decode(bytes: Vec<u8>) -> Result<Self, Unreadable> {
        let source = if bytes.starts_with(BOM_UTF16_LE) {
            Self::wide(Encoding::Utf16Le, bytes, u16::from_le_bytes)?
        } else if bytes.starts_with(BOM_UTF16_BE) {
            Self::wide(Encoding::Utf16Be, bytes, u16::from_be_bytes)?
        } else {
            Self::narrow(bytes)?
        };
        source.check_characters()?;
        Ok(source)
    }

    fn narrow(bytes: Vec<u8>) -> Result<Self, Unreadable> {
        let encoding = if bytes.starts_with(BOM_UTF8) {
            Encoding::Utf8Bom
        } else {
            Encoding::Utf8
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                encoding,
                text: Zeroizing::new(text),
                wide: Zeroizing::default(),
            }),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let bytes = Zeroizing::new(error.into_bytes());
                let (good, bad) = bytes.split_at_checked(good).unwrap_or_default();
                let text = Zeroizing::new(String::from_utf8_lossy(good).into_owned());
                let source = Self {
                    encoding,
                    text,
                    wide: Zeroizing::default(),
                };
                // A character that is not allowed comes before one that is none.
                source.check_characters()?;
                let reason = not_utf8(bad);
                Err(source.unreadable(source.text(), Problem::NotUtf8 { reason }))
            }
        }
    }

    fn wide(
        encoding: Encoding,
        bytes: Vec<u8>,
        unit: fn([u8; 2]) -> u16,
    ) -> Result<Self, Unreadable> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().skip(1).map(|pair| unit(*pair)).collect();
        let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
        let mut reason = None;
        let mut read = 0;
        for char in char::decode_utf16(units.iter().copied()) {
            if let Ok(char) = char {
                text.push(char);
                read += char.len_utf16();
                continue;
            }
            reason = Some(match (units.get(read), units.get(read + 1)) {
                (Some(0xdc00..=0xdfff), _) => "unexpected low surrogate area",
                (_, None) => "incomplete UTF-16 surrogate pair",
                _ => "expected low surrogate area",
            });
            break;
        }
        if reason.is_none() && !rest.is_empty() {
            reason = Some("incomplete UTF-16 character");
        }
        let source = Self {
            encoding,
            text,
            wide: Zeroizing::new(bytes),
        };
        match reason {
            Some(reason) => {
                source.check_characters()?;
                Err(source.unreadable(source.text(), Problem::NotUtf16 { reason }))
            }
            None => Ok(source),
        }
    }

    fn unreadable(&self, before: &str, problem: Problem) -> Unreadable {
        match self.encoding {
            Encoding::Utf8 => Unreadable::new(before, 0, char::len_utf8, problem),
            Encoding::Utf8Bom => Unreadable::new(before, 3, char::len_utf8, problem),
            Encoding::Utf16Le | Encoding::Utf16Be => {
                Unreadable::new(before, 2, |char| char.len_utf16() * 2, problem)
            }
        }
    }

    /// The printable set of go-yaml v2 (`readerc.go`, "control characters are not allowed").
    fn check_characters(&self) -> Result<(), Unreadable> {
        let text = self.text();
        // Nearly every file is plain ASCII: look at the rest character by character only then.
        let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
        let Some(first) = text.as_bytes().iter().position(|byte| !plain(byte)) else {
            return Ok(());
        };
        for (offset, char) in text.get(first..).unwrap_or_default().char_indices() {
            if !matches!(char,
                '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
                | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
            {
                let code = u32::from(char);
                let before = text.get(..first + offset).unwrap_or_default();
                return Err(self.unreadable(before, Problem::ControlCharacter { code }));
            }
        }
        Ok(())
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text without a byte order mark; all spans count from its start.
    pub(crate) fn text(&self) -> &str {
        match self.encoding {
            Encoding::Utf8Bom => self.text.get(BOM_UTF8.len()..).unwrap_or_default(),
            _ => &self.text,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => self.text.as_bytes(),
            Encoding::Utf16Le | Encoding::Utf16Be => &self.wide,
        }
    }

    /// Turns splices of the text, in order and apart, into splices of the bytes.
    pub(crate) fn splices(
        &self,
        splices: Vec<(Range<usize>, String)>,
    ) -> Vec<(Range<usize>, Vec<u8>)> {
        let unit = match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => {
                let mark = self.text.len() - self.text().len();
                let bytes = |(range, text): (Range<usize>, String)| {
                    (range.start + mark..range.end + mark, text.into_bytes())
                };
                return splices.into_iter().map(bytes).collect();
            }
            Encoding::Utf16Le => u16::to_le_bytes,
            Encoding::Utf16Be => u16::to_be_bytes,
        };
        let (mut at, mut wide) = (0, BOM_UTF16_LE.len());
        let mut place = |to: usize| {
            let between = self.text.get(at..to).unwrap_or_default();
            wide += 2 * between.encode_utf16().count();
            at = to;
            wide
        };
        let bytes = |(range, text): (Range<usize>, String)| {
            let range = place(range.start)..place(range.end);
            (range, text.encode_utf16().flat_map(unit).collect())
        };
        splices.into_iter().map(bytes).collect()
    }
}

/// What go-yaml's reader says of bytes that begin with no UTF-8 (`readerc.go`).
fn not_utf8(bytes: &[u8]) -> &'static str {
    let (width, lead) = match bytes.first() {
        Some(lead @ 0xc0..=0xdf) => (2, lead & 0x1f),
        Some(lead @ 0xe0..=0xef) => (3, lead & 0x0f),
        Some(lead @ 0xf0..=0xf7) => (4, lead & 0x07),
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(trail) = bytes.get(1..width) else {
        return "incomplete UTF-8 octet sequence";
    };
    let mut value = u32::from(lead);
    for byte in trail {
        if byte & 0xc0 != 0x80 {
            return "invalid trailing UTF-8 octet";
        }
        value = value << 6 | u32::from(byte & 0x3f);
    }
    match (width, value) {
        (2, 0..0x80) | (3, 0..0x800) | (4, 0..0x1_0000) => "invalid length of a UTF-8 sequence",
        _ => "invalid Unicode character",
    }
}

/// Line and column of a byte offset; `\r\n`, `\n` and `\r` end a line.
fn located(text: &str, offset: usize, problem: Problem) -> ParseError {
    let before = text.get(..offset).unwrap_or(text);
    let mut line = 1;
    let mut start = 0;
    let bytes = before.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            line += 1;
            start = at + 1;
        }
    }
    let column = before.get(start..).map_or(0, |rest| rest.chars().count()) + 1;
    ParseError::new(line, column, problem)
}
