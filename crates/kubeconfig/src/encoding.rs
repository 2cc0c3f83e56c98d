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
enum Encoding {
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

impl Source {
    pub(crate) fn decode(bytes: Vec<u8>) -> Result<Self, ParseError> {
        let source = if bytes.starts_with(BOM_UTF16_LE) {
            Self::wide(Encoding::Utf16Le, bytes, u16::from_le_bytes)?
        } else if bytes.starts_with(BOM_UTF16_BE) {
            Self::wide(Encoding::Utf16Be, bytes, u16::from_be_bytes)?
        } else {
            let encoding = if bytes.starts_with(BOM_UTF8) {
                Encoding::Utf8Bom
            } else {
                Encoding::Utf8
            };
            let text = String::from_utf8(bytes).map_err(|error| {
                let good = error.utf8_error().valid_up_to();
                let bytes = Zeroizing::new(error.into_bytes());
                let text = String::from_utf8_lossy(bytes.get(..good).unwrap_or_default());
                located(&text, text.len(), Problem::NotUtf8)
            })?;
            Self {
                encoding,
                text: Zeroizing::new(text),
                wide: Zeroizing::default(),
            }
        };
        check_characters(source.text())?;
        Ok(source)
    }

    fn wide(
        encoding: Encoding,
        bytes: Vec<u8>,
        unit: fn([u8; 2]) -> u16,
    ) -> Result<Self, ParseError> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
        for char in char::decode_utf16(pairs.iter().skip(1).map(|pair| unit(*pair))) {
            match char {
                Ok(char) => text.push(char),
                Err(_) => return Err(located(&text, text.len(), Problem::NotUtf16)),
            }
        }
        if !rest.is_empty() {
            return Err(located(&text, text.len(), Problem::NotUtf16));
        }
        Ok(Self {
            encoding,
            text,
            wide: Zeroizing::new(bytes),
        })
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

/// The printable set of go-yaml v2 (`readerc.go`, "control characters are not allowed"). NEL, LS
/// and PS are line breaks to it and text to the parser below: refused, so that nothing can mean
/// one thing here and another to kubectl.
fn check_characters(text: &str) -> Result<(), ParseError> {
    let bytes = text.as_bytes();
    // Nearly every file is plain ASCII: look at the rest character by character only then.
    let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    let Some(first) = bytes.iter().position(|byte| !plain(byte)) else {
        return Ok(());
    };
    for (offset, char) in text.get(first..).unwrap_or_default().char_indices() {
        let code = u32::from(char);
        let problem = match char {
            '\t' | '\n' | '\r' | ' '..='~' => continue,
            '\u{85}' | '\u{2028}' | '\u{2029}' => Problem::LineSeparator { code },
            '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => {
                continue;
            }
            _ => Problem::ControlCharacter { code },
        };
        return Err(located(text, first + offset, problem));
    }
    Ok(())
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
