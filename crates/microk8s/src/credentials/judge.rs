//! Whether a kubeconfig works, by the node's other files.

use std::borrow::Cow;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Named;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::redact;
use machines::Kind as EntryKind;
use machines::Tree;

use super::Identity;
use super::Kind;
use super::Kubeconfig;
use super::Resolve;
use super::State;
use crate::certs::Authorities;
use crate::certs::Chain;
use crate::certs::KeyMatch;
use crate::certs::belongs;
use crate::tokens::KnownTokens;

/// What a kubeconfig is judged by.
pub(super) struct Judge<'a> {
    pub(super) tree: &'a Tree,
    pub(super) data: &'a str,
    pub(super) now: i64,
    pub(super) authorities: &'a Authorities,
    pub(super) resolve: &'a Resolve<'a>,
}

/// Why something keeps a credential from working, or from being judged.
type Obstacle = State;

impl Judge<'_> {
    pub(super) fn kubeconfig(&self, bytes: &[u8], path: &str) -> Kubeconfig {
        // An empty file is a kubeconfig to kubectl. On a node it is what a full disk left of one.
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Kubeconfig::damaged("the file is empty".to_owned());
        }
        let document = match Document::parse(bytes.to_vec()) {
            Ok(document) => document,
            Err(error) => return Kubeconfig::damaged(error.to_string()),
        };
        let config = document.config();
        let (cluster, user) = chosen(config);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (kind, identity, found) = self.user(user.map(|user| user.1), folder);
        let state = found
            .err()
            .or_else(|| self.cluster(cluster.map(|cluster| cluster.1), folder))
            .unwrap_or(State::Good);
        Kubeconfig {
            context: Some(config.current_context.clone()).filter(|name| !name.is_empty()),
            cluster: cluster.map(|cluster| cluster.0.to_owned()),
            server: cluster.map(|cluster| redact::url(&cluster.1.server).into_owned()),
            name: user.map(|user| user.0.to_owned()),
            kind,
            user: identity,
            state,
        }
    }

    /// How a user logs in, as whom, and what speaks against it. kube-apiserver looks at a client certificate
    /// before it looks at a token, and then at the token if it does not accept the certificate
    /// (kubernetes/kubernetes `pkg/kubeapiserver/authenticator/config.go`).
    fn user(
        &self,
        user: Option<&User>,
        folder: &str,
    ) -> (Kind, Option<Identity>, Result<(), Obstacle>) {
        let none = User::default();
        let user = user.unwrap_or(&none);
        if user.client_certificate_data.is_some() || user.client_certificate.is_some() {
            let (identity, found) = self.certificate(user, folder);
            let is_refused = matches!(found, Err(State::OtherAuthority | State::Expired { .. }));
            if is_refused && let Ok(bearer) = self.token(user, folder) {
                return (Kind::Token, Some(bearer), Ok(()));
            }
            return (Kind::ClientCertificate, identity, found);
        }
        let (kind, found) = if user.token.is_some() || user.token_file.is_some() {
            (Kind::Token, self.token(user, folder))
        } else if user.exec.is_some() || user.auth_provider.is_some() {
            let reason = "what a credential plugin answers is not known, since it is not run";
            (Kind::Plugin, Err(unreadable(reason)))
        } else if user.username.is_some() || user.password.is_some() {
            (Kind::Basic, self.password(user))
        } else {
            (
                Kind::None,
                Err(unreadable("there is no credential in its current context")),
            )
        };
        match found {
            Ok(identity) => (kind, Some(identity), Ok(())),
            Err(obstacle) => (kind, None, Err(obstacle)),
        }
    }

    fn token(&self, user: &User, folder: &str) -> Result<Identity, Obstacle> {
        // client-go prefers the file (`transport/round_trippers.go`), and trims what is in it.
        let token = match (&user.token_file, &user.token) {
            (Some(path), _) => {
                let bytes = self.file(path, folder)?;
                Cow::Owned(Secret::new(bytes.trim_ascii().to_vec()))
            }
            (None, Some(token)) => Cow::Borrowed(token),
            (None, None) => return Err(State::UnknownToken),
        };
        if let Some((name, groups)) = (self.resolve)(&token) {
            return Ok(Identity { name, groups });
        }
        let path = format!("{}/credentials/known_tokens.csv", self.data);
        match self.tree.entries.get(&path).map(|entry| &entry.kind) {
            Some(EntryKind::Unreadable(why)) => Err(unreadable(format!("{path}: {why}"))),
            _ => Err(State::UnknownToken),
        }
    }

    /// By `basic_auth.csv`, which has the columns of `known_tokens.csv` with passwords in the first.
    fn password(&self, user: &User) -> Result<Identity, Obstacle> {
        let path = format!("{}/credentials/basic_auth.csv", self.data);
        let known = self
            .tree
            .bytes(&path)
            .map(KnownTokens::parse)
            .ok_or(State::UnknownPassword)?;
        let name = user.username.as_deref().unwrap_or_default();
        // Of lines with one name the last counts (`plugin/pkg/authenticator/password/passwordfile`).
        let line = known.named(name).last();
        line.filter(|line| Some(&line.token) == user.password.as_ref())
            .map(|line| Identity {
                name: line.name.clone(),
                groups: line.groups.clone(),
            })
            .ok_or(State::UnknownPassword)
    }

    fn certificate(&self, user: &User, folder: &str) -> (Option<Identity>, Result<(), Obstacle>) {
        let chain = self
            .data_or_file(
                user.client_certificate_data.as_deref(),
                user.client_certificate.as_deref(),
                folder,
            )
            .and_then(|pem| {
                Chain::from_pem(&pem)
                    .map_err(|error| unreadable(format!("its client certificate: {error}")))
            });
        let chain = match chain {
            Ok(chain) => chain,
            Err(obstacle) => return (None, Err(obstacle)),
        };
        let (holder, not_after) = match chain.holder() {
            Ok(holder) => holder,
            Err(error) => {
                return (
                    None,
                    Err(unreadable(format!("its client certificate: {error}"))),
                );
            }
        };
        let identity = holder.common_name.map(|name| Identity {
            name,
            groups: holder.organizations,
        });
        if !self.authorities.knows_cluster() {
            let reason =
                "ca.crt could not be read, so that nothing tells whether it signed the certificate";
            return (None, Err(unreadable(reason)));
        }
        // Whatever another authority says of its bearer, the cluster takes it for nobody.
        if !self.authorities.accepts(&chain) {
            return (None, Err(State::OtherAuthority));
        }
        let found = if self.now > not_after {
            Err(State::Expired { not_after })
        } else {
            self.key(user, folder, &chain)
        };
        (identity, found)
    }

    fn key(&self, user: &User, folder: &str, chain: &Chain) -> Result<(), Obstacle> {
        let data = user.client_key_data.as_ref().map(Secret::expose);
        let found = match (data, user.client_key.as_deref()) {
            (Some(pem), _) => belongs(pem, chain),
            (None, Some(path)) => match self.entry(path, folder) {
                Some(entry) => crate::certs::of_entry(entry, chain),
                None => return Err(unreadable(absent(path))),
            },
            (None, None) => return Err(unreadable("there is a certificate without its key")),
        };
        match found {
            KeyMatch::Matches => Ok(()),
            KeyMatch::Differs => Err(State::KeyDiffers),
            KeyMatch::NotReadable { reason } => Err(unreadable(format!("its key: {reason}"))),
            KeyMatch::NoKey | KeyMatch::UnsupportedKind => {
                Err(unreadable("its key is of a kind that is not supported"))
            }
        }
    }

    /// What speaks against its idea of the cluster.
    fn cluster(&self, cluster: Option<&Cluster>, folder: &str) -> Option<Obstacle> {
        let Some(cluster) = cluster else {
            return Some(unreadable("its current context names no cluster"));
        };
        let (data, path) = (
            cluster.certificate_authority_data.as_deref(),
            cluster.certificate_authority.as_deref(),
        );
        if cluster.insecure_skip_tls_verify
            || !self.authorities.knows_cluster()
            || (data.is_none() && path.is_none())
        {
            return None;
        }
        let chain = self.data_or_file(data, path, folder).and_then(|pem| {
            Chain::from_pem(&pem).map_err(|error| unreadable(format!("its CA data: {error}")))
        });
        match chain {
            Ok(chain) if self.authorities.shares_key(&chain) => None,
            Ok(_) => Some(State::OtherClusterCa),
            Err(obstacle) => Some(obstacle),
        }
    }

    /// What an entry holds itself (which client-go prefers), or the file that it names.
    fn data_or_file<'b>(
        &'b self,
        data: Option<&'b [u8]>,
        path: Option<&str>,
        folder: &str,
    ) -> Result<Cow<'b, [u8]>, Obstacle> {
        match (data, path) {
            (Some(data), _) => Ok(Cow::Borrowed(data)),
            (None, Some(path)) => Ok(Cow::Borrowed(self.file(path, folder)?)),
            (None, None) => Ok(Cow::Borrowed(&[])),
        }
    }

    fn file(&self, path: &str, folder: &str) -> Result<&[u8], Obstacle> {
        match self.entry(path, folder).map(|entry| &entry.kind) {
            Some(EntryKind::File(bytes)) => Ok(bytes),
            Some(EntryKind::Unreadable(why)) => {
                Err(unreadable(format!("{}: {why}", redact::escape(path))))
            }
            _ => Err(unreadable(absent(path))),
        }
    }

    /// A file that a kubeconfig names, relative to its own folder. Services name the revision that runs by
    /// its number.
    fn entry(&self, path: &str, folder: &str) -> Option<&machines::Entry> {
        let mut joined: Vec<&str> = Vec::new();
        let base = if path.starts_with('/') { "" } else { folder };
        for name in base.split('/').chain(path.split('/')) {
            match name {
                "" | "." => {}
                ".." => {
                    joined.pop();
                }
                name => joined.push(name),
            }
        }
        let absolute = format!("/{}", joined.join("/"));
        self.tree.entries.get(&absolute).or_else(|| {
            let (revisions, _) = self.data.rsplit_once('/')?;
            let rest = absolute.strip_prefix(revisions)?.strip_prefix('/')?;
            let (revision, rest) = rest.split_once('/')?;
            let is_running = match &self.tree.entries.get(self.data)?.kind {
                EntryKind::Link(to) => to.rsplit('/').next() == Some(revision),
                _ => false,
            };
            is_running
                .then(|| self.tree.entries.get(&format!("{}/{rest}", self.data)))
                .flatten()
        })
    }
}

/// An entry of a kubeconfig with its name.
type Entry<'a, T> = Option<(&'a str, &'a T)>;

/// The cluster and the user of the current context; without one those of the only context, or else the only
/// ones there are.
fn chosen(config: &Config) -> (Entry<'_, Cluster>, Entry<'_, User>) {
    let only = match (config.current_context.as_str(), config.contexts.as_slice()) {
        ("", [only]) => Some(&only.value),
        _ => None,
    };
    let Some(context) = config.context(&config.current_context).or(only) else {
        return (sole(&config.clusters), sole(&config.users));
    };
    let (cluster, user) = (context.cluster.as_str(), context.user.as_str());
    (
        config.cluster(cluster).map(|entry| (cluster, entry)),
        config.user(user).map(|entry| (user, entry)),
    )
}

fn sole<T>(list: &[Named<T>]) -> Entry<'_, T> {
    match list {
        [only] => Some((only.name.as_str(), &only.value)),
        _ => None,
    }
}

fn unreadable(reason: impl Into<String>) -> Obstacle {
    State::Unreadable {
        reason: reason.into(),
    }
}

fn absent(path: &str) -> String {
    format!(
        "{}, which it names, was not read; only files of the node's own folders are",
        redact::escape(path)
    )
}
