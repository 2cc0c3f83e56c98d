//! Which files hold credentials, and which copy of the node's they belong to.

use machines::Kind;
use machines::Tree;
use serde::Serialize;

/// Which copy of a node's credentials a file belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "place", rename_all = "camelCase")]
pub enum Place {
    /// That of the revision that runs.
    Current,
    /// That of another revision, which snapd keeps.
    Revision {
        /// The revision: `3582`, or `x1` of a snap installed from a file.
        revision: String,
    },
    /// The one that `microk8s refresh-certs` made last (`certs-backup`).
    Backup,
}

/// What a file's name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Kubeconfig,
    Tokens,
    Passwords,
    JoinTokens,
}

impl Shape {
    fn of(name: &str) -> Option<Self> {
        match name {
            "known_tokens.csv" => Some(Self::Tokens),
            "basic_auth.csv" => Some(Self::Passwords),
            // canonical/microk8s-cluster-agent `pkg/snap/snap.go`.
            "cluster-tokens.txt"
            | "persistent-cluster-tokens.txt"
            | "certs-request-tokens.txt"
            | "callback-token.txt"
            | "callback-tokens.txt" => Some(Self::JoinTokens),
            _ => name
                .strip_suffix(".config")
                .is_some_and(|stem| !stem.is_empty())
                .then_some(Self::Kubeconfig),
        }
    }
}

/// Where copies may be.
pub(super) struct Places<'a> {
    data: &'a str,
    /// The folder of all revisions.
    revisions: &'a str,
    /// The revision that runs, under its own name.
    running: Option<&'a str>,
}

impl<'a> Places<'a> {
    pub(super) fn of(tree: &'a Tree, data: &'a str) -> Self {
        let (revisions, name) = data.rsplit_once('/').unwrap_or(("", data));
        let running = match tree.entries.get(data).map(|entry| &entry.kind) {
            Some(Kind::Link(to)) => to.trim_end_matches('/').rsplit('/').next(),
            _ => Some(name).filter(|name| *name != "current"),
        };
        Self {
            data,
            revisions,
            running,
        }
    }

    /// Whether a file is one of them.
    pub(super) fn find(&self, path: &str) -> Option<(Place, Shape)> {
        let (folder, name) = path.rsplit_once('/')?;
        let shape = Shape::of(name)?;
        let (root, backup) = match folder.strip_suffix("/certs-backup/credentials") {
            Some(root) => (root, true),
            None => (folder.strip_suffix("/credentials")?, false),
        };
        let revision = if root == self.data {
            None
        } else {
            let revision = root.strip_prefix(self.revisions)?.strip_prefix('/')?;
            // The revision that runs is there under two names, and is shown once.
            if revision.contains('/')
                || Some(revision) == self.running
                || matches!(revision, "current" | "common")
            {
                return None;
            }
            Some(revision.to_owned())
        };
        let place = match revision {
            _ if backup => Place::Backup,
            Some(revision) => Place::Revision { revision },
            None => Place::Current,
        };
        Some((place, shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machines::Entry;

    #[test]
    fn the_running_revision_is_shown_once() {
        let link = Entry {
            kind: Kind::Link("3582".into()),
            mode: None,
            owner: None,
            group: None,
            modified: 0,
        };
        let data = "/var/snap/microk8s/current";
        let tree = Tree {
            entries: [(data.to_owned(), link)].into(),
        };
        let places = Places::of(&tree, data);
        let find = |rest: &str| {
            places
                .find(&format!("/var/snap/microk8s/{rest}"))
                .map(|found| found.0)
        };
        let old = Place::Revision {
            revision: "3410".into(),
        };
        assert_eq!(find("current/credentials/a.config"), Some(Place::Current));
        assert_eq!(find("3582/credentials/a.config"), None);
        assert_eq!(find("3410/credentials/known_tokens.csv"), Some(old));
        assert_eq!(find("common/credentials/a.config"), None);
        assert_eq!(find("3410/x/credentials/a.config"), None);
        assert_eq!(find("current/credentials/.config"), None);
        assert_eq!(
            find("current/certs-backup/credentials/a.config"),
            Some(Place::Backup)
        );
        let resolved = Places::of(&tree, "/var/snap/microk8s/3582");
        assert_eq!(
            resolved.find("/var/snap/microk8s/current/credentials/a.config"),
            None
        );
    }
}
