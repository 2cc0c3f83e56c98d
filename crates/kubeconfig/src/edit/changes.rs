//! Elements of one mapping or list that go or come.

use super::EditError;
use super::block;
use super::flow;
use super::place;
use super::place::Place;
use super::splice::Splices;
use crate::emit::Value;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::View;

/// One mapping or list of the file, and what is to become of its elements.
pub(super) struct Changes<'w> {
    pub(super) at: Place,
    /// The key whose value the collection is; `None` for the document itself and below lists.
    pub(super) key: Option<NodeId>,
    /// What the collection is called in an error.
    pub(super) what: &'w str,
    pub(super) elements: Vec<Element>,
    pub(super) added: Vec<Added>,
}

/// A field or an item.
pub(super) struct Element {
    /// A field's key or an item itself.
    pub(super) first: NodeId,
    /// A field's value or an item itself.
    pub(super) last: NodeId,
    pub(super) removed: bool,
}

pub(super) struct Added {
    /// The element of the file behind which it goes, one that stays; `None` for the first place.
    pub(super) after: Option<usize>,
    /// A field's name.
    pub(super) name: Option<String>,
    pub(super) value: Value,
}

impl<'w> Changes<'w> {
    pub(super) fn new(view: View<'_>, at: Place, key: Option<NodeId>, what: &'w str) -> Self {
        let element = |first, last| Element {
            first,
            last,
            removed: false,
        };
        let elements = match &view.node(at.node).kind {
            Kind::Mapping { entries, .. } => entries
                .iter()
                .map(|(key, value)| element(*key, *value))
                .collect(),
            Kind::Sequence { items, .. } => {
                items.iter().map(|item| element(*item, *item)).collect()
            }
            _ => Vec::new(),
        };
        Self {
            at,
            key,
            what,
            elements,
            added: Vec::new(),
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(element) = self.elements.get_mut(index) {
            element.removed = true;
        }
    }

    pub(super) fn add(&mut self, after: Option<usize>, name: Option<&str>, value: Value) {
        self.added.push(Added {
            after,
            name: name.map(str::to_owned),
            value,
        });
    }

    pub(super) fn last_kept(&self) -> Option<usize> {
        self.elements.iter().rposition(|element| !element.removed)
    }

    pub(super) fn is_emptied(&self) -> bool {
        self.added.is_empty() && self.last_kept().is_none()
    }

    pub(super) fn commit(&self, view: View<'_>, splices: &mut Splices) -> Result<(), EditError> {
        let removes = self.elements.iter().any(|element| element.removed);
        if !removes && self.added.is_empty() {
            return Ok(());
        }
        if self.at.shared {
            return Err(place::shared(view, self.at.node, self.what));
        }
        if place::is_flow(view, self.at.node) {
            flow::commit(view, self, splices)
        } else {
            block::commit(view, self, splices)
        }
    }
}
