//! Lists below an entry: arguments, groups, variables, extensions.

use super::EditError;
use super::changes::Changes;
use super::place;
use super::plan::Plan;
use super::scalar;
use crate::emit::Notation;
use crate::emit::Value;

/// More cells than any two lists of arguments need; beyond, only their ends are compared.
const TABLE: usize = 1 << 20;

/// Makes a list that says `old` say `new`.
pub(super) fn change(
    plan: &mut Plan<'_>,
    changes: &mut Changes<'_>,
    old: &[Value],
    new: &[Value],
) -> Result<(), EditError> {
    let is_extension = |value: &Value| field(value, "extension").is_some();
    if old.iter().chain(new).all(is_extension) {
        return extensions(plan, changes, old, new);
    }
    items(plan, changes, old, new)
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(fields) = value else {
        return None;
    };
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// Extensions are known by name; their order says nothing.
fn extensions(
    plan: &mut Plan<'_>,
    changes: &mut Changes<'_>,
    old: &[Value],
    new: &[Value],
) -> Result<(), EditError> {
    let find = |list: &[Value], name: &Value| -> Option<Value> {
        let mut items = list.iter();
        items
            .find(|item| field(item, "name") == Some(name))
            .cloned()
    };
    let mut seen = Vec::new();
    for index in (0..changes.elements.len()).rev() {
        let Some(element) = changes.elements.get(index) else {
            continue;
        };
        let at = place::enter(plan.view, element.first, changes.at.shared);
        let name = Value::Text(place::name(plan.view, at));
        let counts = !seen.contains(&name);
        match (find(old, &name), find(new, &name)) {
            (Some(Value::Map(old)), Some(Value::Map(new))) if counts => {
                plan.mapping(at, None, "extension", &old, &new)?;
            }
            (_, None) => changes.remove(index),
            _ => {}
        }
        seen.push(name);
    }
    let after = changes.last_kept();
    for item in new {
        if field(item, "name").is_none_or(|name| find(old, name).is_none()) {
            changes.add(after, None, item.clone());
        }
    }
    Ok(())
}

/// Items stay where they are the same, or have the same name; between them others go and come.
fn items(
    plan: &mut Plan<'_>,
    changes: &mut Changes<'_>,
    old: &[Value],
    new: &[Value],
) -> Result<(), EditError> {
    let notation = match changes.key {
        Some(key) if place::is_flow(plan.view, changes.at.node) => {
            if place::is_quoted(plan.view, key) {
                Notation::Json
            } else {
                Notation::Flow
            }
        }
        _ => Notation::Block,
    };
    let mut kept = None;
    let (mut from, mut new_from) = (0, 0);
    let pairs = common(old, new);
    for (at, new_at) in pairs.into_iter().chain([(old.len(), new.len())]) {
        let gone = from..at;
        let mut comes = new.get(new_from..new_at).unwrap_or_default().iter();
        for index in gone {
            let text = comes
                .clone()
                .next()
                .filter(|value| matches!(value, Value::Text(_)));
            let id = changes.elements.get(index).map(|element| element.first);
            if let (Some(value), Some(id), false) = (text, id, changes.at.shared)
                && scalar::set_item(plan.view, id, notation, value, &mut plan.splices)
            {
                comes.next();
                kept = Some(index);
            } else {
                changes.remove(index);
            }
        }
        for value in comes {
            changes.add(kept, None, value.clone());
        }
        if let (Some(Value::Map(old)), Some(Value::Map(new)), Some(element)) =
            (old.get(at), new.get(new_at), changes.elements.get(at))
        {
            let item = place::enter(plan.view, element.first, changes.at.shared);
            plan.mapping(item, None, changes.what, old, new)?;
        }
        kept = Some(at);
        (from, new_from) = (at + 1, new_at + 1);
    }
    Ok(())
}

fn same(old: &Value, new: &Value) -> bool {
    match (field(old, "name"), field(new, "name")) {
        (Some(old), Some(new)) => old == new,
        _ => old == new,
    }
}

/// The pairs of a longest common subsequence.
fn common(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > TABLE {
        let pairs = old.iter().zip(new).take_while(|(old, new)| same(old, new));
        return pairs.enumerate().map(|(index, _)| (index, index)).collect();
    }
    // The length of the longest one from each pair of places on.
    let mut table = vec![0_usize; (old.len() + 1) * width];
    let cell = |table: &[usize], at: usize, new_at: usize| {
        table.get(at * width + new_at).copied().unwrap_or_default()
    };
    for (at, item) in old.iter().enumerate().rev() {
        for (new_at, new_item) in new.iter().enumerate().rev() {
            let longest = if same(item, new_item) {
                cell(&table, at + 1, new_at + 1) + 1
            } else {
                cell(&table, at + 1, new_at).max(cell(&table, at, new_at + 1))
            };
            if let Some(cell) = table.get_mut(at * width + new_at) {
                *cell = longest;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut at, mut new_at) = (0, 0);
    while let (Some(item), Some(new_item)) = (old.get(at), new.get(new_at)) {
        if same(item, new_item) {
            pairs.push((at, new_at));
            (at, new_at) = (at + 1, new_at + 1);
        } else if cell(&table, at + 1, new_at) >= cell(&table, at, new_at + 1) {
            at += 1;
        } else {
            new_at += 1;
        }
    }
    pairs
}
