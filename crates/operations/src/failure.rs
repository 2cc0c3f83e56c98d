//! The ladder: at which rung a connection breaks, and the one command that mends it.

use identity::ProbeError;
use identity::Rejection;
use serde::Serialize;

pub use machines::argument;

use crate::followable::Followable;

/// The rungs of a connection, from the files outward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The kubeconfig itself.
    Kubeconfig,
    /// The name has no address.
    Name,
    /// Nobody has the address.
    Address,
    /// The machine is there, the port is not open, or what listens does not answer.
    Port,
    /// Another cluster, another kind of server, or a certificate that proves nothing.
    Identity,
    /// The right cluster under a name that its certificate does not carry.
    ServerName,
    /// A certificate out of its validity.
    Expiry,
    /// What the user entry holds cannot be a credential, or is past its end.
    CredentialForm,
    /// The credential is not accepted.
    Credential,
    /// The credential is accepted, and permits nothing.
    Permission,
    /// The API server, or what it keeps its objects in, is ill.
    Server,
    /// A node's certificate does not fit the node: `logs` and `exec` fail.
    Node,
}

impl Rung {
    /// All of them, from the files outward.
    pub const ALL: [Self; 12] = [
        Self::Kubeconfig,
        Self::Name,
        Self::Address,
        Self::Port,
        Self::Identity,
        Self::ServerName,
        Self::Expiry,
        Self::CredentialForm,
        Self::Credential,
        Self::Permission,
        Self::Server,
        Self::Node,
    ];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubeconfig => "kubeconfig",
            Self::Name => "name",
            Self::Address => "address",
            Self::Port => "port",
            Self::Identity => "identity",
            Self::ServerName => "server-name",
            Self::Expiry => "expiry",
            Self::CredentialForm => "credential-form",
            Self::Credential => "credential",
            Self::Permission => "permission",
            Self::Server => "server",
            Self::Node => "node",
        }
    }
}

/// The command that heals a context, with flags: one that a user can paste, whatever the context is called.
pub fn heal(context: &str, flags: &str) -> String {
    let name = argument(context);
    let flags = match flags {
        "" => String::new(),
        flags => format!(" {flags}"),
    };
    // A quoted name that begins with a dash would still be read as flags.
    if context.starts_with('-') {
        format!("bowline heal{flags} -- {name}")
    } else {
        format!("bowline heal {name}{flags}")
    }
}

/// Why a connection fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The first broken rung.
    pub rung: Rung,
    /// What was seen.
    pub cause: String,
    /// What mends it.
    pub remedy: String,
}

impl Failure {
    /// Reads a failed probe of a context's own server.
    pub fn of_probe(error: &ProbeError, context: &str) -> Self {
        let heal = heal(context, "");
        let fetch = "fetch its kubeconfig anew (MicroK8s: `microk8s config`) and `bowline add` it"
            .to_owned();
        let (rung, remedy) = match error {
            ProbeError::Refused
            | ProbeError::Hung { .. }
            | ProbeError::Closed
            | ProbeError::Http(_) => (Rung::Port, heal),
            ProbeError::ConnectTimedOut(_) | ProbeError::Unreachable(_) => (Rung::Address, heal),
            ProbeError::Tls(_) | ProbeError::NotAnApiServer { .. } => (Rung::Identity, heal),
            ProbeError::Rejected(rejection) => match rejection {
                Rejection::OtherAuthority { .. }
                | Rejection::Node { .. }
                | Rejection::NotAServer
                | Rejection::Version1
                | Rejection::Malformed(_) => (Rung::Identity, heal),
                Rejection::WrongName { .. } => (Rung::ServerName, heal),
                // Only the user knows what day it is.
                Rejection::AnchorOutOfDate { .. } => (
                    Rung::Expiry,
                    format!("set this machine's clock, if it is wrong; if it is right, {fetch}"),
                ),
                Rejection::Expired { .. } => (
                    Rung::Expiry,
                    "set this machine's clock, if it is wrong; if it is right, on the node: `sudo microk8s refresh-certs -e server.crt`".to_owned(),
                ),
                Rejection::NotYetValid { .. } => {
                    (Rung::Expiry, "set the clocks of both machines".to_owned())
                }
            },
        };
        Self {
            rung,
            cause: match dates(error) {
                Some(dates) => format!("{error}: {dates}"),
                None => error.to_string(),
            },
            remedy,
        }
    }
}

/// The dates of a certificate that is out of its validity, beside what this machine takes for today.
fn dates(error: &ProbeError) -> Option<String> {
    let day = |seconds: i64| {
        let time = jiff::Timestamp::from_second(seconds);
        time.map_or_else(|_| "?".to_owned(), |time| time.strftime("%F").to_string())
    };
    let validity = match error {
        ProbeError::Rejected(Rejection::Expired { not_after }) => {
            format!("it ended on {}", day(*not_after))
        }
        ProbeError::Rejected(Rejection::NotYetValid { not_before }) => {
            format!("it begins on {}", day(*not_before))
        }
        ProbeError::Rejected(Rejection::AnchorOutOfDate {
            not_after,
            not_before,
        }) => format!("it is for {} to {}", day(*not_before), day(*not_after)),
        _ => return None,
    };
    let now = i64::try_from(crate::world::now().as_secs()).unwrap_or(i64::MAX);
    Some(format!(
        "{validity}, and this machine's clock says {}",
        day(now)
    ))
}

impl Failure {
    /// The same, with another remedy where `heal` would leave the entry alone.
    #[must_use]
    pub fn unless_followed(mut self, followable: &Followable) -> Self {
        let elsewhere = match followable {
            Followable::Yes => return self,
            _ if !matches!(self.rung, Rung::Name | Rung::Address | Rung::Port) => return self,
            Followable::Tunnel => {
                "start what forwards to the cluster; where a container or VM is behind the port, `bowline heal` finds its new one"
            }
            Followable::Name => "ask whoever runs that name",
            Followable::Proxy => "look at the proxy",
            Followable::Forbidden => "config.toml says follow = false for it",
        };
        elsewhere.clone_into(&mut self.remedy);
        self
    }
}
