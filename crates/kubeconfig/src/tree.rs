//! The first YAML document as nodes with byte spans.
//!
//! Built from the parser's events. Nodes live in one vector and name each other by index, so
//! neither building nor dropping a deep document recurses. Aliases are kept: they are resolved
//! where somebody looks, and their expansion is bounded here as go-yaml v2 bounds it.

mod build;
mod view;

use std::ops::Range;

pub(crate) use view::Field;
pub(crate) use view::Scalar;
pub(crate) use view::View;
pub(crate) use view::last;
use zeroize::Zeroizing;

pub(crate) use crate::yaml::Style;

pub(crate) type NodeId = usize;

/// More than any kubeconfig nests, and little enough for code that recurses.
const MAX_DEPTH: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    root: Option<NodeId>,
    /// Where the first document ends.
    end: usize,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The value alone, without tag and anchor. Of a block scalar the content without its header,
    /// of a block collection only a start.
    pub(crate) span: Range<usize>,
    pub(crate) line: usize,
    /// From 0, in characters.
    pub(crate) column: usize,
    pub(crate) anchored: bool,
    pub(crate) tag: Tag,
}

pub(crate) enum Kind {
    Scalar {
        style: Style,
        /// `None` when the value is the text of the span.
        value: Option<Zeroizing<String>>,
    },
    Sequence {
        flow: bool,
        items: Vec<NodeId>,
    },
    Mapping {
        flow: bool,
        entries: Vec<(NodeId, NodeId)>,
    },
    Alias(NodeId),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets.
        match self {
            Self::Scalar { style, .. } => write!(f, "Scalar({style:?})"),
            Self::Sequence { items, .. } => write!(f, "Sequence({items:?})"),
            Self::Mapping { entries, .. } => write!(f, "Mapping({entries:?})"),
            Self::Alias(target) => write!(f, "Alias({target})"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    Str,
    Binary,
    Null,
    Bool,
    Number,
    Merge,
    /// Any other, `!` too: go-yaml v2 keeps the text.
    Other,
}

impl Tree {
    /// Where the first document ends; what follows is never read.
    pub(crate) fn end(&self) -> usize {
        self.end
    }
}
