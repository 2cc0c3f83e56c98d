//! Everyone who can log in to a cluster, as far as it can be known.

use std::path::PathBuf;

use identity::api::Condition;
use identity::api::Csr;
use microk8s::certs;
use microk8s::certs::Role;
use microk8s::paths;
use serde::Serialize;

use super::super::access::Access;
use super::super::issued::Certificate;
use super::super::ours;
use super::super::ours::Holder;
use super::super::ours::Old;
use super::super::ours::OursError;

/// A credential that somebody can log in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The user that the cluster sees.
    pub user: String,
    /// The groups.
    pub groups: Vec<String>,
    /// By what.
    pub by: By,
    /// Where it is written, or who made it.
    pub origin: String,
    /// Its end, seconds since the Unix epoch; tokens have none.
    pub expires: Option<i64>,
    /// What is to be known of it.
    pub note: Option<String>,
    /// User entries of our kubeconfigs that carry it.
    pub held: Vec<Held>,
}

/// By what somebody logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// A static token.
    Token,
    /// A client certificate.
    Certificate,
    /// A request for a client certificate that is not signed yet.
    Request,
}

/// A user entry of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The kubeconfig.
    pub file: PathBuf,
    /// The name of the user entry.
    pub user: String,
}

impl From<Holder> for Held {
    fn from(holder: Holder) -> Self {
        Self {
            file: holder.file,
            user: holder.user,
        }
    }
}

/// Lists static tokens, the certificates that the node itself logs in with, those that were issued by us, and
/// requests, where the cluster could be asked for them. `files` are kubeconfigs of ours.
///
/// # Errors
/// [`OursError`] where one of our kubeconfigs cannot be read.
pub fn list(
    access: &Access,
    issued: &[&Certificate],
    requests: &[Csr],
    files: &[PathBuf],
) -> Result<Vec<Row>, OursError> {
    let held = |old: Old| -> Result<Vec<Held>, OursError> {
        let holders = ours::holders(files, &old)?;
        Ok(holders.into_iter().map(Held::from).collect())
    };
    let mut rows = Vec::new();
    let reads_tokens = access.node.reads_tokens();
    if let Some(tokens) = &access.node.tokens {
        for user in tokens.users() {
            rows.push(Row {
                user: user.name.clone(),
                groups: user.groups.clone(),
                by: By::Token,
                origin: format!("known_tokens.csv, line {}", user.line),
                expires: None,
                note: (!reads_tokens).then(|| "the API server does not read the file".to_owned()),
                held: held(Old::Token(user.token.clone()))?,
            });
        }
    }
    for file in certs::read(&access.tree, paths::DATA) {
        let (Role::Embedded { file: name }, Ok(certificate)) = (&file.role, &file.certificate)
        else {
            continue;
        };
        let key = certificate.public_key.parse();
        rows.push(Row {
            user: certificate.subject.common_name.clone().unwrap_or_default(),
            groups: certificate.subject.organizations.clone(),
            by: By::Certificate,
            origin: format!("credentials/{name}"),
            expires: Some(certificate.not_after),
            note: (certificate.version == 1)
                .then(|| "X.509 version 1, which programs with rustls refuse".to_owned()),
            held: match key {
                Ok(key) => held(Old::Key(key))?,
                Err(_) => Vec::new(),
            },
        });
    }
    for certificate in issued {
        rows.push(Row {
            user: certificate.user.clone(),
            groups: certificate.groups.clone(),
            by: By::Certificate,
            origin: "issued by bowline".to_owned(),
            expires: Some(certificate.expires),
            note: certificate
                .removed
                .then(|| "removed: good until its end all the same".to_owned()),
            held: held(Old::Key(certificate.key))?,
        });
    }
    for csr in requests {
        // What was issued by us is a row already.
        if csr.ours && csr.certificate.is_some() {
            continue;
        }
        let (user, groups) = match &csr.subject {
            Some(subject) => (subject.user.clone(), subject.groups.clone()),
            None => (String::new(), Vec::new()),
        };
        let condition = match &csr.condition {
            Condition::Pending => format!(
                "pending: `kubectl certificate approve -- {}`",
                crate::failure::argument(&csr.name)
            ),
            Condition::Approved if csr.certificate.is_some() => "issued".to_owned(),
            Condition::Approved => "approved, not signed yet".to_owned(),
            Condition::Denied(_) => "denied".to_owned(),
            Condition::Failed(_) => "failed".to_owned(),
        };
        rows.push(Row {
            user,
            groups,
            by: By::Request,
            origin: format!("request {} by {}", csr.name, csr.requestor),
            expires: None,
            note: Some(condition),
            held: Vec::new(),
        });
    }
    Ok(rows)
}
