//! New entries of the three lists, and new files.

use super::EditError;
use super::Splice;
use super::field;
use super::place;
use super::place::Place;
use crate::emit;
use crate::emit::Layout;
use crate::emit::Notation;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Tag;
use crate::tree::View;

/// Writes what kubectl writes for an empty config, where the document has nothing yet; the
/// entries then follow as into any other file.
pub(super) fn skeleton(view: View<'_>) -> Result<Vec<Splice>, EditError> {
    let text = view.text();
    let lines = emit::skeleton();
    let newline = place::line_break(text, place::line_end(text, 0));
    let Some(root) = view.root() else {
        // Nothing at all, or comments.
        let gap = if text.is_empty() || text.ends_with(['\n', '\r']) {
            ""
        } else {
            newline
        };
        return Ok(vec![Splice::insert(
            text.len(),
            format!("{gap}{}{newline}", lines.join(newline)),
        )]);
    };
    let node = view.node(root);
    let written = text.get(node.span.clone()).unwrap_or_default();
    let empty = match &node.kind {
        Kind::Mapping { entries, .. } => entries.is_empty() && !written.contains(['#', '\n', '\r']),
        _ => place::is_null(view, root),
    };
    if !empty {
        return Ok(Vec::new());
    }
    if node.anchored || node.tag != Tag::None {
        return Err(place::unsupported(view, root, "the empty document"));
    }
    if node.span.is_empty() {
        return Ok(vec![place::after_line(view, node.span.end, &lines, root)?]);
    }
    let gap = if node.column == 0 { "" } else { newline };
    Ok(vec![Splice::replace(
        node.span.clone(),
        format!("{gap}{}", lines.join(newline)),
    )])
}

/// Appends an entry to a list.
pub(super) fn append(view: View<'_>, list: &str, item: &Value) -> Result<Vec<Splice>, EditError> {
    let Some(root) = place::root(view) else {
        return Err(EditError::SelfCheck { cause: None });
    };
    let Some(slot) = place::slot(view, root, list)? else {
        let whole = Value::List(vec![item.clone()]);
        return field::add(
            view,
            root,
            list,
            &whole,
            &field::top_position(view, root.node, list),
        );
    };
    let place = slot.value;
    if place.shared {
        return Err(place::shared(view, place.node, list));
    }
    let notation = field::notation(view, root.node, slot.key);
    match &view.node(place.node).kind {
        Kind::Sequence { flow: false, items } => {
            append_to_block(view, place, items, slot.key, item)
        }
        Kind::Sequence { items, .. } if !items.is_empty() => {
            Ok(vec![append_to_flow(view, items, item, notation)])
        }
        Kind::Sequence { .. } if notation != Notation::Block || !is_bare_brackets(view, place) => {
            let at = view.node(place.node).span.start + 1;
            let notation = if notation == Notation::Block {
                Notation::Flow
            } else {
                notation
            };
            Ok(vec![Splice::insert(at, emit::flow(item, notation))])
        }
        Kind::Scalar { .. } if notation != Notation::Block => {
            field::set(view, root, slot, list, &Value::List(vec![item.clone()]))
        }
        _ => open_block(view, place, slot.key, item, list),
    }
}

fn is_bare_brackets(view: View<'_>, list: Place) -> bool {
    let written = view
        .text()
        .get(view.node(list.node).span.clone())
        .unwrap_or_default();
    !written.contains(['#', '\n', '\r'])
}

/// Turns `clusters: []` or `clusters: null` or `clusters:` into a block list.
fn open_block(
    view: View<'_>,
    list: Place,
    key: NodeId,
    item: &Value,
    name: &str,
) -> Result<Vec<Splice>, EditError> {
    let node = view.node(list.node);
    let unsupported = || place::unsupported(view, list.node, name);
    let indent = place::indentation(view, key).ok_or_else(unsupported)?;
    let colon = field::after_colon(view, key).ok_or_else(unsupported)?;
    if node.tag != Tag::None {
        return Err(unsupported());
    }
    let layout = Layout {
        indent,
        ..Layout::default()
    };
    let end = node.span.end.max(colon);
    let mut splices = vec![place::after_line(
        view,
        end,
        &emit::block_item(item, &layout),
        key,
    )?];
    if !node.span.is_empty() {
        splices.push(Splice::replace(colon..end, ""));
    }
    Ok(splices)
}

fn append_to_flow(view: View<'_>, items: &[NodeId], item: &Value, outer: Notation) -> Splice {
    let last = items.last().copied().unwrap_or_default();
    let end = place::content_end(view, last);
    let json = match &view.node(last).kind {
        Kind::Mapping { entries, .. } => {
            entries.first().map_or(outer == Notation::Json, |(key, _)| {
                place::is_quoted(view, *key)
            })
        }
        _ => outer == Notation::Json,
    };
    let written = emit::flow(item, if json { Notation::Json } else { Notation::Flow });
    // One item per line stays one item per line.
    let start = view.node(last).span.start;
    let prefix = view
        .text()
        .get(place::line_start(view.text(), start)..start)
        .unwrap_or_default();
    let own_line = place::line_start(view.text(), start) > 0 && prefix.trim().is_empty();
    if own_line {
        let newline = place::line_break(view.text(), place::line_end(view.text(), end));
        return Splice::insert(end, format!(",{newline}{prefix}{written}"));
    }
    Splice::insert(end, format!(", {written}"))
}

fn append_to_block(
    view: View<'_>,
    list: Place,
    items: &[NodeId],
    key: NodeId,
    item: &Value,
) -> Result<Vec<Splice>, EditError> {
    let neighbour = items.last().copied().unwrap_or(list.node);
    let layout =
        layout(view, items, key).ok_or_else(|| place::unsupported(view, neighbour, "this list"))?;
    let end = place::content_end(view, neighbour);
    Ok(vec![place::after_line(
        view,
        end,
        &emit::block_item(item, &layout),
        neighbour,
    )?])
}

/// How the entries of a list are indented.
fn layout(view: View<'_>, items: &[NodeId], key: NodeId) -> Option<Layout> {
    let (dash, item) = dash(view, *items.last()?, key)?;
    let text = view.text();
    let indent = text.get(place::line_start(text, dash)..dash)?.to_owned();
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let mut layout = Layout {
        indent,
        ..Layout::default()
    };
    let item = view.node(item);
    if let Kind::Mapping {
        flow: false,
        entries,
    } = &item.kind
        && let Some(&(first, _)) = entries.first()
    {
        let first = view.node(first);
        if place::line_start(text, first.span.start) == place::line_start(text, dash) {
            layout.dash = (first.span.start - dash).clamp(2, 16);
        }
        for (_, value) in entries {
            let value = view.node(*value);
            if let Kind::Mapping {
                flow: false,
                entries,
            } = &value.kind
                && let Some(&(inner, _)) = entries.first()
            {
                let step = view.node(inner).column.saturating_sub(first.column);
                layout.step = step.clamp(1, 16);
            }
        }
    }
    Some(layout)
}

/// The offset of the `-` of the last item, and that item.
fn dash(view: View<'_>, item: NodeId, key: NodeId) -> Option<(usize, NodeId)> {
    let text = view.text();
    let floor = view.node(key).span.end;
    let mut at = view.node(item).span.start;
    loop {
        let start = place::line_start(text, at);
        let line = text.get(start..place::line_end(text, start))?;
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let dash = start + blanks;
        if dash < floor {
            return None;
        }
        if line.get(blanks..)?.starts_with('-') {
            return Some((dash, item));
        }
        at = start.checked_sub(1)?;
    }
}
