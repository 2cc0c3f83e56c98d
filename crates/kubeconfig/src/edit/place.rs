//! Finding nodes, and the places in the text around them.

use super::EditError;
use crate::emit::Notation;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Scalar;
use crate::tree::Style;
use crate::tree::View;
use crate::tree::last;

/// A node and whether something else in the document shows the same bytes.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: NodeId,
    pub(super) shared: bool,
}

/// A field of a mapping that can be edited.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) key: NodeId,
    pub(super) value: Place,
}

pub(super) fn root(view: View<'_>) -> Option<Place> {
    let root = view.root()?;
    Some(Place {
        node: root,
        shared: view.node(root).anchored,
    })
}

pub(super) fn slot(view: View<'_>, mapping: Place, name: &str) -> Result<Option<Slot>, EditError> {
    let fields = view
        .fields(mapping.node)
        .map_err(|_| unsupported(view, mapping.node, name))?;
    Ok(last(&fields, name).map(|field| Slot {
        key: field.key,
        value: enter(view, field.value, mapping.shared || field.merged),
    }))
}

/// Steps from a place into a child.
pub(super) fn enter(view: View<'_>, child: NodeId, shared: bool) -> Place {
    let node = view.resolved(child);
    Place {
        node,
        shared: shared || node != child || view.node(node).anchored,
    }
}

/// The name of an entry as it is decoded.
pub(super) fn name(view: View<'_>, entry: Place) -> String {
    let Ok(Some(slot)) = slot(view, entry, "name") else {
        return String::new();
    };
    match view.scalar(slot.value.node) {
        Some(Scalar::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

pub(super) fn is_flow(view: View<'_>, id: NodeId) -> bool {
    matches!(
        view.node(id).kind,
        Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. }
    )
}

pub(super) fn is_null(view: View<'_>, id: NodeId) -> bool {
    matches!(view.scalar(id), Some(Scalar::Null))
}

/// Whether a key is written in double quotes, as all keys of JSON are.
pub(super) fn is_quoted(view: View<'_>, key: NodeId) -> bool {
    matches!(
        view.node(key).kind,
        Kind::Scalar {
            style: Style::Double,
            ..
        }
    )
}

pub(super) fn shared(view: View<'_>, node: NodeId, what: &str) -> EditError {
    EditError::Shared {
        line: view.node(node).line,
        what: what.to_owned(),
    }
}

pub(super) fn unsupported(view: View<'_>, node: NodeId, what: &str) -> EditError {
    EditError::Unsupported {
        line: view.node(node).line,
        what: what.to_owned(),
    }
}

/// Where the last byte of a node's content ends. Parsers report the end of a block collection
/// only where the next token begins, behind comments that belong to it or not.
pub(super) fn content_end(view: View<'_>, id: NodeId) -> usize {
    let mut id = id;
    loop {
        let node = view.node(id);
        let child = match &node.kind {
            Kind::Sequence { flow: false, items } => items.last(),
            Kind::Mapping {
                flow: false,
                entries,
            } => entries.last().map(|(_, value)| value),
            _ => None,
        };
        match child {
            Some(child) => id = *child,
            None => return node.span.end,
        }
    }
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .unwrap_or_default()
        .rfind(['\n', '\r'])
        .map_or(0, |found| found + 1)
}

pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// The line break in use at `at`, else the first of the text.
pub(super) fn line_break(text: &str, at: usize) -> &'static str {
    let of = |rest: &str| match rest.as_bytes() {
        [b'\r', b'\n', ..] => Some("\r\n"),
        [b'\r', ..] => Some("\r"),
        [b'\n', ..] => Some("\n"),
        _ => None,
    };
    text.get(at..)
        .and_then(of)
        .or_else(|| of(text.get(line_end(text, 0)..).unwrap_or_default()))
        .unwrap_or("\n")
}

/// The column of a node that begins a line or stands behind `- `, as blanks.
pub(super) fn indentation(view: View<'_>, key: NodeId) -> Option<String> {
    let node = view.node(key);
    let start = line_start(view.text(), node.span.start);
    let prefix = view.text().get(start..node.span.start)?;
    // An anchor or a tag would begin the node earlier; `? ` and `--- ` are no indentation.
    let fits = prefix.chars().all(|char| matches!(char, ' ' | '-'))
        && !prefix.contains("--")
        && !prefix.trim_start().starts_with("-\u{20}-");
    fits.then(|| prefix.replace('-', " "))
}

/// The start of the line behind the one on which `end`, the end of `node`'s content, is; the end
/// of the text when that is the last line. Only a comment may stand behind the content.
pub(super) fn after_line(view: View<'_>, end: usize, node: NodeId) -> Result<usize, EditError> {
    let text = view.text();
    if text
        .get(..end)
        .is_some_and(|before| before.ends_with(['\n', '\r']))
    {
        // A block scalar ends behind its last line break.
        return Ok(end);
    }
    if !ends_line(text, end) {
        return Err(unsupported(view, node, "the end of this line"));
    }
    Ok(next_line(text, end))
}

/// Whether nothing but blanks and a comment follows on the line.
pub(super) fn ends_line(text: &str, at: usize) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default();
    let blank = rest.trim_start_matches([' ', '\t']);
    blank.is_empty() || (blank.starts_with('#') && blank.len() < rest.len())
}

/// Whether nothing but blanks precedes on the line.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    text.get(line_start(text, at)..at)
        .is_some_and(|prefix| prefix.trim_matches([' ', '\t']).is_empty())
}

/// The start of the next line, or the end of the text.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    let rest = text.get(end..).unwrap_or_default();
    end + match rest.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    }
}

/// The offset behind the `:` of a key.
pub(super) fn after_colon(view: View<'_>, key: NodeId) -> Option<usize> {
    let end = view.node(key).span.end;
    let rest = view.text().get(end..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest.get(blanks..)?
        .starts_with(':')
        .then_some(end + blanks + 1)
}

/// The last node of a subtree; nodes are numbered as they stand in the text.
pub(super) fn last_node(view: View<'_>, id: NodeId) -> NodeId {
    let mut id = id;
    loop {
        let child = match &view.node(id).kind {
            Kind::Sequence { items, .. } => items.last(),
            Kind::Mapping { entries, .. } => entries.last().map(|(_, value)| value),
            _ => None,
        };
        match child {
            Some(child) => id = *child,
            None => return id,
        }
    }
}

/// How a new value is to be written beside `key`.
pub(super) fn notation(view: View<'_>, collection: NodeId, key: NodeId) -> Notation {
    match (is_flow(view, collection), is_quoted(view, key)) {
        (false, _) => Notation::Block,
        (true, false) => Notation::Flow,
        (true, true) => Notation::Json,
    }
}
