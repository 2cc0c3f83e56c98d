//! The choice of all terminals that have none of their own: the kubeconfig's current context.

use std::fmt;
use std::path::PathBuf;

use kubeconfig::List;
use kubeconfig::redact::escape;
use operations::choose::Selection;
use operations::choose::effective;
use operations::modify;
use operations::modify::Chain;
use operations::modify::Files;
use operations::modify::Merged;
use operations::modify::ModifyError;
use operations::modify::Wanted;
use store::Store;

use crate::error::CommandError;
use crate::exit;

/// The context went away meanwhile.
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the context was removed by another program meanwhile")
    }
}

/// Makes the choice in the user's files, as one change that can be undone. `chain` is of them.
pub(super) fn set(
    store: &Store,
    own: &[PathBuf],
    chain: &mut Chain,
    wanted: &Selection,
) -> Result<(), CommandError> {
    let files = Files {
        paths: own.to_vec(),
        explicit: false,
    };
    let name = &wanted.context;
    let mut summary = format!("use {}", escape(name));
    if let Some(namespace) = &wanted.namespace {
        summary = format!(
            "{summary} (namespace {})",
            escape(effective(Some(namespace)))
        );
    }
    let entry = |_: &Chain| Wanted::entry(List::Contexts, name);
    let change = |merged: &mut Merged| {
        let context = merged.contexts.get_mut(name).ok_or(Gone)?;
        if let Some(namespace) = &wanted.namespace {
            let namespace = Some(namespace.clone()).filter(|namespace| !namespace.is_empty());
            context.value.namespace = namespace;
        }
        merged.current_context.clone_from(name);
        Ok::<_, Gone>(())
    };
    match modify::modify_surveyed(store, &files, &summary, chain, entry, change) {
        Ok(_) => Ok(()),
        Err(error @ (ModifyError::Change(_) | ModifyError::Load(_) | ModifyError::Edit { .. })) => {
            Err(CommandError::new(exit::BAD_INPUT, error.to_string()))
        }
        Err(error) => Err(CommandError::new(exit::FAILED, error.to_string())),
    }
}
