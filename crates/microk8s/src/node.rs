//! A node: everything that its files say, in one piece.

use std::collections::BTreeMap;
use std::fmt;

use kubeconfig::Secret;
use machines::Kind;
use machines::Tree;
use serde::Serialize;

use crate::args::Args;
use crate::args::Environment;
use crate::args::Reader;
use crate::csr_conf::CsrConf;
use crate::dqlite::DqliteError;
use crate::dqlite::Member;
use crate::dqlite::Members;
use crate::locks::Locks;
use crate::mode::AuthMode;
use crate::mode::Datastore;
use crate::mode::Ports;
use crate::paths;
use crate::tokens::KnownTokens;

/// What a node does for its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It runs an API server.
    ControlPlane,
    /// It runs pods only.
    Worker,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlPlane => "control plane",
            Self::Worker => "worker",
        })
    }
}

/// Why files are not those of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// `MicroK8s` is not installed there.
    #[error("no MicroK8s here: neither {} is there. If it is another folder, name it as folder:PATH", looked_for.join(" nor "))]
    NotMicrok8s {
        /// What was looked for.
        looked_for: Vec<String>,
    },
    /// It is there, but its files may not be read.
    #[error(
        "{path} may not be read ({why}). Either join its group, `sudo usermod -aG {group} $USER`, and log in again, or let it be read with sudo (a node hardened after CIS needs sudo)"
    )]
    NotPermitted {
        /// The first file or folder that could not be read.
        path: String,
        /// Why.
        why: String,
        /// The group that may read it: `microk8s`, of a strictly confined snap `snap_microk8s`.
        group: String,
    },
    /// Something is there that no node has so.
    #[error("{path}: {why}")]
    Damaged {
        /// Where.
        path: String,
        /// What.
        why: String,
    },
}

/// A node of `MicroK8s`.
#[derive(Clone, Debug)]
pub struct Node {
    /// The folder of the revision that runs, resolved: `/var/snap/microk8s/3582`.
    pub data: String,
    /// The revision of the snap; `None` in a copy that does not tell.
    pub revision: Option<String>,
    /// The version, `v1.28.15`; `None` in a copy that does not tell.
    pub version: Option<String>,
    /// Whether the snap is strictly confined.
    pub strict: bool,
    /// The machine's name, in lower case as the node has it.
    pub hostname: Option<String>,
    /// What it does for its cluster.
    pub role: Role,
    /// Whether the Kubernetes services run inside kubelite.
    pub kubelite: bool,
    /// What the services are started with, by the name of their args file.
    pub args: BTreeMap<String, Args>,
    /// How users log in.
    pub auth: AuthMode,
    /// Who decides what they may do, in order; empty on a worker.
    pub authorization: Vec<String>,
    /// The ports that matter.
    pub ports: Ports,
    /// Where the cluster's state is.
    pub datastore: Datastore,
    /// The members of the dqlite cluster, as this node last saw them.
    pub members: Vec<Member>,
    /// This node's own entry among them.
    pub own_member: Option<Member>,
    /// The locks.
    pub locks: Locks,
    /// The static tokens, where there is a file of them.
    pub tokens: Option<KnownTokens>,
    /// `csr.conf.template`.
    pub csr_template: Option<CsrConf>,
    /// What could not be read or understood; the rest is as it is.
    pub damages: Vec<String>,
}

