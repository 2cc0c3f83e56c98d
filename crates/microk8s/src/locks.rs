//! The files in `var/lock`: empty, and each switches something by being there.

use machines::Tree;

use crate::paths;

/// What a lock means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Its name.
    pub name: &'static str,
    /// What it switches.
    pub meaning: &'static str,
}

const fn lock(name: &'static str, meaning: &'static str) -> Lock {
    Lock { name, meaning }
}

/// Those that are known (canonical/microk8s `snap/hooks`, `microk8s-resources/wrappers`, `scripts`).
pub const LOCKS: &[Lock] = &[
    lock(
        "ha-cluster",
        "the datastore is dqlite, so that nodes can share it",
    ),
    lock("clustered.lock", "a worker: no API server here"),
    lock(
        "no-cert-reissue",
        "part of a cluster of several nodes: certificates are not signed anew when addresses change",
    ),
    lock("lite.lock", "the Kubernetes services run inside kubelite"),
    lock("stopped.lock", "stopped with `microk8s stop`"),
    lock("join-in-progress", "it is just joining another cluster"),
    lock(
        "cis-hardening",
        "hardened with `microk8s enable cis-hardening`",
    ),
    lock(
        "low-memory-guard.lock",
        "switched off: the machine has too little memory",
    ),
    lock("no-k8s-dqlite", "dqlite does not run here"),
    lock("no-etcd", "etcd does not run here"),
    lock("no-flanneld", "flannel does not run here"),
    lock(
        "no-apiserver-proxy",
        "no proxy to API servers, since one runs here",
    ),
    lock("no-traefik", "no proxy to API servers, since one runs here"),
    lock(
        "no-cluster-agent",
        "other nodes cannot join: the cluster agent does not run",
    ),
    lock("no-cni-reload", "the network plugin is left alone"),
    lock("cni-loaded", "the network plugin is set up"),
    lock(
        "cni-needs-reload",
        "the network plugin is to be set up anew",
    ),
    lock("skip.ufw", "the firewall is left alone"),
    lock(
        "host-access-enabled",
        "pods reach the host at an address of its own",
    ),
    lock("gpu", "containers may use the graphics card"),
    lock("installed.lock", "the installation came to its end"),
];

/// The locks of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locks {
    /// Their names, sorted, the unknown ones too.
    pub names: Vec<String>,
}

impl Locks {
    /// Those of a tree.
    pub fn read(tree: &Tree) -> Self {
        let folder = paths::data("var/lock");
        let children = tree.children(&folder);
        Self {
            names: children.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// Whether there is one of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// Each with its meaning, where it is known.
    pub fn explained(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        self.names.iter().map(|name| {
            let known = LOCKS.iter().find(|lock| lock.name == name);
            (name.as_str(), known.map(|lock| lock.meaning))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_have_distinct_names() {
        let mut names: Vec<_> = LOCKS.iter().map(|lock| lock.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LOCKS.len());
    }
}
