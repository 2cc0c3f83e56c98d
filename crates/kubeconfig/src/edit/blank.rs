//! Files that say nothing yet.

use super::EditError;
use super::place;
use super::splice::Splices;
use crate::emit;
use crate::emit::Dialect;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::Tag;
use crate::tree::View;

/// Whether the document holds nothing: no node at all, a null, or `{}`.
pub(super) fn is_blank(view: View<'_>) -> bool {
    let Some(root) = view.root() else {
        return true;
    };
    let node = view.node(root);
    let written = view.text().get(node.span.clone()).unwrap_or_default();
    match &node.kind {
        Kind::Mapping { entries, .. } => entries.is_empty() && !written.contains(['#', '\n', '\r']),
        _ => place::is_null(view, root),
    }
}

/// Writes the file that kubectl would write, with `fields` among those that it always writes.
pub(super) fn write(
    view: View<'_>,
    fields: &[(&str, Value)],
    splices: &mut Splices,
) -> Result<(), EditError> {
    let text = view.text();
    let lines = lines(fields, splices.dialect);
    let newline = place::line_break(text, place::line_end(text, 0));
    let Some(root) = view.root() else {
        // Nothing at all, or comments.
        let gap = if text.is_empty() || text.ends_with(['\n', '\r']) {
            ""
        } else {
            newline
        };
        splices.insert(text.len(), format!("{gap}{}{newline}", lines.join(newline)));
        return Ok(());
    };
    let node = view.node(root);
    if node.anchored || node.tag != Tag::None {
        return Err(place::unsupported(view, root, "the empty document"));
    }
    if node.span.is_empty() {
        let at = place::after_line(view, node.span.end, root)?;
        splices.lines(at, &lines, newline);
        return Ok(());
    }
    let gap = if node.column == 0 { "" } else { newline };
    splices.replace(node.span.clone(), format!("{gap}{}", lines.join(newline)));
    Ok(())
}

fn lines(fields: &[(&str, Value)], dialect: Dialect) -> Vec<String> {
    let mut written: Vec<(String, Vec<String>)> = emit::skeleton()
        .into_iter()
        .map(|line| {
            let key = line.split(':').next().unwrap_or_default().to_owned();
            (key, vec![line])
        })
        .collect();
    for (name, value) in fields {
        let lines = emit::block_field(name, value, "", false, dialect);
        match written.binary_search_by(|(key, _)| key.as_str().cmp(name)) {
            Ok(at) => {
                if let Some(slot) = written.get_mut(at) {
                    slot.1 = lines;
                }
            }
            Err(at) => written.insert(at, ((*name).to_owned(), lines)),
        }
    }
    written.into_iter().flat_map(|(_, lines)| lines).collect()
}
