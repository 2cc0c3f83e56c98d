//! Fields of mappings: replacing their value, or adding them.

use super::EditError;
use super::Splice;
use super::place;
use super::place::Place;
use super::place::Slot;
use crate::emit;
use crate::emit::Notation;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Style;
use crate::tree::Tag;
use crate::tree::View;

/// Where a new field goes.
pub(super) enum Where {
    First,
    After(usize),
}

pub(super) fn set_in_cluster(
    view: View<'_>,
    cluster: &str,
    field: &'static str,
    value: &str,
) -> Result<Vec<Splice>, EditError> {
    let not_found = || EditError::NotFound {
        kind: "cluster",
        name: cluster.to_owned(),
    };
    let root = place::root(view).ok_or_else(not_found)?;
    let list = place::slot(view, root, "clusters")?
        .ok_or_else(not_found)?
        .value;
    let entry = place::items(view, list)
        .iter()
        .map(|item| place::enter(view, *item, list.shared))
        .find(|entry| place::has_name(view, *entry, cluster))
        .ok_or_else(not_found)?;
    let text = Value::Text(value.to_owned());
    if !place::is_mapping(view, entry.node) {
        return Err(place::unsupported(view, entry.node, "this cluster"));
    }
    let whole = Value::Map(vec![(field.to_owned(), text.clone())]);
    let Some(body) = place::slot(view, entry, "cluster")? else {
        return add(view, entry, "cluster", &whole, &Where::First);
    };
    if place::is_null(view, body.value.node) {
        return set(view, entry, body, "cluster", &whole);
    }
    if let Some(slot) = place::slot(view, body.value, field)? {
        return set(view, body.value, slot, field, &text);
    }
    let after = match field {
        "tls-server-name" => position(view, body.value.node, "server"),
        _ => None,
    };
    add(
        view,
        body.value,
        field,
        &text,
        &after.map_or(Where::First, Where::After),
    )
}

pub(super) fn set_current_context(view: View<'_>, name: &str) -> Result<Vec<Splice>, EditError> {
    let Some(root) = place::root(view) else {
        return Err(EditError::SelfCheck { cause: None });
    };
    let text = Value::Text(name.to_owned());
    match place::slot(view, root, "current-context")? {
        Some(slot) => set(view, root, slot, "current-context", &text),
        None => add(
            view,
            root,
            "current-context",
            &text,
            &top_position(view, root.node, "current-context"),
        ),
    }
}

/// Where kubectl, which sorts its keys, would have a top-level key.
pub(super) fn top_position(view: View<'_>, root: NodeId, name: &str) -> Where {
    let Kind::Mapping { entries, .. } = &view.node(root).kind else {
        return Where::First;
    };
    let later = entries
        .iter()
        .position(|(key, _)| view.raw(*key).is_some_and(|key| key > name));
    match later.unwrap_or(entries.len()).checked_sub(1) {
        Some(before) => Where::After(before),
        None => Where::First,
    }
}

/// The entry of a mapping whose key is `name`; the last one, as it counts.
fn position(view: View<'_>, mapping: NodeId, name: &str) -> Option<usize> {
    let Kind::Mapping { entries, .. } = &view.node(mapping).kind else {
        return None;
    };
    entries
        .iter()
        .rposition(|(key, _)| view.raw(*key) == Some(name))
}

/// Replaces a field's value.
pub(super) fn set(
    view: View<'_>,
    mapping: Place,
    slot: Slot,
    name: &str,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let id = slot.value.node;
    if slot.value.shared {
        return Err(place::shared(view, id, name));
    }
    let node = view.node(id);
    let Kind::Scalar { style, .. } = node.kind else {
        return Err(place::unsupported(view, id, name));
    };
    if !matches!(node.tag, Tag::None | Tag::Str | Tag::Other) {
        return Err(place::unsupported(view, id, name));
    }
    let notation = notation(view, mapping.node, slot.key);
    let written = match value {
        // Quotes around nothing were needed; they say nothing about the new value.
        Value::Text(text) if view.raw(id) == Some("") && notation != Notation::Json => {
            emit::scalar(text, notation)
        }
        Value::Text(text) => emit::rewrite(text, style, notation),
        value => emit::flow(
            value,
            if notation == Notation::Json {
                notation
            } else {
                Notation::Flow
            },
        ),
    };
    if style == Style::Block {
        return block_scalar(view, slot, name, &written);
    }
    if node.span.is_empty() && node.tag == Tag::None {
        let at = after_colon(view, slot.key).ok_or_else(|| place::unsupported(view, id, name))?;
        return Ok(vec![Splice::insert(at, format!(" {written}"))]);
    }
    if node.span.is_empty() {
        return Ok(vec![Splice::insert(node.span.end, format!(" {written}"))]);
    }
    Ok(vec![Splice::replace(node.span.clone(), written)])
}

