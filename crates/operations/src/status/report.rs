//! What is said of a context; its JSON form is documented in docs/json.md.

use serde::Serialize;

use super::expiry::Expiry;
use crate::failure::Failure;

/// The status of one context.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The context.
    pub context: String,
    /// Whether it is the current one.
    pub current: bool,
    /// Its cluster entry, unless the context cannot be read.
    pub cluster: Option<String>,
    /// Its user entry.
    pub user: Option<String>,
    /// The file that holds the cluster entry.
    pub file: Option<String>,
    /// The server, without user info.
    pub server: Option<String>,
    /// Whether the cluster itself answers there; `None` where that cannot be proved.
    pub reachable: Option<bool>,
    /// What was proved.
    pub identity: Option<Identity>,
    /// The address that answered.
    pub address: Option<Address>,
    /// Whether the credential is accepted.
    pub credential: Option<Credential>,
    /// Everything that is known to end, the first first.
    pub expiries: Vec<Expiry>,
    /// Why it fails.
    pub failure: Option<Failure>,
    /// Why nothing can be proved, where that is so.
    pub note: Option<String>,
}

impl Report {
    /// Of a context of which nothing is known yet.
    pub(super) fn of(context: &str, current: bool) -> Self {
        Self {
            context: context.to_owned(),
            current,
            cluster: None,
            user: None,
            file: None,
            server: None,
            reachable: None,
            identity: None,
            address: None,
            credential: None,
            expiries: Vec::new(),
            failure: None,
            note: None,
        }
    }
}

/// What a probe proved.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The hash of the CA key: which cluster.
    pub ca: String,
    /// The hash of the certificate's key: which node.
    pub node: String,
    /// The name that was proved.
    pub name: String,
    /// Whether kubectl checks that name too; `false` where only bowline did.
    pub enforced: bool,
    /// End of the server certificate's validity, seconds since the Unix epoch.
    pub certificate_expires: i64,
    /// The API server's version, where it tells strangers.
    pub version: Option<String>,
}

/// Where a cluster answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Address and port.
    pub address: String,
    /// How it was found.
    pub source: String,
    /// The name by which the source knows the machine.
    pub name: Option<String>,
    /// Time from the first packet to the end of the answer, milliseconds.
    pub latency_ms: f64,
}

/// What is known of a context's credential.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// `accepted`, `refused`, `unusable`, `unchecked` or `none`.
    pub state: &'static str,
    /// Why, where it is not accepted.
    pub reason: Option<String>,
    /// End of the client certificate's validity, seconds since the Unix epoch.
    pub expires: Option<i64>,
    /// The program that gives it, where it is an exec plugin. It is never run.
    pub program: Option<Program>,
}

/// A program that gives a credential.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// As the entry names it.
    pub command: String,
    /// Where it is; `None` where there is no such program.
    pub path: Option<String>,
}
