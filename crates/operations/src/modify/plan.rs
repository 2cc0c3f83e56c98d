//! From two merged views to the edits of each file (client-go `tools/clientcmd/config.go`,
//! `ModifyConfig`).

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Preferences;

use super::merged::Located;
use super::merged::Merged;

/// The files of a chain as they are, for deciding which of them a change goes to.
pub(super) struct Files<'a> {
    /// Every file of the chain in order.
    pub(super) members: Vec<(&'a Path, Option<&'a Config>)>,
    /// The file that new entries go to.
    pub(super) destination: &'a Path,
    /// The file that a new current-context goes to.
    pub(super) choice: &'a Path,
    /// The chain is the one file that `--kubeconfig` names.
    pub(super) explicit: bool,
}

/// The edits that make `files` mean `after` where they meant `before`.
///
/// An entry that changed or is gone is edited in its own file, a new one goes to the destination.
/// A new current-context goes to the terminal's session, else to the destination, even where another file holds
/// the value now; one that is cleared is cleared in the first file that has any. Preferences go to the first file whose
/// own differ.
pub(super) fn edits(
    files: &Files<'_>,
    before: &Merged,
    after: &Merged,
) -> BTreeMap<PathBuf, Vec<Edit>> {
    let mut plan = Plan {
        destination: files.destination,
        edits: BTreeMap::new(),
    };
    let mut base = before.clone();
    for renamed in &after.renames {
        let (list, from, to) = (renamed.list, &renamed.from, &renamed.to);
        if base.rename(list, from, to) && after.has(list, to) {
            plan.edits
                .entry(renamed.file.clone())
                .or_default()
                .push(Edit::Rename {
                    list,
                    from: from.clone(),
                    to: to.clone(),
                    references: false,
                });
        }
    }
    plan.list(
        List::Clusters,
        &base.clusters,
        &after.clusters,
        Edit::PutCluster,
    );
    plan.list(List::Users, &base.users, &after.users, Edit::PutUser);
    plan.list(
        List::Contexts,
        &base.contexts,
        &after.contexts,
        Edit::PutContext,
    );

    if before.current_context != after.current_context {
        let own = |config: Option<&Config>| {
            config.is_some_and(|config| !config.current_context.is_empty())
        };
        let file = if after.current_context.is_empty() && !files.explicit {
            files.first(own)
        } else {
            Some(files.choice)
        };
        plan.push(file, Edit::SetCurrentContext(after.current_context.clone()));
    }
    if before.preferences != after.preferences {
        let nothing = Preferences::default();
        let differs = |config: Option<&Config>| {
            config.map_or(&nothing, |config| &config.preferences) != &after.preferences
        };
        let file = if files.explicit {
            Some(files.destination)
        } else {
            files.first(differs)
        };
        plan.push(file, Edit::PutPreferences(after.preferences.clone()));
    }
    plan.edits
}

impl<'a> Files<'a> {
    /// The first file that fits; one that does not exist has no config.
    fn first(&self, fits: impl Fn(Option<&Config>) -> bool) -> Option<&'a Path> {
        self.members
            .iter()
            .find(|(_, config)| fits(*config))
            .map(|(path, _)| *path)
    }
}

struct Plan<'a> {
    destination: &'a Path,
    edits: BTreeMap<PathBuf, Vec<Edit>>,
}

impl Plan<'_> {
    fn push(&mut self, file: Option<&Path>, edit: Edit) {
        let file = file.unwrap_or(self.destination).to_owned();
        self.edits.entry(file).or_default().push(edit);
    }

    fn list<T: Clone + PartialEq>(
        &mut self,
        list: List,
        before: &BTreeMap<String, Located<T>>,
        after: &BTreeMap<String, Located<T>>,
        put: impl Fn(Named<T>) -> Edit,
    ) {
        for (name, located) in before {
            if !after.contains_key(name) {
                let name = name.clone();
                self.push(located.file.as_deref(), Edit::Remove { list, name });
            }
        }
        for (name, located) in after {
            if before
                .get(name)
                .is_none_or(|old| old.value != located.value)
            {
                let named = Named::new(name, located.value.clone());
                self.push(located.file.as_deref(), put(named));
            }
        }
    }
}
