//! Scalars that become others, in the quotes that they have.

use super::EditError;
use super::place;
use super::place::Slot;
use super::splice::Splices;
use crate::emit;
use crate::emit::Notation;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Style;
use crate::tree::Tag;
use crate::tree::View;

/// Replaces a scalar that is a field's value.
pub(super) fn set(
    view: View<'_>,
    slot: Slot,
    notation: Notation,
    name: &str,
    value: &Value,
    splices: &mut Splices,
) -> Result<(), EditError> {
    let id = slot.value.node;
    let node = view.node(id);
    let unsupported = || place::unsupported(view, id, name);
    let Kind::Scalar { style, .. } = node.kind else {
        return Err(unsupported());
    };
    if !matches!(node.tag, Tag::None | Tag::Str | Tag::Other) {
        return Err(unsupported());
    }
    let written = written(view, id, style, notation, value);
    if style == Style::Block {
        return block(view, slot, name, &written, splices);
    }
    if node.span.is_empty() {
        let at = match node.tag {
            Tag::None => place::after_colon(view, slot.key).ok_or_else(unsupported)?,
            _ => node.span.end,
        };
        splices.insert(at, format!(" {written}"));
        return Ok(());
    }
    splices.replace(node.span.clone(), written);
    Ok(())
}

/// Replaces a scalar that is an item of a list; false when it is of a kind that cannot be.
pub(super) fn set_item(
    view: View<'_>,
    id: NodeId,
    notation: Notation,
    value: &Value,
    splices: &mut Splices,
) -> bool {
    let node = view.node(id);
    let Kind::Scalar { style, .. } = node.kind else {
        return false;
    };
    if style == Style::Block || node.tag != Tag::None || node.span.is_empty() || node.anchored {
        return false;
    }
    let written = written(view, id, style, notation, value);
    splices.replace(node.span.clone(), written);
    true
}

fn written(view: View<'_>, id: NodeId, style: Style, notation: Notation, value: &Value) -> String {
    match value {
        // Quotes around nothing were needed; they say nothing about the new value.
        Value::Text(text) if view.raw(id) == Some("") && notation != Notation::Json => {
            emit::scalar(text, notation)
        }
        Value::Text(text) => emit::rewrite(text, style, notation),
        value => emit::flow(value, notation),
    }
}

/// Replaces `|` or `>`, its header and its lines by one value on the line of the key.
fn block(
    view: View<'_>,
    slot: Slot,
    name: &str,
    written: &str,
    splices: &mut Splices,
) -> Result<(), EditError> {
    let node = view.node(slot.value.node);
    let unsupported = || place::unsupported(view, slot.value.node, name);
    let from = place::after_colon(view, slot.key).ok_or_else(unsupported)?;
    let old = view.text().get(from..node.span.end).unwrap_or_default();
    let header = old.get(..place::line_end(old, 0)).unwrap_or_default();
    if node.tag != Tag::None || !header.trim_start().starts_with(['|', '>']) || header.contains('#')
    {
        return Err(unsupported());
    }
    let kept = old.trim_end_matches(['\n', '\r']).len();
    splices.replace(from..from + kept, format!(" {written}"));
    Ok(())
}