impl Node {
    /// Reads a node from its files. Parts may be missing, as in a backup.
    ///
    /// # Errors
    /// [`NodeError`] when there is no node, or nothing of it may be read.
    pub fn read(tree: &Tree) -> Result<Self, NodeError> {
        let snap = tree.bytes(paths::SNAP_YAML).map(String::from_utf8_lossy);
        let field = |key: &str| snap.as_deref().and_then(|text| top_level(text, key));
        let strict = field("confinement") == Some("strict");
        present(tree, strict)?;
        let revision = revision(tree);
        let environment = Environment::of(revision.as_deref());
        let locks = Locks::read(tree);
        let bytes = |rest: &str| tree.bytes(&paths::data(rest));

        let kubelite = locks.has("lite.lock") || bytes("args/kubelite").is_some();
        let args: BTreeMap<String, Args> = crate::flags::services()
            .filter_map(|service| {
                let file = bytes(&format!("args/{service}"))?;
                let reader = Reader::of(service, kubelite);
                Some((service.to_owned(), Args::parse(file, &environment, reader)))
            })
            .collect();
        let role = if locks.has("clustered.lock") {
            Role::Worker
        } else {
            Role::ControlPlane
        };
        // A worker keeps the file of an API server that it does not run.
        let apiserver = args
            .get("kube-apiserver")
            .filter(|_| role == Role::ControlPlane);

        let mut damages: Vec<String> = tree
            .unreadable()
            .map(|(path, why)| format!("{path}: {why}"))
            .collect();
        let mut members = |name: &str| {
            let path = format!("var/kubernetes/backend/{name}");
            let parsed = Members::parse(&paths::data(&path), bytes(&path)?);
            parsed
                .map_err(|error: DqliteError| damages.push(error.to_string()))
                .ok()
        };
        let (cluster, info) = (members("cluster.yaml"), members("info.yaml"));

        Ok(Self {
            data: environment.snap_data.clone(),
            version: field("version").map(str::to_owned),
            strict,
            hostname: tree
                .bytes("/etc/hostname")
                .and_then(|bytes| std::str::from_utf8(bytes).ok()?.lines().next())
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty()),
            auth: AuthMode::read(tree, apiserver),
            authorization: authorization(apiserver),
            ports: Ports::read(
                apiserver,
                args.get("kubelet"),
                args.get("cluster-agent"),
                info.as_ref(),
            ),
            datastore: Datastore::read(apiserver, &locks, info.as_ref()),
            members: cluster.map(|file| file.members).unwrap_or_default(),
            own_member: info.and_then(|file| file.members.into_iter().next()),
            tokens: bytes("credentials/known_tokens.csv").map(KnownTokens::parse),
            csr_template: bytes("certs/csr.conf.template").map(CsrConf::parse),
            revision,
            role,
            kubelite,
            args,
            locks,
            damages,
        })
    }

    /// The version of Kubernetes 1 that it runs: 28 of `v1.28.15`.
    pub fn minor(&self) -> Option<u32> {
        let version = self.version.as_deref()?.trim_start_matches('v');
        let (_, rest) = version
            .split_once("1.")
            .filter(|(before, _)| before.is_empty())?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    }

    /// The API server's flags; `None` on a worker.
    pub fn apiserver(&self) -> Option<&Args> {
        let args = self.args.get("kube-apiserver");
        args.filter(|_| self.role == Role::ControlPlane)
    }

    /// Whether the API server accepts static tokens, those of `known_tokens.csv`.
    pub fn reads_tokens(&self) -> bool {
        self.apiserver()
            .is_some_and(|args| args.flag("token-auth-file").is_some())
    }

    /// The static tokens that the API server accepts: those of the file, where it reads that.
    pub fn accepted_tokens(&self) -> Option<&KnownTokens> {
        self.tokens.as_ref().filter(|_| self.reads_tokens())
    }

    /// The name and the groups that the API server takes the bearer of a token for. In a copy without its
    /// flags, the file of tokens is taken to be in use.
    pub fn bearer(&self, token: &Secret) -> Option<(String, Vec<String>)> {
        let knows_flags = self.args.contains_key("kube-apiserver") || self.role == Role::Worker;
        let tokens = match &self.tokens {
            tokens if !knows_flags => tokens.as_ref(),
            _ => self.accepted_tokens(),
        };
        let user = tokens?.bearer(token)?;
        Some((user.name.clone(), user.groups.clone()))
    }

    /// Whether every user may do everything.
    pub fn allows_everything(&self) -> bool {
        self.authorization.iter().any(|mode| mode == "AlwaysAllow")
    }

    /// The group that may read its files.
    pub fn group(&self) -> &'static str {
        group(self.strict)
    }

    /// The snap's service that the API server runs in: it has to be restarted when `known_tokens.csv` or its
    /// flags change.
    pub fn apiserver_service(&self) -> &'static str {
        if self.kubelite {
            "microk8s.daemon-kubelite"
        } else {
            "microk8s.daemon-apiserver"
        }
    }
}

