//! How a node's API server knows and judges its users, where it listens and where its state is.

use std::fmt;

use kubeconfig::Document;
use machines::Tree;
use serde::Serialize;

use crate::args::Args;
use crate::dqlite::Members;
use crate::locks::Locks;
use crate::paths;

/// How users of `MicroK8s`' own prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// By static tokens in `known_tokens.csv`: installed before 1.28.
    Token,
    /// By client certificates: installed as 1.28 or later, or converted.
    X509,
    /// Tokens are accepted, while the node's own kubeconfig has a certificate.
    Both,
    /// Not to be told from the files that are there.
    Unknown,
}

impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::X509 => "x509",
            Self::Both => "token and x509",
            Self::Unknown => "unknown",
        })
    }
}

/// What a kubeconfig of the node logs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Token,
    Certificate,
    Password,
}

/// The way of logging in, and why we think so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthMode {
    /// The way.
    #[serde(rename = "mode")]
    pub auth: Auth,
    /// The facts that say so, in words.
    pub reasons: Vec<String>,
}

impl AuthMode {
    /// As `MicroK8s` itself decides it: by `--token-auth-file` (canonical/microk8s
    /// `scripts/wrappers/common/cluster/utils.py`, `is_token_auth_enabled`).
    pub(crate) fn read(tree: &Tree, apiserver: Option<&Args>) -> Self {
        let mut reasons = Vec::new();
        let flag = apiserver.and_then(|args| args.flag("token-auth-file"));
        match (apiserver, flag) {
            (_, Some(flag)) => reasons.push(format!(
                "args/kube-apiserver, line {}: --token-auth-file={}",
                flag.line,
                flag.text()
            )),
            (Some(_), None) => {
                reasons.push("args/kube-apiserver has no --token-auth-file".to_owned());
            }
            (None, None) => reasons.push("args/kube-apiserver is not there".to_owned()),
        }
        let kind = client_kind(tree);
        if let Some(kind) = kind {
            let what = match kind {
                Kind::Token => "a token",
                Kind::Certificate => "a client certificate",
                Kind::Password => "a password",
            };
            reasons.push(format!("credentials/client.config logs in with {what}"));
        }
        let auth = match (apiserver, flag, kind) {
            (_, Some(_), Some(Kind::Certificate)) => Auth::Both,
            (_, Some(_), _) | (None, _, Some(Kind::Token | Kind::Password)) => Auth::Token,
            (Some(_), None, _) | (None, _, Some(Kind::Certificate)) => Auth::X509,
            (None, None, None) => Auth::Unknown,
        };
        Self { auth, reasons }
    }
}

fn client_kind(tree: &Tree) -> Option<Kind> {
    let bytes = tree.bytes(&paths::data("credentials/client.config"))?;
    let document = Document::parse(bytes.to_vec()).ok()?;
    let user = &document.config().users.first()?.value;
    if user.token.is_some() {
        Some(Kind::Token)
    } else if user.client_certificate_data.is_some() || user.client_certificate.is_some() {
        Some(Kind::Certificate)
    } else {
        user.password.as_ref().map(|_| Kind::Password)
    }
}

/// Where the cluster's state is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Datastore {
    /// dqlite, inside the API server or behind its socket.
    Dqlite {
        /// Where this node's part of it listens for the others.
        address: Option<String>,
    },
    /// etcd on the node, for clusters without high availability.
    Etcd {
        /// Where it is asked.
        servers: String,
    },
    /// Another, brought along.
    External {
        /// Where it is asked.
        servers: String,
    },
    /// Not to be told: a worker, or files are missing.
    Unknown,
}

impl Datastore {
    pub(crate) fn read(apiserver: Option<&Args>, locks: &Locks, info: Option<&Members>) -> Self {
        let address = info
            .and_then(|info| info.members.first())
            .map(|member| member.address.clone());
        let servers = apiserver.and_then(|args| args.get("etcd-servers"));
        let backend = apiserver.and_then(|args| args.get("storage-backend"));
        match (backend, servers) {
            (Some("dqlite"), _) => Self::Dqlite { address },
            (_, Some(servers)) if servers.contains("kine.sock") => Self::Dqlite { address },
            (_, Some(servers)) if servers.contains(":12379") || servers.contains("etcd.socket") => {
                Self::Etcd {
                    servers: kubeconfig::redact::url(servers).into_owned(),
                }
            }
            (_, Some(servers)) => Self::External {
                servers: kubeconfig::redact::url(servers).into_owned(),
            },
            (_, None)
                if apiserver.is_none()
                    && locks.has("ha-cluster")
                    && !locks.has("clustered.lock") =>
            {
                Self::Dqlite { address }
            }
            (_, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for Datastore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dqlite {
                address: Some(address),
            } => write!(f, "dqlite at {address}"),
            Self::Dqlite { address: None } => f.write_str("dqlite"),
            Self::Etcd { servers } => write!(f, "etcd at {servers}"),
            Self::External { servers } => write!(f, "external, at {servers}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// The ports that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// The API's, with TLS.
    pub secure: Option<u16>,
    /// The API's without any login; `None` or 0 is off.
    pub insecure: Option<u16>,
    /// Where the cluster agent listens, `0.0.0.0:25000`.
    pub cluster_agent: Option<String>,
    /// dqlite's.
    pub dqlite: Option<u16>,
    /// The kubelet's port that needs no login; `None` or 0 is off.
    pub kubelet_read_only: Option<u16>,
}

impl Ports {
    pub(crate) fn read(
        apiserver: Option<&Args>,
        kubelet: Option<&Args>,
        agent: Option<&Args>,
        info: Option<&Members>,
    ) -> Self {
        let port = |args: Option<&Args>, name| args?.get(name)?.parse().ok();
        Self {
            // Kubernetes' own default is 6443; MicroK8s always sets it.
            secure: port(apiserver, "secure-port").or_else(|| apiserver.map(|_| 6443)),
            insecure: port(apiserver, "insecure-port"),
            cluster_agent: agent.and_then(|args| args.get("bind")).map(str::to_owned),
            dqlite: info
                .and_then(|info| info.members.first()?.socket())
                .map(|socket| socket.port()),
            kubelet_read_only: port(kubelet, "read-only-port"),
        }
    }
}
