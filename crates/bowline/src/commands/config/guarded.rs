//! What a change must leave alone in a terminal whose choice was lost, so that kubectl goes on failing there.

use std::collections::BTreeSet;

use operations::kubeconfigs::KubeconfigError;
use operations::modify::Merged;
use operations::session::is_guard_context;

use super::refusal::Refusal;

/// What it was before the change.
pub(super) struct Guarded {
    current: String,
    /// The contexts that have the guard's name, which one should not.
    contexts: BTreeSet<String>,
}

impl Guarded {
    pub(super) fn of(merged: &Merged) -> Self {
        Self {
            current: merged.current_context.clone(),
            contexts: contexts(merged),
        }
    }

    /// # Errors
    /// Where the guard would be none any more, or a choice would be made that does not hold here.
    pub(super) fn allows(&self, after: &Merged, is_lost: bool) -> Result<(), Refusal> {
        if is_lost && after.current_context != self.current {
            return Err(Refusal::ours(KubeconfigError::SessionGone.to_string()));
        }
        if contexts(after).is_subset(&self.contexts) {
            return Ok(());
        }
        Err(Refusal::ours(if is_lost {
            KubeconfigError::SessionGone.to_string()
        } else {
            "a context of that name would keep terminals from noticing that they lost their choice"
                .to_owned()
        }))
    }
}

fn contexts(merged: &Merged) -> BTreeSet<String> {
    let names = merged.contexts.keys();
    names
        .filter(|name| is_guard_context(name))
        .cloned()
        .collect()
}
