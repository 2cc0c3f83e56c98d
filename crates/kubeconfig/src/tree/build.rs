//! Events to nodes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::ErrorKind;
use granit_parser::Event;
use granit_parser::Parser;
use granit_parser::ScalarStyle;
use granit_parser::ScanError;
use granit_parser::Span;
use granit_parser::StructureStyle;
use zeroize::Zeroizing;

use super::Kind;
use super::MAX_DEPTH;
use super::Node;
use super::NodeId;
use super::Style;
use super::Tag;
use super::Tree;
use crate::error::ParseError;
use crate::error::Problem;
use crate::yaml11;
use crate::yaml11::Typed;

/// How much a node is after all its aliases are expanded (go-yaml v2 counts the same two
/// numbers while it decodes, `decode.go`).
#[derive(Clone, Copy, Default)]
struct Weight {
    depth: usize,
    total: u64,
    aliased: u64,
}

impl Weight {
    const LEAF: Self = Self {
        depth: 1,
        total: 1,
        aliased: 0,
    };

    fn add(&mut self, child: Self) {
        self.depth = self.depth.max(child.depth + 1);
        self.total = self.total.saturating_add(child.total);
        self.aliased = self.aliased.saturating_add(child.aliased);
    }
}

/// A collection whose end has not been seen.
struct Open {
    node: NodeId,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<NodeId>,
    weight: Weight,
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    open: Vec<Open>,
    /// Finished anchored nodes.
    anchors: HashMap<usize, (NodeId, Weight)>,
}

impl Tree {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        if u32::try_from(text.len()).is_err() {
            return Err(ParseError::new(1, 1, Problem::TooLarge));
        }
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut builder = Builder {
            text,
            tree: Self {
                end: text.len(),
                ..Self::default()
            },
            open: Vec::new(),
            anchors: HashMap::new(),
        };
        for next in Parser::new_from_str_with_options(text, options) {
            let (event, span) = next.map_err(|error| syntax(&error))?;
            // Stop with the root node: kubectl never looks at what follows it, even junk.
            if builder.event(event, span)? {
                break;
            }
        }
        Ok(builder.tree)
    }
}

fn syntax(error: &ScanError) -> ParseError {
    let marker = error.marker();
    let problem = match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::Depth { limit: MAX_DEPTH },
        kind => Problem::Syntax(kind.to_string()),
    };
    ParseError::new(marker.line(), marker.col() + 1, problem)
}

fn at(span: Span, problem: Problem) -> ParseError {
    ParseError::new(span.start.line(), span.start.col() + 1, problem)
}

