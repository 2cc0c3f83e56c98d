//! A text to tokens (go-yaml v2, `scannerc.go`).
//!
//! Two things make this more than cutting: block collections begin and end with indentation, and
//! a key is known to be one only when its colon is seen, when the tokens of the key are queued
//! already.

use std::collections::VecDeque;

use super::Mark;
use super::Result;
use super::cursor::Cursor;
use super::token::Kind;
use super::token::Style;
use super::token::Token;

/// go-yaml's `max_flow_level` and `max_indents`.
const MAX_DEPTH: usize = 10_000;
const TOO_DEEP: &str = "exceeded max depth of 10000";
/// How many characters a key without `?` may have, to its colon.
const MAX_SIMPLE_KEY: usize = 1024;

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) cursor: Cursor<'t>,
    tokens: VecDeque<Token<'t>>,
    /// How many tokens have left the queue.
    taken: usize,
    ended: bool,
    /// The column of the innermost block collection; -1 outside all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) simple_key_allowed: bool,
    /// One per flow level, and one for the block around them.
    simple_keys: Vec<SimpleKey>,
}

/// What may turn out to be a key.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    /// In a block mapping, at its column, nothing but a key can be.
    required: bool,
    token: usize,
    mark: Mark,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            cursor: Cursor::new(text),
            tokens: VecDeque::new(),
            taken: 0,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
        }
    }

    /// Makes sure that there is a token that no later one can come before, unless the stream has
    /// ended.
    pub(super) fn peek(&mut self) -> Result<Option<&Token<'t>>> {
        while !self.ended && (self.tokens.is_empty() || self.head_may_be_key()?) {
            self.fetch()?;
        }
        Ok(self.tokens.front())
    }

    pub(super) fn take(&mut self) -> Option<Token<'t>> {
        let token = self.tokens.pop_front()?;
        self.taken += 1;
        Some(token)
    }

    fn head_may_be_key(&mut self) -> Result<bool> {
        // The numbers grow with the level.
        let first = self
            .simple_keys
            .partition_point(|key| key.token < self.taken);
        let here = self.cursor.mark;
        for key in self.simple_keys.iter_mut().skip(first) {
            if key.token != self.taken {
                break;
            }
            if key.still_possible(here)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn in_flow(&self) -> bool {
        self.simple_keys.len() > 1
    }

    pub(super) fn push(&mut self, kind: Kind<'t>, start: Mark) {
        self.push_until(kind, start, self.cursor.mark);
    }

    pub(super) fn push_until(&mut self, kind: Kind<'t>, start: Mark, end: Mark) {
        self.tokens.push_back(Token { kind, start, end });
    }

    fn push_indicator(&mut self, kind: Kind<'t>, width: usize) {
        let start = self.cursor.mark;
        self.cursor.skip_many(width);
        self.push(kind, start);
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.unroll_indent(self.column());
        let next = self.cursor.peek(0);
        if next == 0 {
            return self.fetch_end();
        }
        if self.cursor.mark.column == 0 {
            if next == b'%' {
                self.leave_block()?;
                return self.scan_directive();
            }
            for (byte, kind) in [(b'-', Kind::DocumentStart), (b'.', Kind::DocumentEnd)] {
                if self.cursor.document_indicator(byte) {
                    self.leave_block()?;
                    self.push_indicator(kind, 3);
                    return Ok(());
                }
            }
        }
        let flow = self.in_flow();
        let alone = self.cursor.blank_or_end(1);
        match next {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if alone => self.fetch_block_entry(),
            b'?' if flow || alone => self.fetch_key(),
            b':' if flow || alone => self.fetch_value(),
            b'*' => self.fetch_in_key(|scanner| scanner.scan_anchor(Kind::Alias)),
            b'&' => self.fetch_in_key(|scanner| scanner.scan_anchor(Kind::Anchor)),
            b'!' => self.fetch_in_key(Self::scan_tag),
            b'|' | b'>' if !flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.scan_block()
            }
            b'\'' => self.fetch_in_key(|scanner| scanner.scan_quoted(Style::Single)),
            b'"' => self.fetch_in_key(|scanner| scanner.scan_quoted(Style::Double)),
            b'\t' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' => {
                self.error("found character that cannot start any token")
            }
            _ => self.fetch_in_key(Self::scan_plain),
        }
    }

    /// What may be a key, or begin one, and cannot be followed by another.
    fn fetch_in_key(&mut self, scan: fn(&mut Self) -> Result<()>) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        scan(self)
    }

    /// Blanks, comments and line breaks. Tabs do not indent.
    fn skip_to_token(&mut self) {
        if self.cursor.mark.offset == 0 && self.text.starts_with('\u{feff}') {
            self.cursor.skip();
        }
        loop {
            let tabs = self.in_flow() || !self.simple_key_allowed;
            while self.cursor.at(b' ') || (tabs && self.cursor.at(b'\t')) {
                self.cursor.skip();
            }
            if self.cursor.at(b'#') {
                self.cursor.skip_comment();
            }
            if !self.cursor.line_break() {
                return;
            }
            self.cursor.skip_line();
            if !self.in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_end(&mut self) -> Result<()> {
        // As if the last line had an end.
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.leave_block()?;
        self.push(Kind::StreamEnd, self.cursor.mark);
        self.ended = true;
        Ok(())
    }

    /// Ends all block collections.
    fn leave_block(&mut self) -> Result<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'t>) -> Result<()> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey {
            token: self.next_token(),
            ..SimpleKey::default()
        });
        if self.simple_keys.len() - 1 > MAX_DEPTH {
            return self.error(TOO_DEEP);
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'t>) -> Result<()> {
        self.remove_simple_key()?;
        if self.in_flow() {
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return self.error("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.cursor.mark, None, Kind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return self.error("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.cursor.mark, None, Kind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = !self.in_flow();
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let here = self.cursor.mark;
        let mut key = None;
        if let Some(last) = self.simple_keys.last_mut()
            && last.still_possible(here)?
        {
            key = Some(*last);
            last.possible = false;
        }
        if let Some(key) = key {
            let token = Token {
                kind: Kind::Key,
                start: key.mark,
                end: key.mark,
            };
            self.insert(key.token, token);
            self.roll_indent(key.mark, Some(key.token), Kind::BlockMappingStart)?;
            self.simple_key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.simple_key_allowed {
                    return self.error("mapping values are not allowed in this context");
                }
                self.roll_indent(here, None, Kind::BlockMappingStart)?;
            }
            self.simple_key_allowed = !self.in_flow();
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }

    /// The number that the next token gets.
    fn next_token(&self) -> usize {
        self.taken + self.tokens.len()
    }

    fn insert(&mut self, number: usize, token: Token<'t>) {
        let at = number.saturating_sub(self.taken).min(self.tokens.len());
        self.tokens.insert(at, token);
    }

    fn column(&self) -> isize {
        isize::try_from(self.cursor.mark.column).unwrap_or(isize::MAX)
    }

    fn save_simple_key(&mut self) -> Result<()> {
        if self.simple_key_allowed {
            let key = SimpleKey {
                possible: true,
                required: !self.in_flow() && self.indent == self.column(),
                token: self.next_token(),
                mark: self.cursor.mark,
            };
            self.remove_simple_key()?;
            if let Some(last) = self.simple_keys.last_mut() {
                *last = key;
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<()> {
        let here = self.cursor.mark;
        match self.simple_keys.last_mut() {
            Some(key) if key.possible && key.required => {
                Self::error_at(here, "could not find expected ':'")
            }
            Some(key) => {
                key.possible = false;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Begins a block collection at `mark` where it is further in than the one around it; its
    /// token gets `number`, or comes last.
    fn roll_indent(&mut self, mark: Mark, number: Option<usize>, kind: Kind<'t>) -> Result<()> {
        let column = isize::try_from(mark.column).unwrap_or(isize::MAX);
        if self.in_flow() || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.error(TOO_DEEP);
        }
        let token = Token {
            kind,
            start: mark,
            end: mark,
        };
        self.insert(number.unwrap_or(usize::MAX), token);
        Ok(())
    }

    /// Ends the block collections that are further in than `column`.
    fn unroll_indent(&mut self, column: isize) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}

impl SimpleKey {
    /// A key is in one line, and not long.
    fn still_possible(&mut self, here: Mark) -> Result<bool> {
        if self.possible
            && (self.mark.line < here.line || self.mark.index + MAX_SIMPLE_KEY < here.index)
        {
            if self.required {
                return Scanner::error_at(here, "could not find expected ':'");
            }
            self.possible = false;
        }
        Ok(self.possible)
    }
}
