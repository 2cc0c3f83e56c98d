//! Anchors, aliases and tags.

use super::Mark;
use super::Result;
use super::SyntaxError;
use super::scanner::Scanner;
use super::token::Kind;

impl<'t> Scanner<'t> {
    /// `&name` or `*name`.
    pub(super) fn scan_anchor(&mut self, kind: fn(&'t str) -> Kind<'t>) -> Result<()> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let from = self.cursor.mark.offset;
        while self.cursor.word() {
            self.cursor.skip();
        }
        let name = self.cursor.since(from);
        let ends = self.cursor.blank_or_end(0)
            || matches!(
                self.cursor.peek(0),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ends {
            return self.error("did not find expected alphabetic or numeric character");
        }
        self.push(kind(name), start);
        Ok(())
    }

    /// `!`, `!suffix`, `!handle!suffix` or `!<whole>`.
    pub(super) fn scan_tag(&mut self) -> Result<()> {
        let start = self.cursor.mark;
        let (handle, suffix);
        if self.cursor.peek(1) == b'<' {
            self.cursor.skip_many(2);
            handle = "";
            suffix = self.scan_tag_uri("")?;
            if !self.cursor.at(b'>') {
                return self.error("did not find the expected '>'");
            }
            self.cursor.skip();
        } else {
            let found = self.scan_tag_handle(false)?;
            if found.len() > 1 && found.ends_with('!') {
                handle = found;
                suffix = self.scan_tag_uri("")?;
            } else {
                let rest = self.scan_tag_uri(found)?;
                (handle, suffix) = if rest.is_empty() {
                    ("", "!".to_owned())
                } else {
                    ("!", rest)
                };
            }
        }
        if !self.cursor.blank_or_end(0) {
            return self.error("did not find expected whitespace or line break");
        }
        self.push(Kind::Tag { handle, suffix }, start);
        Ok(())
    }

    pub(super) fn scan_tag_handle(&mut self, directive: bool) -> Result<&'t str> {
        if !self.cursor.at(b'!') {
            return self.error("did not find expected '!'");
        }
        let start = self.cursor.mark.offset;
        self.cursor.skip();
        while self.cursor.word() {
            self.cursor.skip();
        }
        if self.cursor.at(b'!') {
            self.cursor.skip();
        } else if directive && self.cursor.since(start) != "!" {
            return self.error("did not find expected '!'");
        }
        Ok(self.cursor.since(start))
    }

    /// The rest of a tag, of which `head` has been read already.
    pub(super) fn scan_tag_uri(&mut self, head: &str) -> Result<String> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let from = self.cursor.mark;
        loop {
            match self.cursor.peek(0) {
                b'%' => self.scan_uri_escapes(&mut uri)?,
                byte @ (b';'
                | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
                | b'_'
                | b'-'
                | b'0'..=b'9'
                | b'A'..=b'Z'
                | b'a'..=b'z') => {
                    uri.push(byte);
                    self.cursor.skip();
                }
                _ => break,
            }
        }
        if head.is_empty() && self.cursor.mark == from {
            return self.error("did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// All octets of one character, each written `%XX`.
    fn scan_uri_escapes(&mut self, uri: &mut Vec<u8>) -> Result<()> {
        let mut left = None;
        while left != Some(0) {
            let (Some(high), Some(low)) = (hex(self.cursor.peek(1)), hex(self.cursor.peek(2)))
            else {
                return self.error("did not find URI escaped octet");
            };
            if !self.cursor.at(b'%') {
                return self.error("did not find URI escaped octet");
            }
            let octet = high << 4 | low;
            left = Some(match (left, octet) {
                (None, 0x00..=0x7f) => 0,
                (None, 0xc0..=0xdf) => 1,
                (None, 0xe0..=0xef) => 2,
                (None, 0xf0..=0xf7) => 3,
                (None, _) => return self.error("found an incorrect leading UTF-8 octet"),
                (Some(left), 0x80..=0xbf) => left - 1,
                (Some(_), _) => return self.error("found an incorrect trailing UTF-8 octet"),
            });
            uri.push(octet);
            self.cursor.skip_many(3);
        }
        Ok(())
    }

    pub(super) fn error<T>(&self, message: &'static str) -> Result<T> {
        SyntaxError::scanner(self.cursor.mark, message)
    }

    pub(super) fn error_at<T>(mark: Mark, message: &'static str) -> Result<T> {
        SyntaxError::scanner(mark, message)
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
