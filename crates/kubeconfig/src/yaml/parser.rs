//! Tokens to events (go-yaml v2, `parserc.go`), the first document only.

use std::borrow::Cow;
use std::ops::Range;

use super::Mark;
use super::Result;
use super::SyntaxError;
use super::scanner::Scanner;
use super::token::Kind as Token;
use super::token::Style;

/// One step through a document.
pub(crate) struct Event<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) anchor: Option<&'t str>,
    /// With its handle resolved.
    pub(crate) tag: Option<String>,
    /// Where the node itself begins, without anchor and tag.
    pub(crate) start: Mark,
    /// What is written of it; of a block collection only where it begins or ends.
    pub(crate) span: Range<usize>,
}

pub(crate) enum Kind<'t> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'t str),
    Scalar { value: Cow<'t, str>, style: Style },
    SequenceStart { flow: bool },
    SequenceEnd,
    MappingStart { flow: bool },
    MappingEnd,
}

#[derive(Clone, Copy)]
enum State {
    StreamStart,
    DocumentContent,
    BlockNode,
    DocumentEnd,
    BlockSequenceFirst,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirst,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirst,
    FlowSequenceEntry,
    FlowSequencePairKey,
    FlowSequencePairValue,
    FlowSequencePairEnd,
    FlowMappingFirst,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

pub(crate) struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    tags: Vec<(&'t str, String)>,
}

/// What the parser has to know of the next token.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    StreamEnd,
    Version,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            scanner: Scanner::new(text),
            state: State::StreamStart,
            states: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The next event; after the end of the document there is only the end of the stream.
    pub(crate) fn next(&mut self) -> Result<Event<'t>> {
        match self.state {
            State::StreamStart => self.stream_start(),
            State::DocumentContent => self.document_content(),
            State::BlockNode => self.node(true, false),
            State::DocumentEnd => self.document_end(),
            State::BlockSequenceFirst => {
                self.scanner.take();
                self.block_sequence_entry()
            }
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirst => {
                self.scanner.take();
                self.block_mapping_key()
            }
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirst => {
                self.scanner.take();
                self.flow_sequence_entry(true)
            }
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequencePairKey => self.flow_sequence_pair_key(),
            State::FlowSequencePairValue => self.flow_sequence_pair_value(),
            State::FlowSequencePairEnd => {
                self.state = State::FlowSequenceEntry;
                let (_, mark) = self.peek()?;
                Ok(plain_event(Kind::MappingEnd, mark, mark))
            }
            State::FlowMappingFirst => {
                self.scanner.take();
                self.flow_mapping_key(true)
            }
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => {
                let mark = self.scanner.cursor.mark;
                Ok(plain_event(Kind::StreamEnd, mark, mark))
            }
        }
    }

    /// How far the text has been looked at, in bytes.
    pub(crate) fn reached(&self) -> usize {
        self.scanner.cursor.mark.offset
    }

    fn peek(&mut self) -> Result<(Next, Mark)> {
        let end = self.scanner.cursor.mark;
        let Some(token) = self.scanner.peek()? else {
            return Ok((Next::StreamEnd, end));
        };
        let next = match token.kind {
            Token::StreamEnd => Next::StreamEnd,
            Token::Version { .. } => Next::Version,
            Token::TagDirective { .. } => Next::TagDirective,
            Token::DocumentStart => Next::DocumentStart,
            Token::DocumentEnd => Next::DocumentEnd,
            Token::BlockSequenceStart => Next::BlockSequenceStart,
            Token::BlockMappingStart => Next::BlockMappingStart,
            Token::BlockEnd => Next::BlockEnd,
            Token::FlowSequenceStart => Next::FlowSequenceStart,
            Token::FlowSequenceEnd => Next::FlowSequenceEnd,
            Token::FlowMappingStart => Next::FlowMappingStart,
            Token::FlowMappingEnd => Next::FlowMappingEnd,
            Token::BlockEntry => Next::BlockEntry,
            Token::FlowEntry => Next::FlowEntry,
            Token::Key => Next::Key,
            Token::Value => Next::Value,
            Token::Alias(_) => Next::Alias,
            Token::Anchor(_) => Next::Anchor,
            Token::Tag { .. } => Next::Tag,
            Token::Scalar { .. } => Next::Scalar,
        };
        Ok((next, token.start))
    }

    /// Takes the token that was just looked at, and says where it ended.
    fn skip(&mut self) -> Mark {
        let end = self.scanner.cursor.mark;
        self.scanner.take().map_or(end, |token| token.end)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn stream_start(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        match next {
            Next::StreamEnd => {
                self.state = State::End;
                return Ok(plain_event(Kind::StreamEnd, mark, mark));
            }
            Next::Version | Next::TagDirective | Next::DocumentStart => {
                self.directives()?;
                let (next, mark) = self.peek()?;
                if next != Next::DocumentStart {
                    return SyntaxError::parser(mark, "did not find expected <document start>");
                }
                self.skip();
                self.state = State::DocumentContent;
            }
            _ => {
                self.directives()?;
                self.state = State::BlockNode;
            }
        }
        self.states.push(State::DocumentEnd);
        Ok(plain_event(Kind::DocumentStart, mark, mark))
    }

    fn directives(&mut self) -> Result<()> {
        let mut version = false;
        loop {
            let (next, mark) = self.peek()?;
            if !matches!(next, Next::Version | Next::TagDirective) {
                break;
            }
            match self.scanner.take().map(|token| token.kind) {
                Some(Token::Version { major, minor }) => {
                    if version {
                        return SyntaxError::parser(mark, "found duplicate %YAML directive");
                    }
                    if (major, minor) != (1, 1) {
                        return SyntaxError::parser(mark, "found incompatible YAML document");
                    }
                    version = true;
                }
                Some(Token::TagDirective { handle, prefix }) => {
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return SyntaxError::parser(mark, "found duplicate %TAG directive");
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tags.iter().any(|(known, _)| *known == handle) {
                self.tags.push((handle, prefix.to_owned()));
            }
        }
        Ok(())
    }

    fn document_content(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        match next {
            Next::Version
            | Next::TagDirective
            | Next::DocumentStart
            | Next::DocumentEnd
            | Next::StreamEnd => {
                self.pop_state();
                Ok(nothing(mark))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'t>> {
        let (_, mark) = self.peek()?;
        self.state = State::End;
        Ok(plain_event(Kind::DocumentEnd, mark, mark))
    }

    fn node(&mut self, block: bool, indentless_sequence: bool) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        if next == Next::Alias {
            self.pop_state();
            let token = self.scanner.take();
            let (name, end) = match token {
                Some(token) => match token.kind {
                    Token::Alias(name) => (name, token.end),
                    _ => ("", token.end),
                },
                None => ("", mark),
            };
            return Ok(plain_event(Kind::Alias(name), mark, end));
        }
        let properties = self.properties(mark)?;
        let (next, start) = self.peek()?;
        let kind = match next {
            Next::BlockEntry if indentless_sequence => {
                self.state = State::IndentlessSequenceEntry;
                Kind::SequenceStart { flow: false }
            }
            Next::Scalar => {
                self.pop_state();
                return Ok(self.scalar(properties, start));
            }
            Next::FlowSequenceStart => {
                self.state = State::FlowSequenceFirst;
                Kind::SequenceStart { flow: true }
            }
            Next::FlowMappingStart => {
                self.state = State::FlowMappingFirst;
                Kind::MappingStart { flow: true }
            }
            Next::BlockSequenceStart if block => {
                self.state = State::BlockSequenceFirst;
                Kind::SequenceStart { flow: false }
            }
            Next::BlockMappingStart if block => {
                self.state = State::BlockMappingFirst;
                Kind::MappingStart { flow: false }
            }
            _ => {
                let Some(end) = properties.end else {
                    return SyntaxError::parser(start, "did not find expected node content");
                };
                self.pop_state();
                return Ok(properties.of(nothing(end)));
            }
        };
        Ok(properties.of(plain_event(kind, start, start)))
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self, start: Mark) -> Result<Properties<'t>> {
        let mut properties = Properties::default();
        let (mut handle_and_suffix, mut tag_mark) = (None, start);
        loop {
            let (next, mark) = self.peek()?;
            let wanted = match next {
                Next::Anchor => properties.anchor.is_none(),
                Next::Tag => handle_and_suffix.is_none(),
                _ => false,
            };
            if !wanted {
                break;
            }
            let Some(token) = self.scanner.take() else {
                break;
            };
            properties.end = Some(token.end);
            match token.kind {
                Token::Anchor(name) => properties.anchor = Some(name),
                Token::Tag { handle, suffix } => {
                    tag_mark = mark;
                    handle_and_suffix = Some((handle, suffix));
                }
                _ => {}
            }
        }
        if let Some((handle, suffix)) = handle_and_suffix {
            properties.tag = Some(if handle.is_empty() {
                suffix
            } else {
                let Some((_, prefix)) = self.tags.iter().find(|(known, _)| *known == handle) else {
                    return SyntaxError::parser(tag_mark, "found undefined tag handle");
                };
                format!("{prefix}{suffix}")
            });
        }
        Ok(properties)
    }

    fn scalar(&mut self, properties: Properties<'t>, start: Mark) -> Event<'t> {
        let Some(token) = self.scanner.take() else {
            return properties.of(nothing(start));
        };
        let Token::Scalar { value, style, from } = token.kind else {
            return properties.of(nothing(start));
        };
        properties.of(Event {
            kind: Kind::Scalar { value, style },
            anchor: None,
            tag: None,
            start,
            span: from..token.end.offset.max(from),
        })
    }

    /// Goes on with a node, and afterwards with `then`.
    fn descend(&mut self, then: State, block: bool, indentless: bool) -> Result<Event<'t>> {
        self.states.push(then);
        self.node(block, indentless)
    }

    fn block_sequence_entry(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        match next {
            Next::BlockEntry => {
                let behind = self.skip();
                if matches!(self.peek()?.0, Next::BlockEntry | Next::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(nothing(behind));
                }
                self.descend(State::BlockSequenceEntry, true, false)
            }
            Next::BlockEnd => {
                self.pop_state();
                let end = self.skip();
                Ok(plain_event(Kind::SequenceEnd, mark, end))
            }
            _ => SyntaxError::parser(mark, "did not find expected '-' indicator"),
        }
    }

    /// A sequence whose dashes stand in the column of the key.
    fn indentless_sequence_entry(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        if next != Next::BlockEntry {
            self.pop_state();
            return Ok(plain_event(Kind::SequenceEnd, mark, mark));
        }
        let behind = self.skip();
        let next = self.peek()?.0;
        if matches!(
            next,
            Next::BlockEntry | Next::Key | Next::Value | Next::BlockEnd
        ) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(nothing(behind));
        }
        self.descend(State::IndentlessSequenceEntry, true, false)
    }

    fn block_mapping_key(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        match next {
            Next::Key => {
                let behind = self.skip();
                if matches!(self.peek()?.0, Next::Key | Next::Value | Next::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(nothing(behind));
                }
                self.descend(State::BlockMappingValue, true, true)
            }
            Next::BlockEnd => {
                self.pop_state();
                let end = self.skip();
                Ok(plain_event(Kind::MappingEnd, mark, end))
            }
            _ => SyntaxError::parser(mark, "did not find expected key"),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        if next != Next::Value {
            self.state = State::BlockMappingKey;
            return Ok(nothing(mark));
        }
        let behind = self.skip();
        if matches!(self.peek()?.0, Next::Key | Next::Value | Next::BlockEnd) {
            self.state = State::BlockMappingKey;
            return Ok(nothing(behind));
        }
        self.descend(State::BlockMappingKey, true, true)
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event<'t>> {
        let (mut next, mut mark) = self.peek()?;
        if next != Next::FlowSequenceEnd {
            if !first {
                if next != Next::FlowEntry {
                    return SyntaxError::parser(mark, "did not find expected ',' or ']'");
                }
                self.skip();
                (next, mark) = self.peek()?;
            }
            if next == Next::Key {
                self.state = State::FlowSequencePairKey;
                self.skip();
                return Ok(plain_event(Kind::MappingStart { flow: true }, mark, mark));
            }
            if next != Next::FlowSequenceEnd {
                return self.descend(State::FlowSequenceEntry, false, false);
            }
        }
        self.pop_state();
        let end = self.skip();
        Ok(plain_event(Kind::SequenceEnd, mark, end))
    }

    fn flow_sequence_pair_key(&mut self) -> Result<Event<'t>> {
        let (next, mark) = self.peek()?;
        if matches!(next, Next::Value | Next::FlowEntry | Next::FlowSequenceEnd) {
            self.skip();
            self.state = State::FlowSequencePairValue;
            return Ok(nothing(mark));
        }
        self.descend(State::FlowSequencePairValue, false, false)
    }

    fn flow_sequence_pair_value(&mut self) -> Result<Event<'t>> {
        let (mut next, mut mark) = self.peek()?;
        if next == Next::Value {
            self.skip();
            (next, mark) = self.peek()?;
            if !matches!(next, Next::FlowEntry | Next::FlowSequenceEnd) {
                return self.descend(State::FlowSequencePairEnd, false, false);
            }
        }
        self.state = State::FlowSequencePairEnd;
        Ok(nothing(mark))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'t>> {
        let (mut next, mut mark) = self.peek()?;
        if next != Next::FlowMappingEnd {
            if !first {
                if next != Next::FlowEntry {
                    return SyntaxError::parser(mark, "did not find expected ',' or '}'");
                }
                self.skip();
                (next, mark) = self.peek()?;
            }
            if next == Next::Key {
                self.skip();
                (next, mark) = self.peek()?;
                if matches!(next, Next::Value | Next::FlowEntry | Next::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(nothing(mark));
                }
                return self.descend(State::FlowMappingValue, false, false);
            }
            if next != Next::FlowMappingEnd {
                return self.descend(State::FlowMappingEmptyValue, false, false);
            }
        }
        self.pop_state();
        let end = self.skip();
        Ok(plain_event(Kind::MappingEnd, mark, end))
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event<'t>> {
        let (mut next, mut mark) = self.peek()?;
        if !empty && next == Next::Value {
            // Behind the colon, and not before what ends the entry.
            mark = self.skip();
            next = self.peek()?.0;
            if !matches!(next, Next::FlowEntry | Next::FlowMappingEnd) {
                return self.descend(State::FlowMappingKey, false, false);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(nothing(mark))
    }
}

#[derive(Default)]
struct Properties<'t> {
    anchor: Option<&'t str>,
    tag: Option<String>,
    /// Where the last of them ends.
    end: Option<Mark>,
}

impl<'t> Properties<'t> {
    fn of(self, event: Event<'t>) -> Event<'t> {
        Event {
            anchor: self.anchor,
            tag: self.tag,
            ..event
        }
    }
}

fn plain_event(kind: Kind<'_>, start: Mark, end: Mark) -> Event<'_> {
    Event {
        kind,
        anchor: None,
        tag: None,
        start,
        span: start.offset..end.offset,
    }
}

/// A value that is not written.
fn nothing<'t>(mark: Mark) -> Event<'t> {
    let value = Cow::Borrowed("");
    let style = Style::Plain;
    plain_event(Kind::Scalar { value, style }, mark, mark)
}
