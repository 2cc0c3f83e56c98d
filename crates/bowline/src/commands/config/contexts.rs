//! Changes of contexts, and deletions and renames in all three lists (kubectl `pkg/cmd/config/`:
//! `use_context.go`, `create_context.go`, `rename_context.go`, `delete_*.go`).

use gotext::quoted;
use kubeconfig::List;
use operations::modify::Located;
use operations::modify::Merged;

use super::command::Rename;
use super::command::SetContext;
use super::refusal::Refusal;

/// Chooses the current context.
pub(super) fn choose(merged: &mut Merged, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::new("empty context names are not allowed"));
    }
    if !merged.has(List::Contexts, name) {
        return Err(Refusal::new(format!(
            "no context exists with the name: {}",
            quoted(name)
        )));
    }
    name.clone_into(&mut merged.current_context);
    Ok(())
}

/// Sets what was given of a context; its name, and whether there was one.
pub(super) fn set(merged: &mut Merged, wanted: &SetContext) -> Result<(String, bool), Refusal> {
    let name = match &wanted.name {
        Some(name) => name.clone(),
        None if merged.current_context.is_empty() => {
            return Err(Refusal::new("no current context is set"));
        }
        None => merged.current_context.clone(),
    };
    let existed = merged.has(List::Contexts, &name);
    let entry = merged
        .contexts
        .entry(name.clone())
        .or_insert_with(|| Located::new(kubeconfig::Context::default()));
    let context = &mut entry.value;
    if let Some(cluster) = &wanted.cluster {
        context.cluster.clone_from(cluster);
    }
    if let Some(user) = &wanted.user {
        context.user.clone_from(user);
    }
    if let Some(namespace) = &wanted.namespace {
        context.namespace = Some(namespace.clone()).filter(|name| !name.is_empty());
    }
    Ok((name, existed))
}

/// Renames an entry; what refers to it follows. `file` is for the messages.
pub(super) fn rename(
    merged: &mut Merged,
    list: List,
    wanted: &Rename,
    file: &str,
) -> Result<(), Refusal> {
    let Rename { from, to } = wanted;
    let kind = list.entry();
    if !merged.has(list, from) {
        return Err(Refusal::new(format!(
            "cannot rename the {kind} {}, it's not in {file}",
            quoted(from)
        )));
    }
    if !merged.rename(list, from, to) {
        return Err(Refusal::new(format!(
            "cannot rename the {kind} {}, the {kind} {} already exists in {file}",
            quoted(from),
            quoted(to)
        )));
    }
    match list {
        List::Contexts if merged.current_context == *from => {
            to.clone_into(&mut merged.current_context);
        }
        List::Contexts => {}
        List::Clusters | List::Users => {
            for context in merged.contexts.values_mut() {
                let reference = match list {
                    List::Clusters => &mut context.value.cluster,
                    _ => &mut context.value.user,
                };
                if reference == from {
                    to.clone_into(reference);
                }
            }
        }
    }
    Ok(())
}

/// What went with a deleted context.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Deleted {
    /// It was the current one.
    pub(super) current: bool,
    /// Its cluster and user, where nothing else used them.
    pub(super) along: Vec<(List, String)>,
}

/// Deletes an entry. `along` takes a context's cluster and user with it, unless another context uses
/// them. `file` is for the message.
pub(super) fn delete(
    merged: &mut Merged,
    list: List,
    name: &str,
    along: bool,
    file: &str,
) -> Result<Deleted, Refusal> {
    let context = merged.contexts.get(name).map(|entry| entry.value.clone());
    if !merged.remove(list, name) {
        return Err(Refusal::new(format!(
            "cannot delete {} {name}, not in {file}",
            list.entry()
        )));
    }
    let mut deleted = Deleted::default();
    let (List::Contexts, Some(context)) = (list, context) else {
        return Ok(deleted);
    };
    deleted.current = merged.current_context == name;
    if along {
        for (list, name) in [
            (List::Clusters, context.cluster),
            (List::Users, context.user),
        ] {
            if !merged.is_referred_to(list, &name) && merged.remove(list, &name) {
                deleted.along.push((list, name));
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::Rename;
    use super::choose;
    use super::rename;
    use kubeconfig::List;
    use operations::modify::Merged;

    #[test]
    fn names_are_quoted_as_go_quotes() {
        let mut merged = Merged::default();
        let refusal = choose(&mut merged, "\"q\\").unwrap_err().to_string();
        assert_eq!(refusal, r#"no context exists with the name: "\"q\\""#);
        let wanted = Rename {
            from: "a\nb".into(),
            to: "c".into(),
        };
        let refused = rename(&mut merged, List::Contexts, &wanted, "f").unwrap_err();
        assert_eq!(
            refused.to_string(),
            r#"cannot rename the context "a\nb", it's not in f"#
        );
    }
}
