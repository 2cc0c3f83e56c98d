//! Lines of block mappings and block lists that go or come.

use super::EditError;
use super::changes::Added;
use super::changes::Changes;
use super::changes::Element;
use super::place;
use super::splice::Splices;
use crate::emit;
use crate::emit::Layout;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Style;
use crate::tree::View;

pub(super) fn commit(
    view: View<'_>,
    changes: &Changes<'_>,
    splices: &mut Splices,
) -> Result<(), EditError> {
    if changes.is_emptied()
        && let Some(key) = changes.key
    {
        open(view, changes, key, splices)?;
    }
    remove(view, changes, splices)?;
    changes
        .added
        .iter()
        .try_for_each(|added| add(view, changes, added, splices))
}

/// Writes `{}` or `[]` behind the key of what is emptied.
fn open(
    view: View<'_>,
    changes: &Changes<'_>,
    key: NodeId,
    splices: &mut Splices,
) -> Result<(), EditError> {
    let node = view.node(changes.at.node);
    let colon = place::after_colon(view, key).filter(|colon| place::ends_line(view.text(), *colon));
    let Some(colon) = colon else {
        return Err(place::unsupported(view, changes.at.node, changes.what));
    };
    let brackets = match node.kind {
        Kind::Sequence { .. } => " []",
        _ => " {}",
    };
    splices.insert(colon, brackets);
    Ok(())
}

fn remove(view: View<'_>, changes: &Changes<'_>, splices: &mut Splices) -> Result<(), EditError> {
    let mut kept: Option<&Element> = None;
    let mut elements = changes.elements.iter().peekable();
    while let Some(element) = elements.next() {
        if !element.removed {
            kept = Some(element);
            continue;
        }
        let unsupported = || place::unsupported(view, element.first, changes.what);
        let start = line(view, changes, element).ok_or_else(unsupported)?;
        let end = place::content_end(view, element.last);
        let end = place::after_line(view, end.max(start), element.last)?;
        let last = elements.peek().is_none_or(|next| !next.removed);
        let column = element_column(view, start);
        if last && kept.is_some_and(|kept| swallows(view, kept.last, end, column)) {
            return Err(unsupported());
        }
        splices.remove(start..end);
    }
    Ok(())
}

fn element_column(view: View<'_>, start: usize) -> usize {
    let line = view.text().get(start..).unwrap_or_default();
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a block scalar that ends with `last` would take the lines at `at` for its own, once
/// they stand right behind it.
fn swallows(view: View<'_>, last: NodeId, at: usize, column: usize) -> bool {
    let node = view.node(place::last_node(view, last));
    if !matches!(
        node.kind,
        Kind::Scalar {
            style: Style::Block,
            ..
        }
    ) {
        return false;
    }
    let text = view.text();
    let header = text.get(..node.span.start).unwrap_or_default().trim_end();
    let header = header.get(place::line_start(header, header.len())..);
    let keeps = header.is_none_or(|header| header.contains('+'));
    let mut at = at;
    while at < text.len() {
        let line = text.get(at..place::line_end(text, at)).unwrap_or_default();
        let content = line.trim_start_matches([' ', '\t']);
        let comment = content.starts_with('#');
        if (comment && line.len() - content.len() > column) || (content.is_empty() && keeps) {
            return true;
        }
        if !(comment || content.is_empty()) {
            return false;
        }
        at = place::next_line(text, at);
    }
    false
}

/// The start of the line on which an element begins, if it does.
fn line(view: View<'_>, changes: &Changes<'_>, element: &Element) -> Option<usize> {
    let text = view.text();
    let start = match &view.node(changes.at.node).kind {
        Kind::Sequence { .. } => dash(view, changes, element.first)?,
        _ => view.node(element.first).span.start,
    };
    let begins = place::begins_line(text, start);
    begins.then(|| place::line_start(text, start))
}

/// The offset of the `-` of an item.
fn dash(view: View<'_>, changes: &Changes<'_>, item: NodeId) -> Option<usize> {
    let text = view.text();
    let floor = changes.key.map_or(0, |key| view.node(key).span.end);
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
            return Some(dash);
        }
        at = start.checked_sub(1)?;
    }
}

fn add(
    view: View<'_>,
    changes: &Changes<'_>,
    added: &Added,
    splices: &mut Splices,
) -> Result<(), EditError> {
    let text = view.text();
    let unsupported = || place::unsupported(view, changes.at.node, changes.what);
    let first = changes.elements.first().ok_or_else(unsupported)?;
    let lines = if let Some(name) = &added.name {
        let indent = place::indentation(view, first.first).ok_or_else(unsupported)?;
        let quoted = place::is_quoted(view, first.first);
        emit::block_field(name, &added.value, &indent, quoted, splices.dialect)
    } else {
        let layout = layout(view, changes).ok_or_else(unsupported)?;
        emit::block_item(&added.value, &layout, splices.dialect)
    };
    // What comes to the end of a list comes behind the place of items that go from there.
    let after = match &added.name {
        None if added.after == changes.last_kept() => {
            changes.elements.last().filter(|_| added.after.is_some())
        }
        _ => added.after.and_then(|after| changes.elements.get(after)),
    };
    if let Some(element) = after {
        let end = place::content_end(view, element.last);
        let at = place::after_line(view, end, element.last)?;
        splices.lines(
            at,
            &lines,
            place::line_break(text, place::line_end(text, end)),
        );
        return Ok(());
    }
    let start = view.node(first.first).span.start;
    let newline = place::line_break(text, place::line_end(text, start));
    if let Some(at) = line(view, changes, first) {
        splices.lines(at, &lines, newline);
        return Ok(());
    }
    // Behind a dash: the new field takes the place of the first, which goes to the next line.
    if added.name.is_none() || first.removed {
        return Err(unsupported());
    }
    let indent = place::indentation(view, first.first).ok_or_else(unsupported)?;
    let lines = lines.join(newline);
    let lines = lines.trim_start_matches(' ');
    splices.insert(start, format!("{lines}{newline}{indent}"));
    Ok(())
}

/// How the items of a list are indented.
fn layout(view: View<'_>, changes: &Changes<'_>) -> Option<Layout> {
    let item = changes.elements.last()?.first;
    let dash = dash(view, changes, item)?;
    let text = view.text();
    let indent = text.get(place::line_start(text, dash)..dash)?.to_owned();
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let mut layout = Layout {
        indent,
        ..Layout::default()
    };
    if let Kind::Mapping {
        flow: false,
        entries,
    } = &view.node(item).kind
        && let Some(&(first, _)) = entries.first()
    {
        let first = view.node(first);
        if place::line_start(text, first.span.start) == place::line_start(text, dash) {
            layout.dash = (first.span.start - dash).clamp(2, 16);
        }
        for (_, value) in entries {
            if let Kind::Mapping {
                flow: false,
                entries,
            } = &view.node(*value).kind
                && let Some(&(inner, _)) = entries.first()
            {
                let step = view.node(inner).column.saturating_sub(first.column);
                layout.step = step.clamp(1, 16);
            }
        }
    }
    Some(layout)
}
