//! Elements between brackets that go or come, with their commas.

use super::EditError;
use super::changes::Changes;
use super::place;
use super::splice::Splices;
use crate::emit;
use crate::emit::Notation;
use crate::tree::Kind;
use crate::tree::View;

/// Where an element is written.
struct Written {
    start: usize,
    end: usize,
    /// The offset of the comma behind it.
    comma: Option<usize>,
}

impl Written {
    /// Behind the comma, or behind the element when there is none.
    fn tail(&self) -> usize {
        self.comma.map_or(self.end, |comma| comma + 1)
    }

    fn has_own_lines(&self, text: &str) -> bool {
        place::begins_line(text, self.start)
            && place::ends_line(text, self.tail())
            && place::next_line(text, self.tail()) < text.len()
    }
}

pub(super) fn commit(
    view: View<'_>,
    changes: &Changes<'_>,
    splices: &mut Splices,
) -> Result<(), EditError> {
    let text = view.text();
    let node = view.node(changes.at.node);
    let unsupported = || place::unsupported(view, changes.at.node, changes.what);
    let notation = notation(view, changes);
    let new = |after: Option<usize>| -> Vec<String> {
        changes
            .added
            .iter()
            .filter(|added| added.after == after)
            .map(|added| match &added.name {
                Some(name) => emit::flow_field(name, &added.value, notation),
                None => emit::flow(&added.value, notation),
            })
            .collect()
    };
    let Some(last_kept) = changes.last_kept() else {
        let inside = node.span.start + 1..node.span.end.saturating_sub(1);
        let commented = text.get(inside.clone()).is_none_or(|old| old.contains('#'));
        let new = new(None).join(", ");
        match (changes.elements.is_empty(), commented) {
            (true, _) => splices.insert(inside.start, new),
            (false, false) => splices.replace(inside, new),
            (false, true) => {
                let written = written(view, changes).ok_or_else(unsupported)?;
                for element in &written {
                    remove(text, element, None, splices);
                }
                splices.insert(inside.start, new);
            }
        }
        return Ok(());
    };
    let written = written(view, changes).ok_or_else(unsupported)?;
    let trailing = written.last().is_some_and(|last| last.comma.is_some());
    let first_kept = changes.elements.iter().position(|element| !element.removed);
    let mut before_this = None;
    for (index, (element, written)) in changes.elements.iter().zip(&written).enumerate() {
        if element.removed {
            remove(text, written, before_this, splices);
            before_this = before_this.map(|_| written.tail());
            continue;
        }
        before_this = (index == last_kept).then(|| written.tail());
        if Some(index) == first_kept {
            before(text, written, &new(None), splices);
        }
        let new = new(Some(index));
        let ends = index == last_kept && !trailing;
        if new.is_empty() {
            if let Some(comma) = written.comma.filter(|_| ends) {
                splices.remove(comma..comma + 1);
            }
        } else {
            behind(text, written, &new, ends, splices);
        }
    }
    Ok(())
}

fn notation(view: View<'_>, changes: &Changes<'_>) -> Notation {
    let first = changes.elements.first();
    let key = match &view.node(changes.at.node).kind {
        Kind::Mapping { .. } => first.map(|first| first.first).or(changes.key),
        _ => first
            .and_then(|first| match &view.node(first.first).kind {
                Kind::Mapping { entries, .. } => entries.first().map(|(key, _)| *key),
                _ => None,
            })
            .or(changes.key),
    };
    match key {
        Some(key) if place::is_quoted(view, key) => Notation::Json,
        _ => Notation::Flow,
    }
}

/// Finds all elements; `None` when something unknown stands between them.
fn written(view: View<'_>, changes: &Changes<'_>) -> Option<Vec<Written>> {
    let text = view.text();
    let mut from = view.node(changes.at.node).span.start + 1;
    let mut out = Vec::with_capacity(changes.elements.len());
    for element in &changes.elements {
        let start = skip(text, from)?;
        let end = place::content_end(view, element.last).max(start);
        let next = skip(text, end)?;
        let comma = match text.as_bytes().get(next)? {
            b',' => Some(next),
            b']' | b'}' => None,
            _ => return None,
        };
        from = comma.map_or(next, |comma| comma + 1);
        out.push(Written { start, end, comma });
    }
    let close = skip(text, from)?;
    (close + 1 == view.node(changes.at.node).span.end).then_some(out)
}

/// The next byte that is not blank, a line break or in a comment.
fn skip(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        at += blanks;
        match text.as_bytes().get(at)? {
            b'#' => at = place::line_end(text, at),
            _ => return Some(at),
        }
    }
}

/// Removes an element with its comma. Of those behind the last one that stays the blanks before
/// them go, from `before` on; of the others those behind them.
fn remove(text: &str, element: &Written, before: Option<usize>, splices: &mut Splices) {
    let tail = element.tail();
    if element.has_own_lines(text) {
        splices.remove(place::line_start(text, element.start)..place::next_line(text, tail));
        return;
    }
    let blanks = |rest: &str| rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let Some(before) = before else {
        splices.remove(element.start..tail + blanks(text.get(tail..).unwrap_or_default()));
        return;
    };
    let between = text.get(before..element.start).unwrap_or_default();
    if blanks(between) == between.len() {
        splices.remove(before..tail);
    } else {
        splices.remove(element.start..tail);
    }
}

/// Writes `new` in front of the first element that stays.
fn before(text: &str, element: &Written, new: &[String], splices: &mut Splices) {
    let gap = if element.has_own_lines(text) {
        own_line(text, element)
    } else {
        " ".to_owned()
    };
    if !new.is_empty() {
        let between = format!(",{gap}");
        splices.insert(element.start, new.join(&between) + &between);
    }
}

/// Writes `new` behind an element that stays; with `ends` nothing else is behind them.
fn behind(text: &str, element: &Written, new: &[String], ends: bool, splices: &mut Splices) {
    // One element per line stays one element per line.
    if element.has_own_lines(text) {
        let gap = own_line(text, element);
        let comma = if ends { "" } else { "," };
        let lines = format!("{gap}{}{comma}", new.join(&format!(",{gap}")));
        if element.comma.is_none() {
            splices.insert(element.end, ",");
        }
        splices.insert(place::line_end(text, element.tail()), lines);
        return;
    }
    // `{key:, …` would make the comma's neighbour a part of the key.
    let gap = if text
        .get(..element.end)
        .is_some_and(|old| old.ends_with(':'))
    {
        " "
    } else {
        ""
    };
    splices.insert(element.end, format!("{gap}, {}", new.join(", ")));
    if let Some(comma) = element.comma.filter(|_| ends) {
        splices.remove(comma..comma + 1);
    }
}

/// A line break and the indentation of an element that begins its line.
fn own_line(text: &str, element: &Written) -> String {
    let indent = text.get(place::line_start(text, element.start)..element.start);
    let newline = place::line_break(text, place::line_end(text, element.tail()));
    format!("{newline}{}", indent.unwrap_or_default())
}
