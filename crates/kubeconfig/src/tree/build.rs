//! Events to nodes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

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
use crate::gobase64;
use crate::yaml::Event;
use crate::yaml::EventKind;
use crate::yaml::Mark;
use crate::yaml::Parser;
use crate::yaml::SyntaxError;
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
struct Open<'t> {
    node: NodeId,
    anchor: Option<&'t str>,
    /// The key that waits for its value.
    key: Option<NodeId>,
    weight: Weight,
}

#[derive(Clone, Copy)]
enum Anchored {
    /// The node is not complete: an alias to it is one inside it.
    Open,
    Complete(NodeId, Weight),
}

/// What kubectl does with a document, in this order.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Phase {
    /// Events to Go values.
    Decode,
    /// Go values to others that JSON can say.
    Convert,
    /// These to JSON.
    Encode,
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    open: Vec<Open<'t>>,
    anchors: HashMap<&'t str, Anchored>,
    /// What kubectl refuses only when it has read the whole document: the first of the first
    /// phase.
    refused: Option<(Phase, ParseError)>,
}

impl Tree {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        if u32::try_from(text.len()).is_err() {
            return Err(ParseError::new(1, 1, Problem::TooLarge));
        }
        let mut parser = Parser::new(text);
        let mut builder = Builder::new(text);
        builder.run(&mut parser)?;
        match builder.refused {
            Some((_, refused)) => Err(refused),
            None => Ok(builder.tree),
        }
    }

    /// What is wrong with the beginning of a file, before its reader comes to the byte `limit`.
    pub(crate) fn wrong_before(text: &str, limit: usize) -> Option<ParseError> {
        /// So far it looks ahead for `---` and a blank.
        const AHEAD: usize = 4;
        let mut parser = Parser::new(text);
        let error = Builder::new(text).run(&mut parser).err()?;
        (parser.reached() + AHEAD <= limit).then_some(error)
    }
}

fn syntax(error: SyntaxError) -> ParseError {
    let line = error.client_go_line();
    let message = error.message;
    at(error.mark, Problem::Syntax { message, line })
}

