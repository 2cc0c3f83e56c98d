//! From the difference of two typed views to splices.
//!
//! Both views are brought into the shape in which kubectl writes them, and compared field by
//! field beside the nodes of the file. All is planned on one tree.

use std::borrow::Cow;

use super::EditError;
use super::blank;
use super::changes::Changes;
use super::level::Level;
use super::lists;
use super::place;
use super::place::Place;
use super::place::Slot;
use super::scalar;
use super::splice::Splices;
use super::target::Entries;
use super::target::Target;
use crate::config::Config;
use crate::config::Extensions;
use crate::config::Named;
use crate::config::Preferences;
use crate::emit;
use crate::emit::Dialect;
use crate::emit::Notation;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Tag;
use crate::tree::View;

/// The top-level keys in kubectl's order.
const TOP: [&str; 8] = [
    "apiVersion",
    "clusters",
    "contexts",
    "current-context",
    "extensions",
    "kind",
    "preferences",
    "users",
];

type Fields = [(String, Value)];

pub(super) struct Plan<'v> {
    pub(super) view: View<'v>,
    pub(super) splices: Splices,
    /// Subtrees that go, as ranges of nodes.
    gone: Vec<std::ops::RangeInclusive<NodeId>>,
}

/// Plans what makes the document's `config` the `target`.
pub(super) fn plan(
    view: View<'_>,
    config: &Config,
    target: &Target<'_>,
    dialect: Dialect,
) -> Result<Splices, EditError> {
    let mut plan = Plan {
        view,
        splices: Splices::new(dialect),
        gone: Vec::new(),
    };
    let old_top = top(
        &config.current_context,
        &config.preferences,
        &config.extensions,
    );
    let new_top = top(
        &target.current_context,
        &target.preferences,
        &target.extensions,
    );
    if blank::is_blank(view) {
        let fields: Vec<_> = [
            ("clusters", new_entries(&target.clusters, emit::cluster)),
            ("contexts", new_entries(&target.contexts, emit::context)),
            ("users", new_entries(&target.users, emit::user)),
        ]
        .into_iter()
        .filter(|(_, entries)| !entries.is_empty())
        .map(|(list, entries)| (list, Value::List(entries)))
        .chain(
            new_top
                .iter()
                .filter(|field| !old_top.contains(field))
                .map(|(name, value)| (name.as_str(), value.clone())),
        )
        .collect();
        if !fields.is_empty() {
            blank::write(view, &fields, &mut plan.splices)?;
        }
        return Ok(plan.splices);
    }
    let Some(root) = place::root(view) else {
        return Ok(plan.splices);
    };
    let mut root = Level::new(view, root, None, "this file")?;
    plan.entries(&mut root, &target.clusters, emit::cluster)?;
    plan.entries(&mut root, &target.contexts, emit::context)?;
    plan.fields(&mut root, &old_top, &new_top, &TOP)?;
    plan.entries(&mut root, &target.users, emit::user)?;
    plan.commit(&root.changes)?;
    plan.check_aliases()?;
    Ok(plan.splices)
}

/// The top-level fields besides the three lists.
fn top(
    current_context: &str,
    preferences: &Preferences,
    extensions: &Extensions,
) -> Vec<(String, Value)> {
    let mut fields = vec![(
        "current-context".to_owned(),
        Value::Text(current_context.to_owned()),
    )];
    extension_list(&mut fields, extensions);
    let mut inner = Vec::new();
    if preferences.colors {
        inner.push(("colors".to_owned(), Value::Bool(true)));
    }
    extension_list(&mut inner, &preferences.extensions);
    fields.push(("preferences".to_owned(), Value::Map(inner)));
    fields
}

fn extension_list(fields: &mut Vec<(String, Value)>, extensions: &Extensions) {
    if extensions.is_empty() {
        return;
    }
    let item = |(name, value): (&String, &serde_json::Value)| {
        Value::Map(vec![
            ("extension".to_owned(), Value::from(value)),
            ("name".to_owned(), Value::Text(name.clone())),
        ])
    };
    let items = extensions.0.iter().map(item).collect();
    fields.push(("extensions".to_owned(), Value::List(items)));
}

