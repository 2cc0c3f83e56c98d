//! Which files of a machine make the picture of a node, as patterns for [`machines::Machine::fetch`].
//!
//! Nothing is fetched without a use. Left out on purpose are `credentials/*.txt` (`cluster-tokens.txt`,
//! `callback-token.txt` and their like let machines join the cluster; nothing here reads them) and the
//! launch configurations (`/etc/microk8s.yaml`, `.microk8s.yaml`), which may hold such a token, too. The
//! modes of the folders above them are fetched, and `MicroK8s` gives the files the same.

/// The files of the revision that runs; a link to a folder named after it.
pub const DATA: &str = "/var/snap/microk8s/current";

/// Where the revisions' folders are.
pub const REVISIONS: &str = "/var/snap/microk8s";

/// The files that all revisions share.
pub const COMMON: &str = "/var/snap/microk8s/common";

/// The snap's own description: version, confinement.
pub const SNAP_YAML: &str = "/snap/microk8s/current/meta/snap.yaml";

/// A pattern and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// An absolute path; `*` matches within one name.
    pub pattern: &'static str,
    /// What it is needed for.
    pub why: &'static str,
}

const fn wanted(pattern: &'static str, why: &'static str) -> Wanted {
    Wanted { pattern, why }
}

/// What makes a picture of a node.
pub const PICTURE: &[Wanted] = &[
    wanted(
        DATA,
        "the link that tells the revision, which is part of every path that the services use",
    ),
    wanted(
        SNAP_YAML,
        "the version, and whether the snap is strictly confined (another group then)",
    ),
    wanted(
        "/etc/hostname",
        "the node's name: system:node:NAME in tokens and kubelet.crt",
    ),
    wanted(
        "/var/snap/microk8s/current/args/*",
        "what each service is started with",
    ),
    wanted(
        "/var/snap/microk8s/current/args/traefik/provider.yaml",
        "where a worker looks for API servers",
    ),
    wanted(
        "/var/snap/microk8s/current/credentials",
        "its mode, owner and group: who can take every credential",
    ),
    wanted(
        "/var/snap/microk8s/current/credentials/*.config",
        "the kubeconfigs of the administrator and of the services",
    ),
    wanted(
        "/var/snap/microk8s/current/credentials/*.csv",
        "static tokens and passwords: who can log in",
    ),
    wanted(
        "/var/snap/microk8s/current/certs",
        "its mode, owner and group: who can take the CA's key",
    ),
    wanted(
        "/var/snap/microk8s/current/certs/*",
        "certificates, the public halves of keys, csr.conf with the addresses that they are to carry",
    ),
    wanted(
        "/var/snap/microk8s/current/certs-backup/certs/*",
        "certificates that refresh-certs replaced",
    ),
    wanted(
        "/var/snap/microk8s/current/certs-backup/credentials/*.config",
        "credentials that refresh-certs replaced and that may still be valid",
    ),
    wanted(
        "/var/snap/microk8s/current/certs-backup/credentials/*.csv",
        "tokens that refresh-certs copied",
    ),
    wanted(
        "/var/snap/microk8s/current/var/lock/*",
        "what kind of node it is, and what is switched off on it",
    ),
    wanted(
        "/var/snap/microk8s/current/var/kubernetes/backend/*.yaml",
        "the members of the dqlite cluster and their addresses",
    ),
    wanted(
        "/var/snap/microk8s/current/var/kubernetes/backend/*.crt",
        "the certificate between the members",
    ),
    wanted(
        "/var/snap/microk8s/current/var/kubernetes/backend/*.key",
        "whether its key belongs to it, and who can read the key",
    ),
    wanted(
        "/var/snap/microk8s/*/credentials/*.config",
        "snapd keeps the files of older revisions, and their credentials often still work",
    ),
    wanted(
        "/var/snap/microk8s/*/credentials/*.csv",
        "tokens in older revisions",
    ),
];

/// Kubeconfigs of people on the node. They may hold credentials of other clusters, so only the audit reads them.
pub const COPIES: &[Wanted] = &[
    wanted(
        "/root/.kube/config",
        "a copy of the administrator's credential, and who can read it",
    ),
    wanted(
        "/home/*/.kube/config",
        "copies of the administrator's credential, and who can read them",
    ),
];

/// The patterns alone.
pub fn patterns(wanted: &[Wanted]) -> impl Iterator<Item = &'static str> {
    wanted.iter().map(|wanted| wanted.pattern)
}

/// A path below [`DATA`].
pub(crate) fn data(rest: &str) -> String {
    format!("{DATA}/{rest}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn patterns_are_absolute_distinct_and_leave_join_tokens_alone() {
        let all: BTreeSet<_> = patterns(PICTURE).chain(patterns(COPIES)).collect();
        assert_eq!(all.len(), PICTURE.len() + COPIES.len());
        for wanted in PICTURE.iter().chain(COPIES) {
            assert!(wanted.pattern.starts_with('/') && !wanted.why.is_empty());
            assert!(!wanted.pattern.ends_with("credentials/*"), "{wanted:?}");
        }
    }
}
