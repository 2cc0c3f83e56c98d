//! A second context beside one that is there.

use std::path::PathBuf;

use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::redact::escape;

use super::TidyError;
use super::plan::Steps;
use super::settings;
use super::sight::Sight;
use super::unread;
use crate::failure::argument;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The context.
    pub from: String,
    /// The name of the new one.
    pub to: String,
    /// Its namespace; `None` is that of the first, an empty one is none.
    pub namespace: Option<String>,
    /// Whether it gets a cluster and a user of its own, of the same name.
    pub with_entries: bool,
}

/// What will be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copying {
    /// The file that the context goes to.
    pub file: PathBuf,
    /// What it means then.
    pub context: Context,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Decides. What is new goes to the file of what it is a copy of: relative paths stay right, and entries that
/// belong together stay together.
///
/// # Errors
/// [`TidyError`].
pub fn decide(sight: &Sight, request: &Request) -> Result<Steps<Copying>, TidyError> {
    let to = request.to.as_str();
    let context = sight.require_context(&request.from)?;
    if to.trim().is_empty() {
        return Err(TidyError::BlankName);
    }
    let free = |list: List| match sight.holder(list, to) {
        None => Ok(()),
        Some(file) => Err(TidyError::NameTaken {
            kind: list.entry(),
            name: to.to_owned(),
            file: file.to_owned(),
        }),
    };
    free(List::Contexts)?;
    let mut copy = context.value.clone();
    if let Some(namespace) = &request.namespace {
        copy.namespace = Some(namespace.clone()).filter(|name| !name.is_empty());
    }
    let mut notes = Vec::new();
    notes.extend(unread::of_chain(sight, List::Contexts, &request.from));
    let mut entries = Vec::new();
    let mut settings = Vec::new();
    if request.with_entries {
        free(List::Clusters)?;
        let cluster = sight
            .cluster(&copy.cluster)
            .ok_or_else(|| sight.dangling(&context, List::Clusters))?;
        let named = Named::new(to, cluster.value.clone());
        entries.push((cluster.file, Edit::PutCluster(named)));
        notes.extend(unread::of_chain(sight, List::Clusters, &copy.cluster));
        if !copy.user.is_empty() {
            free(List::Users)?;
            let user = sight
                .user(&copy.user)
                .ok_or_else(|| sight.dangling(&context, List::Users))?;
            let named = Named::new(to, user.value.clone());
            entries.push((user.file, Edit::PutUser(named)));
            notes.extend(unread::of_chain(sight, List::Users, &copy.user));
            to.clone_into(&mut copy.user);
        }
        settings = settings::of_copied(&sight.settings, &copy.cluster, to);
        to.clone_into(&mut copy.cluster);
    }
    notes.extend(bare(sight, &request.from, to));
    let mut steps = Steps::new(Copying {
        file: context.file.to_owned(),
        context: copy.clone(),
        notes,
    });
    steps.settings = settings;
    for (file, edit) in entries {
        steps.edit(file, edit);
    }
    steps.edit(context.file, Edit::PutContext(Named::new(to, copy)));
    Ok(steps)
}

fn bare(sight: &Sight, from: &str, to: &str) -> Option<String> {
    let is_protected = |name| settings::is_protected(&sight.settings, name);
    (is_protected(from) && !is_protected(to)).then(|| {
        format!(
            "{} is protected in config.toml, and {} is not: bowline protect {}",
            escape(from),
            escape(to),
            escape(&argument(&glob::Pattern::escape(to)))
        )
    })
}
