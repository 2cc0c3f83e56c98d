//! What new entries are called.

use std::path::PathBuf;

use kubeconfig::User;
use machines::Place;

use super::AddError;
use crate::failure::argument;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// The name that a machine gives to what runs on it; none for this machine and for a folder.
pub fn of_machine(place: &Place) -> Option<String> {
    match place {
        Place::Local | Place::Folder(_) => None,
        Place::Multipass(name) | Place::Wsl(name) => Some(name.clone()),
        // Without the remote that it is on.
        Place::Lxd(name) | Place::Incus(name) => {
            let name = name
                .rsplit_once(':')
                .map_or(name.as_str(), |(_, name)| name);
            Some(name.to_owned())
        }
        Place::Ssh { .. } => place.ssh_host().map(str::to_owned),
    }
}

pub(super) fn taken(kubeconfigs: &Kubeconfigs, name: &str) -> Option<(&'static str, PathBuf)> {
    let chain = &kubeconfigs.chain;
    let context = chain
        .context(name)
        .map(|entry| ("context", entry.file.to_owned()));
    let cluster = || {
        chain
            .cluster(name)
            .map(|entry| ("cluster", entry.file.to_owned()))
    };
    let user = || {
        chain
            .user(name)
            .map(|entry| ("user", entry.file.to_owned()))
    };
    context.or_else(cluster).or_else(user)
}

pub(super) fn free_name(kubeconfigs: &Kubeconfigs, wanted: &str) -> String {
    let wanted = if wanted.is_empty() { "cluster" } else { wanted };
    let numbered = (2_u32..).map(|n| format!("{wanted}-{n}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    // The range outlasts any kubeconfig.
    names
        .find(|name| taken(kubeconfigs, name).is_none())
        .unwrap_or_else(|| wanted.to_owned())
}

pub(super) fn known_as(
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    user: &User,
) -> Option<AddError> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    kubeconfigs.chain.contexts().find_map(|context| {
        let known = kubeconfigs.connection(Some(context.name)).ok()?;
        let Trust::Authority {
            authority: theirs, ..
        } = &known.target.trust
        else {
            return None;
        };
        let (_, their_user) = known.user.as_ref()?;
        let same = theirs.keys() == authority.keys() && their_user == user;
        same.then(|| AddError::Known {
            context: argument(context.name),
            file: context.file.to_owned(),
            moved: known.target.server.to_string() != target.server.to_string(),
        })
    })
}
