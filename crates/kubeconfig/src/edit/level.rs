//! A mapping of the file, its fields after merges, and what becomes of them.

use super::EditError;
use super::changes::Changes;
use super::place;
use super::place::Place;
use super::place::Slot;
use crate::tree::Field;
use crate::tree::NodeId;
use crate::tree::View;
use crate::tree::last;

/// A mapping of the file with its fields looked up.
pub(super) struct Level<'v, 'w> {
    fields: Vec<Field<'v>>,
    pub(super) changes: Changes<'w>,
}

impl<'v, 'w> Level<'v, 'w> {
    pub(super) fn new(
        view: View<'v>,
        at: Place,
        key: Option<NodeId>,
        what: &'w str,
    ) -> Result<Self, EditError> {
        let fields = view
            .fields(at.node)
            .map_err(|_| place::unsupported(view, at.node, what))?;
        Ok(Self {
            fields,
            changes: Changes::new(view, at, key, what),
        })
    }

    /// The field that counts.
    pub(super) fn slot(&self, view: View<'_>, name: &str) -> Option<(Slot, bool)> {
        let field = last(&self.fields, name)?;
        let shared = self.changes.at.shared || field.merged;
        let slot = Slot {
            key: field.key,
            value: place::enter(view, field.value, shared),
        };
        Some((slot, field.merged))
    }

    /// The index of an element by its key.
    fn element(&self, key: NodeId) -> Option<usize> {
        let mut elements = self.changes.elements.iter();
        elements.position(|element| element.first == key)
    }

    /// The place of a new field: behind the nearest one before it in kubectl's order, and behind
    /// a merge that would override it.
    pub(super) fn position(&self, view: View<'_>, name: &str, order: &[&str]) -> Option<usize> {
        let kept = |index: &usize| {
            let element = self.changes.elements.get(*index);
            element.is_some_and(|element| !element.removed)
        };
        let own = |name: &str| {
            let fields = self.fields.iter().rev();
            fields
                .filter(|field| !field.merged && field.name == name)
                .filter_map(|field| self.element(field.key))
                .find(kept)
        };
        let before = order.iter().position(|key| *key == name);
        let mut before = order.iter().take(before.unwrap_or_default()).rev();
        let neighbour = before.find_map(|key| own(key));
        if !self
            .fields
            .iter()
            .any(|field| field.merged && field.name == name)
        {
            return neighbour;
        }
        let merge = self
            .changes
            .elements
            .iter()
            .rposition(|element| view.merges(element.first));
        neighbour.max(merge)
    }

    /// Removes all fields of a name.
    pub(super) fn remove(&mut self, view: View<'_>, name: &str) -> Result<(), EditError> {
        let keys: Vec<_> = self
            .fields
            .iter()
            .filter(|field| field.name == name)
            .map(|field| (field.key, field.merged))
            .collect();
        for (key, merged) in keys {
            match self.element(key) {
                Some(index) if !merged => self.changes.remove(index),
                _ => return Err(place::shared(view, key, name)),
            }
        }
        Ok(())
    }
}