fn new_entries<T: Clone>(
    entries: &Entries<'_, T>,
    write: impl Fn(&Named<T>) -> Value,
) -> Vec<Value> {
    let new = entries.now.iter().filter(|entry| entry.origin.is_none());
    new.map(|entry| write(&entry.named)).collect()
}

/// What client-go writes as null is not there; an extension may be null.
fn is_absent(name: &str, value: &Value) -> bool {
    matches!(value, Value::Null) && name != "extension"
}

impl Plan<'_> {
    fn entries<T: Clone + PartialEq>(
        &mut self,
        root: &mut Level<'_, '_>,
        target: &Entries<'_, T>,
        write: impl Fn(&Named<T>) -> Value,
    ) -> Result<(), EditError> {
        if !target.changed() {
            return Ok(());
        }
        let view = self.view;
        let list = target.list.key();
        let new = new_entries(target, &write);
        let Some((slot, _)) = root.slot(view, list) else {
            let position = root.position(view, list, &TOP);
            root.changes.add(position, Some(list), Value::List(new));
            return Ok(());
        };
        if target.old.is_empty() {
            return self.replace(slot, root.changes.at, list, &Value::List(new));
        }
        let mut changes = Changes::new(view, slot.value, Some(slot.key), list);
        let mut stays = vec![false; target.old.len()];
        for entry in &target.now {
            let Some(index) = entry.origin else { continue };
            if let Some(stays) = stays.get_mut(index) {
                *stays = true;
            }
            let (Cow::Owned(named), Some(old), Some(element)) = (
                &entry.named,
                target.old.get(index),
                changes.elements.get(index),
            ) else {
                continue;
            };
            if let (Value::Map(old), Value::Map(new)) = (write(old), write(named)) {
                let at = place::enter(view, element.first, slot.value.shared);
                self.mapping(at, None, target.list.entry(), &old, &new)?;
            }
        }
        for (index, stays) in stays.into_iter().enumerate() {
            if !stays {
                changes.remove(index);
            }
        }
        let after = changes.last_kept();
        for value in new {
            changes.add(after, None, value);
        }
        self.commit(&changes)
    }

    pub(super) fn commit(&mut self, changes: &Changes<'_>) -> Result<(), EditError> {
        changes.commit(self.view, &mut self.splices)?;
        for element in changes.elements.iter().filter(|element| element.removed) {
            let last = place::last_node(self.view, element.last);
            self.gone.push(element.first..=last);
        }
        Ok(())
    }

    /// Makes a mapping that says `old` say `new`.
    pub(super) fn mapping(
        &mut self,
        at: Place,
        key: Option<NodeId>,
        what: &str,
        old: &Fields,
        new: &Fields,
    ) -> Result<(), EditError> {
        if old == new {
            return Ok(());
        }
        let mut level = Level::new(self.view, at, key, what)?;
        let order: Vec<&str> = new.iter().map(|(name, _)| name.as_str()).collect();
        self.fields(&mut level, old, new, &order)?;
        self.commit(&level.changes)
    }

    fn fields(
        &mut self,
        level: &mut Level<'_, '_>,
        old: &Fields,
        new: &Fields,
        order: &[&str],
    ) -> Result<(), EditError> {
        let find = |fields: &'_ Fields, name: &str| -> Option<Value> {
            let (_, value) = fields.iter().find(|(key, _)| key == name)?;
            (!is_absent(name, value)).then(|| value.clone())
        };
        for (name, _) in old {
            if find(old, name).is_some() && find(new, name).is_none() {
                level.remove(self.view, name)?;
            }
        }
        for (name, _) in new {
            let (old, Some(new)) = (find(old, name), find(new, name)) else {
                continue;
            };
            if old.as_ref() == Some(&new) || (old.is_none() && new == Value::Map(Vec::new())) {
                continue;
            }
            if let Some((slot, false)) = level.slot(self.view, name) {
                self.value(slot, level.changes.at, name, old.as_ref(), &new)?;
            } else {
                let position = level.position(self.view, name, order);
                level.changes.add(position, Some(name), new);
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        slot: Slot,
        owner: Place,
        name: &str,
        old: Option<&Value>,
        new: &Value,
    ) -> Result<(), EditError> {
        let node = self.view.node(slot.value.node);
        match (&node.kind, old, new) {
            (Kind::Mapping { entries, .. }, old, Value::Map(new))
                if !entries.is_empty() && name != "extension" =>
            {
                let old = match old {
                    Some(Value::Map(old)) => old.as_slice(),
                    _ => &[],
                };
                self.mapping(slot.value, Some(slot.key), name, old, new)
            }
            (Kind::Sequence { items, .. }, Some(Value::List(old)), Value::List(new))
                if !items.is_empty() && name != "extension" =>
            {
                let mut changes = Changes::new(self.view, slot.value, Some(slot.key), name);
                lists::change(self, &mut changes, old, new)?;
                self.commit(&changes)
            }
            _ => self.replace(slot, owner, name, new),
        }
    }

    /// Replaces the whole value of a field.
    fn replace(
        &mut self,
        slot: Slot,
        owner: Place,
        name: &str,
        value: &Value,
    ) -> Result<(), EditError> {
        let view = self.view;
        let id = slot.value.node;
        if slot.value.shared {
            return Err(place::shared(view, id, name));
        }
        let node = view.node(id);
        let nests = match value {
            Value::List(items) => !items.is_empty(),
            Value::Map(fields) => !fields.is_empty(),
            _ => false,
        };
        let is_scalar = matches!(node.kind, Kind::Scalar { .. });
        let notation = place::notation(view, owner.node, slot.key);
        if is_scalar && !(nests && notation == Notation::Block) {
            return scalar::set(view, slot, notation, name, value, &mut self.splices);
        }
        self.gone.push(id..=place::last_node(view, id));
        let unsupported = || place::unsupported(view, id, name);
        if node.tag != Tag::None {
            return Err(unsupported());
        }
        let flow = place::is_flow(view, id);
        if notation != Notation::Block || (flow && !nests) {
            self.splices
                .replace(node.span.clone(), emit::flow(value, notation));
            return Ok(());
        }
        let colon = place::after_colon(view, slot.key).ok_or_else(unsupported)?;
        let indent = place::indentation(view, slot.key).ok_or_else(unsupported)?;
        let lines = emit::block_field(name, value, &indent, false, self.splices.dialect);
        let newline = place::line_break(view.text(), place::line_end(view.text(), colon));
        if is_scalar || flow {
            // A comment behind the value stays, now behind the key.
            let end = node.span.end.max(colon);
            let at = place::after_line(view, end, id)?;
            let written = view.text().get(colon..end).unwrap_or_default();
            let written = written.trim_end_matches(['\n', '\r']);
            let header = written.trim_start().starts_with(['|', '>']);
            if header
                && written
                    .get(..place::line_end(written, 0))
                    .is_none_or(|header| header.contains('#'))
            {
                return Err(unsupported());
            }
            if !written.trim().is_empty() {
                self.splices.remove(colon..colon + written.len());
            }
            self.splices
                .lines(at, lines.get(1..).unwrap_or_default(), newline);
            return Ok(());
        }
        if !place::ends_line(view.text(), colon) {
            return Err(unsupported());
        }
        let start = place::next_line(view.text(), colon);
        let end = place::after_line(view, place::content_end(view, id), id)?;
        self.splices.remove(start..end);
        if nests {
            self.splices
                .lines(end, lines.get(1..).unwrap_or_default(), newline);
        } else {
            let written = emit::flow(value, notation);
            self.splices.insert(colon, format!(" {written}"));
        }
        Ok(())
    }

    /// Refuses to take away what an alias elsewhere stands for.
    fn check_aliases(&self) -> Result<(), EditError> {
        if self.gone.is_empty() {
            return Ok(());
        }
        let gone = |id: NodeId| self.gone.iter().any(|range| range.contains(&id));
        for (id, node) in self.view.nodes() {
            if let Kind::Alias(target) = node.kind
                && gone(target)
                && !gone(id)
            {
                return Err(place::shared(self.view, target, "what is removed"));
            }
        }
        Ok(())
    }
}