impl Builder<'_> {
    /// Takes one event; true when the root node is complete.
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<bool, ParseError> {
        match event {
            Event::DocumentStart(_, version) => {
                if version.is_some_and(|version| (version.major, version.minor) != (1, 1)) {
                    return Err(at(span, Problem::YamlVersion));
                }
                Ok(false)
            }
            Event::Alias(id) => {
                let Some((target, mut weight)) = self.anchors.get(&id).copied() else {
                    return Err(at(span, Problem::AliasCycle));
                };
                weight.depth += 1;
                weight.aliased = weight.total;
                weight.total = weight.total.saturating_add(1);
                let node = self.push(Kind::Alias(target), span, 0, Tag::None);
                self.finish(node, 0, weight, span)
            }
            Event::Scalar(value, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let tag = tag_of(tag.as_deref());
                self.check_scalar(&value, style, tag, span)?;
                let written = span.slice(self.text) == Some(&value);
                let value = (!written).then(|| Zeroizing::new(Cow::into_owned(value)));
                let node = self.push(Kind::Scalar { style, value }, span, anchor, tag);
                self.finish(node, anchor, Weight::LEAF, span)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let kind = Kind::Sequence {
                    flow: style == StructureStyle::Flow,
                    items: Vec::new(),
                };
                self.start(kind, span, anchor, tag_of(tag.as_deref()))
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = Kind::Mapping {
                    flow: style == StructureStyle::Flow,
                    entries: Vec::new(),
                };
                self.start(kind, span, anchor, tag_of(tag.as_deref()))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(true);
                };
                if let Some(node) = self.tree.nodes.get_mut(open.node)
                    && let Some(range) = span.byte_range()
                {
                    node.span.end = range.end;
                }
                self.finish(open.node, open.anchor, open.weight, span)
            }
            // A document that ends without a node cannot be: there is always a null.
            _ => Ok(false),
        }
    }

    fn check_scalar(
        &self,
        value: &str,
        style: Style,
        tag: Tag,
        span: Span,
    ) -> Result<(), ParseError> {
        match style {
            Style::Double => {
                let written = span.slice(self.text).unwrap_or_default();
                if written.contains('\\') && foreign_escape(written) {
                    return Err(at(span, Problem::Escape));
                }
            }
            Style::Plain if tag == Tag::None => {
                if let Typed::Float(value) = yaml11::resolve(value)
                    && !value.is_finite()
                {
                    return Err(at(span, Problem::NotJson));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, span: Span, anchor: usize, tag: Tag) -> NodeId {
        self.tree.nodes.push(Node {
            span: self.span(span, &kind),
            kind,
            line: span.start.line(),
            column: span.start.col(),
            anchored: anchor != 0,
            tag,
        });
        self.tree.nodes.len() - 1
    }

    /// The parser's span, except that a block scalar ends with its last line break and not
    /// behind the indentation of the next key.
    fn span(&self, span: Span, kind: &Kind) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        if !matches!(
            kind,
            Kind::Scalar {
                style: Style::Block,
                ..
            }
        ) {
            return range;
        }
        let written = self.text.get(range.clone()).unwrap_or_default();
        let lines = written.trim_end_matches(' ');
        if lines.ends_with(['\n', '\r']) {
            return range.start..range.start + lines.len();
        }
        range
    }

    fn start(
        &mut self,
        kind: Kind,
        span: Span,
        anchor: usize,
        tag: Tag,
    ) -> Result<bool, ParseError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(at(span, Problem::Depth { limit: MAX_DEPTH }));
        }
        let node = self.push(kind, span, anchor, tag);
        self.open.push(Open {
            node,
            anchor,
            key: None,
            weight: Weight::LEAF,
        });
        Ok(false)
    }

    /// Hangs a complete node into its parent; true when it is the root.
    fn finish(
        &mut self,
        node: NodeId,
        anchor: usize,
        weight: Weight,
        span: Span,
    ) -> Result<bool, ParseError> {
        if weight.depth > MAX_DEPTH {
            return Err(at(span, Problem::Depth { limit: MAX_DEPTH }));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node, weight));
        }
        let Some(parent) = self.open.last_mut() else {
            if excessive(weight) {
                return Err(at(span, Problem::AliasBomb));
            }
            self.tree.root = Some(node);
            self.tree.end = span.byte_range().map_or(self.text.len(), |range| range.end);
            return Ok(true);
        };
        parent.weight.add(weight);
        match self
            .tree
            .nodes
            .get_mut(parent.node)
            .map(|node| &mut node.kind)
        {
            Some(Kind::Sequence { items, .. }) => items.push(node),
            Some(Kind::Mapping { entries, .. }) => {
                if let Some(key) = parent.key.take() {
                    entries.push((key, node));
                    self.seat_null(key, node);
                } else {
                    parent.key = Some(node);
                    if !self.can_be_key(node) {
                        return Err(at(span, Problem::MapKey));
                    }
                }
            }
            _ => {}
        }
        Ok(false)
    }

    /// The parser has a value that is not written end with its key; it stands behind the colon.
    fn seat_null(&mut self, key: NodeId, value: NodeId) {
        let Some(key_end) = self.tree.nodes.get(key).map(|key| key.span.end) else {
            return;
        };
        let Some(node) = self.tree.nodes.get_mut(value) else {
            return;
        };
        if node.span == (key_end..key_end) && node.tag == Tag::None {
            let rest = self.text.get(key_end..).unwrap_or_default();
            let behind = rest.trim_start_matches([' ', '\t']);
            if behind.starts_with(':') {
                let at = key_end + rest.len() - behind.len() + 1;
                node.span = at..at;
            }
        }
    }

    fn can_be_key(&self, id: NodeId) -> bool {
        let resolved = match self.tree.nodes.get(id).map(|node| &node.kind) {
            Some(Kind::Alias(target)) => *target,
            _ => id,
        };
        let Some(node) = self.tree.nodes.get(resolved) else {
            return false;
        };
        match &node.kind {
            Kind::Scalar {
                style: Style::Plain,
                value,
            } if node.tag == Tag::None => {
                let text = match value {
                    Some(value) => value.as_str(),
                    None => self.text.get(node.span.clone()).unwrap_or_default(),
                };
                yaml11::resolve(text) != Typed::Null
            }
            Kind::Scalar { .. } => node.tag != Tag::Null,
            _ => false,
        }
    }
}

/// go-yaml v2, `allowedAliasRatio`: small documents may be nearly all aliases, large ones a tenth.
fn excessive(weight: Weight) -> bool {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    if weight.aliased <= 100 || weight.total <= 1000 {
        return false;
    }
    // In hundredths of a percent, so that no floating point is needed.
    let allowed = match weight.total {
        0..=LOW => 9_900,
        HIGH.. => 1_000,
        total => 9_900 - 8_900 * (total - LOW) / (HIGH - LOW),
    };
    u128::from(weight.aliased) * 10_000 > u128::from(allowed) * u128::from(weight.total)
}

/// Escapes that the parser below reads and go-yaml v2 does not.
fn foreign_escape(written: &str) -> bool {
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        let next = rest.as_bytes().get(at + 1..).unwrap_or_default();
        if matches!(
            next,
            [b'/', ..] | [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]
        ) {
            return true;
        }
        // The escaped character may be a backslash itself, or longer than a byte.
        let escaped = rest.get(at + 1..).and_then(|rest| rest.chars().next());
        rest = rest
            .get(at + 1 + escaped.map_or(0, char::len_utf8)..)
            .unwrap_or_default();
    }
    false
}

fn tag_of(tag: Option<&granit_parser::Tag>) -> Tag {
    let Some(tag) = tag else {
        return Tag::None;
    };
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        Some("str") => Tag::Str,
        Some("binary") => Tag::Binary,
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int" | "float") => Tag::Number,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
