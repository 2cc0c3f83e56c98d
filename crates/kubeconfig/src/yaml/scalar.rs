//! Scalars in their four styles.

use super::Result;
use super::fold::Breaks;
use super::fold::Folded;
use super::properties::hex;
use super::scanner::Scanner;
use super::token::Kind;
use super::token::Style;

/// What a block scalar does with the line breaks at its end.
#[derive(PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl<'t> Scanner<'t> {
    /// Words without quotes, possibly over several lines.
    pub(super) fn scan_plain(&mut self) -> Result<()> {
        let start = self.cursor.mark;
        let mut end = start;
        let mut value = Folded::new(self.text, start.offset);
        let mut breaks = Breaks::default();
        let mut blanks = (start.offset, start.offset);
        loop {
            if self.document_indicator() || self.cursor.at(b'#') {
                break;
            }
            let from = self.cursor.mark.offset;
            self.skip_plain_run();
            if self.cursor.mark.offset > from {
                if breaks.leading.is_some() {
                    breaks.fold_into(&mut value);
                } else if blanks.0 != blanks.1 {
                    value.written(blanks.0, blanks.1);
                }
                blanks = (0, 0);
                value.written(from, self.cursor.mark.offset);
                end = self.cursor.mark;
            }
            if !self.cursor.blank() && !self.cursor.line_break() {
                break;
            }
            while self.cursor.blank() || self.cursor.line_break() {
                if self.cursor.line_break() {
                    breaks.push(self.cursor.skip_line());
                    continue;
                }
                if breaks.leading.is_some() {
                    if self.cursor.at(b'\t') && self.below(self.indent + 1) {
                        return self.error("found a tab character that violates indentation");
                    }
                    self.cursor.skip();
                } else {
                    let at = self.cursor.mark.offset;
                    self.cursor.skip();
                    blanks = if blanks.0 == blanks.1 {
                        (at, at + 1)
                    } else {
                        (blanks.0, at + 1)
                    };
                }
            }
            if !self.in_flow() && self.below(self.indent + 1) {
                break;
            }
        }
        let value = value.finish();
        self.push_until(
            Kind::Scalar {
                value,
                style: Style::Plain,
                from: start.offset,
            },
            start,
            end,
        );
        if breaks.leading.is_some() {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    /// Goes on until a blank, or an indicator that ends a plain scalar.
    fn skip_plain_run(&mut self) {
        while !self.cursor.blank_or_end(0) {
            match self.cursor.peek(0) {
                b':' if self.cursor.blank_or_end(1) => break,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if self.in_flow() => break,
                _ => self.cursor.skip(),
            }
        }
    }

    /// Whether the cursor is left of a column.
    fn below(&self, column: isize) -> bool {
        isize::try_from(self.cursor.mark.column).is_ok_and(|here| here < column)
    }

    fn document_indicator(&self) -> bool {
        self.cursor.document_indicator(b'-') || self.cursor.document_indicator(b'.')
    }

    /// Text in quotes.
    pub(super) fn scan_quoted(&mut self, style: Style) -> Result<()> {
        let quote = self.cursor.peek(0);
        let start = self.cursor.mark;
        self.cursor.skip();
        let mut value = Folded::new(self.text, self.cursor.mark.offset);
        let mut breaks = Breaks::default();
        loop {
            if self.document_indicator() {
                return self.error("found unexpected document indicator");
            }
            if self.cursor.end() {
                return self.error("found unexpected end of stream");
            }
            // An escaped line break joins without a space.
            let mut broken = self.scan_quoted_run(quote, &mut value)?;
            if self.cursor.at(quote) {
                break;
            }
            let from = self.cursor.mark.offset;
            let mut blanks = from;
            while self.cursor.blank() || self.cursor.line_break() {
                if self.cursor.line_break() {
                    let meaning = self.cursor.skip_line();
                    if broken && breaks.leading.is_none() {
                        breaks.leading = Some(String::new());
                    }
                    breaks.push(meaning);
                    broken = true;
                } else {
                    self.cursor.skip();
                    if !broken {
                        blanks = self.cursor.mark.offset;
                    }
                }
            }
            if broken {
                if breaks.leading.is_some() {
                    breaks.fold_into(&mut value);
                }
            } else if blanks > from {
                value.written(from, blanks);
            }
        }
        self.cursor.skip();
        let value = value.finish();
        self.push(
            Kind::Scalar {
                value,
                style,
                from: start.offset,
            },
            start,
        );
        Ok(())
    }

    /// Everything up to a blank or the closing quote; true behind an escaped line break.
    fn scan_quoted_run(&mut self, quote: u8, value: &mut Folded<'t>) -> Result<bool> {
        let mut from = self.cursor.mark.offset;
        while !self.cursor.blank_or_end(0) {
            let byte = self.cursor.peek(0);
            if byte == b'\'' && quote == b'\'' && self.cursor.peek(1) == b'\'' {
                // The first of the two stands for both.
                value.written(from, self.cursor.mark.offset + 1);
                self.cursor.skip_many(2);
                from = self.cursor.mark.offset;
            } else if byte == quote {
                break;
            } else if byte == b'\\' && quote == b'"' {
                value.written(from, self.cursor.mark.offset);
                if self.cursor.line_break_at(1) {
                    self.cursor.skip();
                    self.cursor.skip_line();
                    return Ok(true);
                }
                let char = self.scan_escape()?;
                value.other(char.encode_utf8(&mut [0; 4]));
                from = self.cursor.mark.offset;
            } else {
                self.cursor.skip();
            }
        }
        if self.cursor.mark.offset > from {
            value.written(from, self.cursor.mark.offset);
        }
        Ok(false)
    }

    fn scan_escape(&mut self) -> Result<char> {
        let char = match self.cursor.peek(1) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0b',
            b'f' => '\x0c',
            b'r' => '\r',
            b'e' => '\x1b',
            b' ' => ' ',
            b'"' => '"',
            b'\'' => '\'',
            b'\\' => '\\',
            // JSON; kubectl refuses it.
            b'/' => '/',
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_code(2),
            b'u' => return self.scan_code(4),
            b'U' => return self.scan_code(8),
            _ => return self.error("found unknown escape character"),
        };
        self.cursor.skip_many(2);
        Ok(char)
    }

    fn scan_code(&mut self, digits: usize) -> Result<char> {
        self.cursor.skip_many(2);
        let Some(value) = self.code(0, digits) else {
            return self.error("did not find expected hexdecimal number");
        };
        if let Some(char) = char::from_u32(value) {
            self.cursor.skip_many(digits);
            return Ok(char);
        }
        // JSON's way to write characters above U+FFFF; kubectl refuses it.
        if digits == 4 && self.cursor.peek(4) == b'\\' && self.cursor.peek(5) == b'u' {
            let low = self.code(6, 4).and_then(|low| u16::try_from(low).ok());
            let pair = u16::try_from(value)
                .ok()
                .zip(low)
                .map(|(high, low)| [high, low]);
            if let Some(pair) = pair
                && let Some(Ok(char)) = char::decode_utf16(pair).next()
            {
                self.cursor.skip_many(10);
                return Ok(char);
            }
        }
        self.error("found invalid Unicode character escape code")
    }

    /// The number that `digits` hexadecimal digits make, `ahead` bytes further on.
    fn code(&self, ahead: usize, digits: usize) -> Option<u32> {
        (ahead..ahead + digits).try_fold(0_u32, |value, at| {
            Some(value << 4 | u32::from(hex(self.cursor.peek(at))?))
        })
    }

    /// `|` and `>`.
    pub(super) fn scan_block(&mut self) -> Result<()> {
        let start = self.cursor.mark;
        let literal = self.cursor.at(b'|');
        self.cursor.skip();
        let (chomping, increment) = self.scan_block_header()?;
        self.cursor.skip_comment();
        if !self.cursor.line_break_or_end() {
            return self.error("did not find expected comment or line break");
        }
        self.cursor.skip_line();

        let mut indent = increment.map_or(0, |increment| {
            usize::try_from(self.indent).unwrap_or_default() + increment
        });
        let mut value = Folded::new(self.text, self.cursor.mark.offset);
        let mut trailing = String::new();
        let mut leading = "";
        let mut end = self.scan_block_breaks(&mut indent, &mut trailing)?;
        let mut content = end;
        let mut begun = false;
        let mut leading_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.end() {
            if !begun {
                begun = true;
                content = self.cursor.mark;
            }
            let blank = self.cursor.blank();
            if !literal && !leading_blank && !blank && leading.starts_with('\n') {
                if trailing.is_empty() {
                    value.other(" ");
                }
            } else {
                value.other(leading);
            }
            value.other(&trailing);
            trailing.clear();
            leading_blank = blank;
            let from = self.cursor.mark.offset;
            while !self.cursor.line_break_or_end() {
                self.cursor.skip();
            }
            value.written(from, self.cursor.mark.offset);
            leading = self.cursor.skip_line();
            end = self.scan_block_breaks(&mut indent, &mut trailing)?;
        }
        if chomping != Chomping::Strip {
            value.other(leading);
        }
        if chomping == Chomping::Keep {
            value.other(&trailing);
        }
        let value = value.finish();
        let from = content.offset;
        self.push_until(
            Kind::Scalar {
                value,
                style: Style::Block,
                from,
            },
            start,
            end,
        );
        Ok(())
    }

    /// `-` or `+` and a digit, in either order.
    fn scan_block_header(&mut self) -> Result<(Chomping, Option<usize>)> {
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.cursor.peek(0) {
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'0' if increment.is_none() => {
                    return self.error("found an indentation indicator equal to 0");
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(usize::from(digit - b'0'));
                }
                _ => break,
            }
            self.cursor.skip();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Indentation and empty lines; finds out the indentation where it is not known yet (0), and
    /// returns where the last of these lines ended.
    fn scan_block_breaks(
        &mut self,
        indent: &mut usize,
        breaks: &mut String,
    ) -> Result<super::Mark> {
        let mut end = self.cursor.mark;
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.at(b' ') {
                self.cursor.skip();
            }
            widest = widest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.at(b'\t') {
                return self.error("found a tab character where an indentation space is expected");
            }
            if !self.cursor.line_break() {
                break;
            }
            breaks.push_str(self.cursor.skip_line());
            end = self.cursor.mark;
        }
        if *indent == 0 {
            let least = usize::try_from(self.indent + 1).unwrap_or_default();
            *indent = widest.max(least).max(1);
        }
        Ok(end)
    }
}
