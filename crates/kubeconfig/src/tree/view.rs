//! Looking at nodes the way go-yaml v2 decodes them.

use std::borrow::Cow;

use super::Kind;
use super::Node;
use super::NodeId;
use super::Style;
use super::Tag;
use super::Tree;
use crate::error::ParseError;
use crate::error::Problem;
use crate::gobase64;
use crate::yaml11;
use crate::yaml11::Typed;

/// A tree and the text that it is about.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    text: &'a str,
    tree: &'a Tree,
}

/// One key of a mapping, after merges.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
    /// It comes from another mapping through `<<`.
    pub(crate) merged: bool,
}

/// A decoded scalar.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number,
    Text(Cow<'a, str>),
}

impl<'a> View<'a> {
    pub(crate) fn new(text: &'a str, tree: &'a Tree) -> Self {
        Self { text, tree }
    }

    pub(crate) fn text(self) -> &'a str {
        self.text
    }

    pub(crate) fn tree(self) -> &'a Tree {
        self.tree
    }

    pub(crate) fn root(self) -> Option<NodeId> {
        self.tree.root
    }

    pub(crate) fn nodes(self) -> impl Iterator<Item = (NodeId, &'a Node)> {
        self.tree.nodes.iter().enumerate()
    }

    /// The node itself. Ids come from this tree; the fallback is never reached.
    pub(crate) fn node(self, id: NodeId) -> &'a Node {
        static NOTHING: Node = Node {
            kind: Kind::Scalar {
                style: Style::Plain,
                value: None,
            },
            span: 0..0,
            line: 1,
            column: 0,
            anchored: false,
            tag: Tag::None,
        };
        self.tree.nodes.get(id).unwrap_or(&NOTHING)
    }

    /// The node that an alias stands for, else the node.
    pub(crate) fn resolved(self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    pub(crate) fn error(self, id: NodeId, problem: Problem) -> ParseError {
        let node = self.node(id);
        ParseError::new(node.line, node.column + 1, problem)
    }

    /// A scalar's text before it is typed.
    pub(crate) fn raw(self, id: NodeId) -> Option<&'a str> {
        let node = self.node(self.resolved(id));
        match &node.kind {
            Kind::Scalar {
                value: Some(value), ..
            } => Some(value),
            Kind::Scalar { value: None, .. } => self.text.get(node.span.clone()),
            _ => None,
        }
    }

    /// The type that go-yaml v2 gives a scalar (`decode.go`, `scalar`); `None` for a collection.
    pub(crate) fn scalar(self, id: NodeId) -> Option<Scalar<'a>> {
        let node = self.node(self.resolved(id));
        let Kind::Scalar { style, .. } = &node.kind else {
            return None;
        };
        let raw = self.raw(id)?;
        let plain = match node.tag {
            Tag::None => *style == Style::Plain,
            Tag::Bool | Tag::Number => true,
            Tag::Null => return Some(Scalar::Null),
            Tag::Binary => {
                let bytes = gobase64::decode(raw).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return Some(Scalar::Text(Cow::Owned(text)));
            }
            Tag::Str | Tag::Merge | Tag::Other => false,
        };
        if !plain {
            return Some(Scalar::Text(Cow::Borrowed(raw)));
        }
        Some(match yaml11::resolve(raw) {
            Typed::Null => Scalar::Null,
            Typed::Bool(value) => Scalar::Bool(value),
            Typed::Int(_) | Typed::Float(_) => Scalar::Number,
            Typed::Merge | Typed::Text => Scalar::Text(Cow::Borrowed(raw)),
        })
    }

    /// The fields of a mapping in the order in which go-yaml v2 sets them: the last one of a
    /// name counts, and a merge overrides what stands before it.
    pub(crate) fn fields(self, mapping: NodeId) -> Result<Vec<Field<'a>>, ParseError> {
        let mut fields = Vec::new();
        self.collect(mapping, false, &mut fields)?;
        Ok(fields)
    }

    fn collect(
        self,
        mapping: NodeId,
        merged: bool,
        fields: &mut Vec<Field<'a>>,
    ) -> Result<(), ParseError> {
        let Kind::Mapping { entries, .. } = &self.node(self.resolved(mapping)).kind else {
            return Err(self.error(mapping, Problem::Merge));
        };
        fields.reserve(entries.len());
        for &(key, value) in entries {
            if self.merges(key) {
                match &self.node(self.resolved(value)).kind {
                    Kind::Mapping { .. } => self.collect(value, true, fields)?,
                    // An alias to a list is refused by go-yaml; earlier mappings win.
                    Kind::Sequence { items, .. } if self.resolved(value) == value => {
                        for item in items.iter().rev() {
                            self.collect(*item, true, fields)?;
                        }
                    }
                    _ => return Err(self.error(value, Problem::Merge)),
                }
            } else {
                fields.push(Field {
                    name: self.key_name(key),
                    key,
                    value,
                    merged,
                });
            }
        }
        Ok(())
    }

    /// Whether a key is `<<`.
    pub(crate) fn merges(self, key: NodeId) -> bool {
        let node = self.node(key);
        let Kind::Scalar { style, .. } = &node.kind else {
            return false;
        };
        match node.tag {
            Tag::Merge => self.raw(key) == Some("<<"),
            Tag::None => *style == Style::Plain && self.raw(key) == Some("<<"),
            _ => false,
        }
    }

    /// A key as JSON names it (sigs.k8s.io/yaml, `convertToJSONableObject`).
    fn key_name(self, key: NodeId) -> Cow<'a, str> {
        let raw = self.raw(key).unwrap_or_default();
        match self.scalar(key) {
            Some(Scalar::Bool(true)) => Cow::Borrowed("true"),
            Some(Scalar::Bool(false)) => Cow::Borrowed("false"),
            Some(Scalar::Number) => match yaml11::resolve(raw) {
                Typed::Int(value) => Cow::Owned(value.to_string()),
                _ => Cow::Borrowed(raw),
            },
            Some(Scalar::Text(text)) => text,
            Some(Scalar::Null) | None => Cow::Borrowed(raw),
        }
    }
}

/// The field that counts: the last of that name.
pub(crate) fn last<'f, 'a>(fields: &'f [Field<'a>], name: &str) -> Option<&'f Field<'a>> {
    fields.iter().rev().find(|field| field.name == name)
}