/// Replaces `|` or `>`, its header and its lines by one value on the line of the key.
fn block_scalar(
    view: View<'_>,
    slot: Slot,
    name: &str,
    written: &str,
) -> Result<Vec<Splice>, EditError> {
    let node = view.node(slot.value.node);
    let unsupported = || place::unsupported(view, slot.value.node, name);
    let from = after_colon(view, slot.key).ok_or_else(unsupported)?;
    let to = node.span.end;
    let old = view.text().get(from..to).unwrap_or_default();
    let header = old.get(..place::line_end(old, 0)).unwrap_or_default();
    if node.tag != Tag::None || !header.trim_start().starts_with(['|', '>']) || header.contains('#')
    {
        return Err(unsupported());
    }
    let kept = old.trim_end_matches(['\n', '\r']).len();
    Ok(vec![Splice::replace(
        from..from + kept,
        format!(" {written}"),
    )])
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

/// Adds a field that the mapping does not have.
pub(super) fn add(
    view: View<'_>,
    mapping: Place,
    name: &str,
    value: &Value,
    place: &Where,
) -> Result<Vec<Splice>, EditError> {
    let node = view.node(mapping.node);
    if mapping.shared {
        return Err(place::shared(view, mapping.node, name));
    }
    let Kind::Mapping { flow, entries } = &node.kind else {
        return Err(place::unsupported(view, mapping.node, name));
    };
    let neighbour = match place {
        Where::First => entries.first(),
        Where::After(index) => entries.get(*index),
    };
    let Some(&(key, neighbour_value)) = neighbour else {
        // `{}`, the only mapping without entries.
        let field = emit::flow_field(name, value, Notation::Flow);
        return Ok(vec![Splice::insert(node.span.start + 1, field)]);
    };
    let notation = notation(view, mapping.node, key);
    if *flow {
        let field = emit::flow_field(name, value, notation);
        return Ok(vec![match place {
            Where::First => Splice::insert(view.node(key).span.start, format!("{field}, ")),
            Where::After(_) => {
                let end = place::content_end(view, neighbour_value);
                // `{key:, …` would make the comma's neighbour a part of the key.
                let gap = if view.node(neighbour_value).span.is_empty() {
                    " "
                } else {
                    ""
                };
                Splice::insert(end, format!("{gap}, {field}"))
            }
        }]);
    }
    let indent = place::indentation(view, key)
        .ok_or_else(|| place::unsupported(view, mapping.node, name))?;
    let quoted = place::is_quoted(view, key);
    let lines = emit::block_field(name, value, &indent, quoted);
    match place {
        Where::First => {
            let at = view.node(key).span.start;
            let newline = place::line_break(view.text(), place::line_end(view.text(), at));
            let text = lines.join(newline);
            let text = text.trim_start_matches(' ');
            Ok(vec![Splice::insert(at, format!("{text}{newline}{indent}"))])
        }
        Where::After(_) => {
            let end = place::content_end(view, neighbour_value);
            Ok(vec![place::after_line(view, end, &lines, neighbour_value)?])
        }
    }
}

/// How a new value is to be written beside `key`.
pub(super) fn notation(view: View<'_>, collection: NodeId, key: NodeId) -> Notation {
    match (
        place::is_flow(view, collection),
        place::is_quoted(view, key),
    ) {
        (false, _) => Notation::Block,
        (true, false) => Notation::Flow,
        (true, true) => Notation::Json,
    }
}