fn at(mark: Mark, problem: Problem) -> ParseError {
    ParseError::new(mark.line + 1, mark.column + 1, problem)
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            tree: Tree {
                end: text.len(),
                ..Tree::default()
            },
            open: Vec::new(),
            anchors: HashMap::new(),
            refused: None,
        }
    }

    fn run(&mut self, parser: &mut Parser<'t>) -> Result<(), ParseError> {
        // One event behind the root node, and no more: kubectl never looks at what follows it,
        // even junk.
        while self.event(parser.next().map_err(syntax)?)? {}
        Ok(())
    }

    fn refuse(&mut self, phase: Phase, mark: Mark, problem: Problem) {
        if self
            .refused
            .as_ref()
            .is_none_or(|(first, _)| phase < *first)
        {
            self.refused = Some((phase, at(mark, problem)));
        }
    }

    /// Takes one event; false at the end of the document.
    fn event(&mut self, event: Event<'t>) -> Result<bool, ParseError> {
        let Event {
            kind,
            anchor,
            tag,
            start,
            span,
        } = event;
        match kind {
            EventKind::StreamEnd | EventKind::DocumentEnd => return Ok(false),
            EventKind::DocumentStart => {}
            EventKind::Alias(name) => self.alias(name, start, span)?,
            EventKind::Scalar { value, style } => {
                let known = tag_of(tag.as_deref());
                self.check_scalar(&value, style, tag.as_deref(), start);
                let written = self.text.get(span.clone()) == Some(&*value);
                let value = (!written).then(|| Zeroizing::new(Cow::into_owned(value)));
                let node = self.push(Kind::Scalar { style, value }, start, span, anchor, known);
                self.finish(node, anchor, Weight::LEAF, start);
            }
            EventKind::SequenceStart { flow } => {
                let items = Vec::new();
                let kind = Kind::Sequence { flow, items };
                self.start(kind, start, span, anchor, tag.as_deref());
            }
            EventKind::MappingStart { flow } => {
                let entries = Vec::new();
                let kind = Kind::Mapping { flow, entries };
                self.start(kind, start, span, anchor, tag.as_deref());
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    if let Some(node) = self.tree.nodes.get_mut(open.node) {
                        node.span.end = span.end;
                    }
                    self.finish(open.node, open.anchor, open.weight, start);
                }
            }
        }
        Ok(true)
    }

    fn alias(&mut self, name: &str, mark: Mark, span: Range<usize>) -> Result<(), ParseError> {
        let (target, weight) = match self.anchors.get(name) {
            Some(Anchored::Complete(target, weight)) => (*target, *weight),
            Some(Anchored::Open) => {
                let anchor = name.to_owned();
                self.refuse(Phase::Decode, mark, Problem::AliasCycle { anchor });
                let null = Kind::Scalar {
                    style: Style::Plain,
                    value: None,
                };
                let start = span.start;
                let node = self.push(null, mark, start..start, None, Tag::None);
                self.finish(node, None, Weight::LEAF, mark);
                return Ok(());
            }
            None => {
                let name = self.public().then(|| name.to_owned());
                return Err(at(mark, Problem::UnknownAnchor { name }));
            }
        };
        let weight = Weight {
            depth: weight.depth + 1,
            total: weight.total.saturating_add(1),
            aliased: weight.total,
        };
        let node = self.push(Kind::Alias(target), mark, span, None, Tag::None);
        self.finish(node, None, weight, mark);
        Ok(())
    }

    /// Whether no secret is to be expected here; one that begins with `*` looks like an alias.
    fn public(&self) -> bool {
        let keys = || self.open.iter().filter_map(|open| open.key);
        let name = |key: NodeId| match self.tree.nodes.get(key) {
            Some(key) => self.text.get(key.span.clone()).unwrap_or_default(),
            None => "",
        };
        keys().next().is_none_or(|top| {
            matches!(
                name(top),
                "apiVersion" | "kind" | "clusters" | "contexts" | "current-context"
            )
        }) && !keys().any(|key| name(key) == "extensions")
    }

    /// What go-yaml finds when it decodes a scalar (`decode.go`, `resolve.go`).
    fn check_scalar(&mut self, value: &str, style: Style, tag: Option<&str>, mark: Mark) {
        let Some(tag) = tag else {
            if style == Style::Plain {
                self.check_finite(yaml11::resolve(value), mark);
            }
            return;
        };
        let typed = yaml11::resolve(value);
        let found = match typed {
            Typed::Null => "!!null",
            Typed::Bool(_) => "!!bool",
            Typed::Int(_) => "!!int",
            Typed::Float(_) => "!!float",
            Typed::Merge => "!!merge",
            Typed::Text => "!!str",
        };
        let (due, fits) = match tag.strip_prefix(NAMESPACE) {
            Some("null") => ("!!null", typed == Typed::Null),
            Some("bool") => ("!!bool", matches!(typed, Typed::Bool(_))),
            Some("int") => ("!!int", matches!(typed, Typed::Int(_))),
            Some("float") => ("!!float", matches!(typed, Typed::Int(_) | Typed::Float(_))),
            Some("timestamp") => ("!!timestamp", yaml11::timestamp(value)),
            Some("binary") => {
                if gobase64::decode(value).is_err() {
                    self.refuse(Phase::Decode, mark, Problem::Binary);
                }
                return;
            }
            _ => return,
        };
        if fits {
            self.check_finite(typed, mark);
        } else {
            self.refuse(Phase::Decode, mark, Problem::Tag { found, due });
        }
    }

    fn check_finite(&mut self, typed: Typed, mark: Mark) {
        if let Typed::Float(value) = typed
            && !value.is_finite()
            && !self.key_is_due()
        {
            let value = match value {
                f64::INFINITY => "+Inf",
                f64::NEG_INFINITY => "-Inf",
                _ => "NaN",
            };
            self.refuse(Phase::Encode, mark, Problem::NotJson { value });
        }
    }

    /// Whether the next node of the open mapping is a key.
    fn key_is_due(&self) -> bool {
        self.open.last().is_some_and(|open| {
            open.key.is_none()
                && matches!(
                    self.tree.nodes.get(open.node).map(|node| &node.kind),
                    Some(Kind::Mapping { .. })
                )
        })
    }

    fn push(
        &mut self,
        kind: Kind,
        mark: Mark,
        span: Range<usize>,
        anchor: Option<&str>,
        tag: Tag,
    ) -> NodeId {
        self.tree.nodes.push(Node {
            span,
            kind,
            line: mark.line + 1,
            column: mark.column,
            anchored: anchor.is_some(),
            tag,
        });
        self.tree.nodes.len() - 1
    }

    fn start(
        &mut self,
        kind: Kind,
        mark: Mark,
        span: Range<usize>,
        anchor: Option<&'t str>,
        tag: Option<&str>,
    ) {
        let node = self.push(kind, mark, span, anchor, tag_of(tag));
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Anchored::Open);
        }
        self.open.push(Open {
            node,
            anchor,
            key: None,
            weight: Weight::LEAF,
        });
    }

    /// Hangs a complete node into its parent.
    fn finish(&mut self, node: NodeId, anchor: Option<&'t str>, weight: Weight, mark: Mark) {
        if weight.depth > MAX_DEPTH {
            let limit = MAX_DEPTH;
            self.refuse(Phase::Decode, mark, Problem::Depth { limit });
        }
        if let Some(anchor) = anchor {
            self.anchors
                .insert(anchor, Anchored::Complete(node, weight));
        }
        let Some(parent) = self.open.last_mut() else {
            if excessive(weight) {
                self.refuse(Phase::Decode, mark, Problem::AliasBomb);
            }
            self.tree.root = Some(node);
            if let Some(root) = self.tree.nodes.get(node) {
                self.tree.end = root.span.end;
            }
            return;
        };
        parent.weight.add(weight);
        let Some(open) = self.tree.nodes.get_mut(parent.node) else {
            return;
        };
        match &mut open.kind {
            Kind::Sequence { items, .. } => items.push(node),
            Kind::Mapping { entries, .. } => {
                if let Some(key) = parent.key.take() {
                    entries.push((key, node));
                    self.seat_null(key, node);
                    if !self.merges(key, node) {
                        self.refuse(Phase::Decode, mark, Problem::Merge);
                    }
                } else {
                    parent.key = Some(node);
                    self.check_key(node, mark);
                }
            }
            _ => {}
        }
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

    fn resolved(&self, id: NodeId) -> Option<&Node> {
        let node = self.tree.nodes.get(id)?;
        match node.kind {
            Kind::Alias(target) => self.tree.nodes.get(target),
            _ => Some(node),
        }
    }

    fn plain<'n>(&'n self, node: &'n Node) -> Option<&'n str> {
        let Kind::Scalar { style, value } = &node.kind else {
            return None;
        };
        let plain = match node.tag {
            Tag::None => *style == Style::Plain,
            Tag::Null | Tag::Merge => true,
            _ => false,
        };
        plain.then(|| match value {
            Some(value) => value.as_str(),
            None => self.text.get(node.span.clone()).unwrap_or_default(),
        })
    }

    fn check_key(&mut self, id: NodeId, mark: Mark) {
        let Some(node) = self.resolved(id) else {
            return;
        };
        let (phase, found) = match &node.kind {
            Kind::Sequence { .. } => (Phase::Decode, "[]interface {}"),
            Kind::Mapping { .. } => (Phase::Decode, "map[interface {}]interface {}"),
            Kind::Scalar { .. } | Kind::Alias(_) => match self.plain(node) {
                Some(text) if yaml11::resolve(text) == Typed::Null => (Phase::Convert, "<nil>"),
                _ => return,
            },
        };
        self.refuse(phase, mark, Problem::MapKey { found });
    }

    /// Whether an entry is no merge, or one of a mapping or several.
    fn merges(&self, key: NodeId, value: NodeId) -> bool {
        let mapping = |id| {
            let node = self.resolved(id);
            matches!(node.map(|node| &node.kind), Some(Kind::Mapping { .. }))
        };
        let merge = self
            .tree
            .nodes
            .get(key)
            .is_some_and(|key| self.plain(key) == Some("<<"));
        if !merge || mapping(value) {
            return true;
        }
        // Of a list itself, and not of an alias to one.
        match self.tree.nodes.get(value).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => items.iter().all(|item| mapping(*item)),
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

/// The namespace of the tags that begin with `!!`.
const NAMESPACE: &str = "tag:yaml.org,2002:";

fn tag_of(tag: Option<&str>) -> Tag {
    let Some(tag) = tag else {
        return Tag::None;
    };
    match tag.strip_prefix(NAMESPACE) {
        Some("str") => Tag::Str,
        Some("binary") => Tag::Binary,
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int" | "float") => Tag::Number,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
