//! `%YAML` and `%TAG`.

use super::Result;
use super::scanner::Scanner;
use super::token::Kind;

impl<'t> Scanner<'t> {
    pub(super) fn scan_directive(&mut self) -> Result<()> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let from = self.cursor.mark.offset;
        while self.cursor.word() {
            self.cursor.skip();
        }
        let name = self.cursor.since(from);
        if name.is_empty() {
            return self.error("could not find expected directive name");
        }
        if !self.cursor.blank_or_end(0) {
            return self.error("found unexpected non-alphabetical character");
        }
        let kind = match name {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return self.error("found unknown directive name"),
        };
        self.push(kind, start);
        self.cursor.skip_comment();
        if !self.cursor.line_break_or_end() {
            return self.error("did not find expected comment or line break");
        }
        self.cursor.skip_line();
        Ok(())
    }

    fn scan_version(&mut self) -> Result<Kind<'t>> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if !self.cursor.at(b'.') {
            return self.error("did not find expected digit or '.' character");
        }
        self.cursor.skip();
        let minor = self.scan_version_number()?;
        Ok(Kind::Version { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8> {
        let (mut value, mut length) = (0, 0);
        while let digit @ b'0'..=b'9' = self.cursor.peek(0) {
            length += 1;
            if length > 2 {
                return self.error("found extremely long version number");
            }
            value = value * 10 + (digit - b'0');
            self.cursor.skip();
        }
        if length == 0 {
            return self.error("did not find expected version number");
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self) -> Result<Kind<'t>> {
        self.skip_blanks();
        let handle = self.scan_tag_handle(true)?;
        if !self.cursor.blank() {
            return self.error("did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.scan_tag_uri("")?;
        if !self.cursor.blank_or_end(0) {
            return self.error("did not find expected whitespace or line break");
        }
        Ok(Kind::TagDirective { handle, prefix })
    }

    fn skip_blanks(&mut self) {
        while self.cursor.blank() {
            self.cursor.skip();
        }
    }
}