fn group(strict: bool) -> &'static str {
    if strict { "snap_microk8s" } else { "microk8s" }
}

/// Where the link leads; only what can be a revision (`3582`, `x1`) counts.
fn revision(tree: &Tree) -> Option<String> {
    let Kind::Link(target) = &tree.entries.get(paths::DATA)?.kind else {
        return None;
    };
    let name = target.trim_end_matches('/').rsplit('/').next()?;
    let plain = !name.is_empty()
        && name.len() <= 16
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| name.to_owned())
}

/// Whether there is a node and something of it may be read.
fn present(tree: &Tree, strict: bool) -> Result<(), NodeError> {
    let below = format!("{}/", paths::DATA);
    let inside = || {
        tree.entries
            .iter()
            .filter(|(path, _)| path.starts_with(&below))
    };
    let readable =
        |kind: &Kind| !matches!(kind, Kind::Folder | Kind::Unreadable(_) | Kind::Link(_));
    if inside().any(|(_, entry)| readable(&entry.kind)) {
        return Ok(());
    }
    let denied = |path: &str, why: &str| NodeError::NotPermitted {
        path: path.to_owned(),
        why: why.to_owned(),
        group: group(strict).to_owned(),
    };
    let mut unreadable = tree.unreadable();
    if let Some((path, why)) = unreadable.find(|(path, _)| path.starts_with(paths::REVISIONS)) {
        return Err(denied(path, why));
    }
    // A folder that may not be entered shows nothing of what is in it, not even that it is there.
    let closed = inside().find(|(_, entry)| entry.mode.is_some_and(|mode| mode & 0o005 != 0o005));
    if let Some((path, entry)) = closed {
        let mode = entry.mode.unwrap_or_default();
        return Err(denied(path, &format!("its mode is {mode:04o}")));
    }
    match tree.entries.get(paths::DATA) {
        Some(entry) => Err(NodeError::Damaged {
            path: paths::DATA.to_owned(),
            why: match &entry.kind {
                Kind::Link(target) => format!("it leads to {target:?}, and nothing of MicroK8s is there; `snap list microk8s` tells whether it is installed"),
                _ => "nothing of MicroK8s is in it; `snap list microk8s` tells whether it is installed".to_owned(),
            },
        }),
        None if inside().next().is_some() => Err(NodeError::Damaged {
            path: paths::DATA.to_owned(),
            why: "it has empty folders only".to_owned(),
        }),
        None => Err(NodeError::NotMicrok8s {
            looked_for: vec![paths::DATA.to_owned(), paths::data("args/kube-apiserver")],
        }),
    }
}

fn authorization(apiserver: Option<&Args>) -> Vec<String> {
    let Some(args) = apiserver else {
        return Vec::new();
    };
    match (
        args.get("authorization-mode"),
        args.get("authorization-config"),
    ) {
        (Some(modes), _) => modes
            .split(',')
            .map(|mode| mode.trim().to_owned())
            .collect(),
        (None, Some(file)) => vec![format!("as in {file}")],
        // kube-apiserver's own default.
        (None, None) => vec!["AlwaysAllow".to_owned()],
    }
}

/// A plain value at the top of a snap.yaml, which snapcraft writes as `key: value`.
fn top_level<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let value = line.strip_prefix(key)?.strip_prefix(':')?.trim();
        let value = value.trim_matches(['\'', '"']);
        (!value.is_empty()).then_some(value)
    })
}
