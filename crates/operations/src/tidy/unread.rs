//! What does not go along when an entry is written anew: the fields that no client reads.

use kubeconfig::List;
use kubeconfig::lint;
use kubeconfig::redact::escape;

use super::sight::Seen;
use super::sight::Sight;
use crate::near::listed;

/// What stays behind of an entry of a file, in words.
pub(super) fn of_entry(file: &Seen, list: List, name: &str) -> Option<String> {
    if !file.has_unread() {
        return None;
    }
    let found = lint::unknown_in(&file.document, list, name);
    let line = found.first()?.line;
    let names: Vec<String> = found
        .into_iter()
        // What stands beside a credential may be one.
        .map(|field| field.name.unwrap_or_else(|| "a field".to_owned()))
        .collect();
    Some(format!(
        "no client reads {} of {} {} ({}, line {line}): not taken along",
        listed(&names),
        list.entry(),
        escape(name),
        escape(&file.path.to_string_lossy())
    ))
}

/// The same of the entry that counts in a chain.
pub(super) fn of_chain(sight: &Sight, list: List, name: &str) -> Option<String> {
    if !sight.files.iter().any(Seen::has_unread) {
        return None;
    }
    of_entry(sight.holders(list, name).next()?, list, name)
}
