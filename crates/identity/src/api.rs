//! A thin API client: the few questions whose answers need a credential, and the few changes that we make.

mod bindings;
mod exchange;
mod names;
mod nodes;
mod signing;
mod talk;
mod users;
mod version;

use std::fmt;
use std::net::SocketAddr;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::client_key::ClientKey;
use crate::pin::Pin;
use crate::probe::Limits;
use crate::probe::ProbeError;
use crate::spki::SpkiHash;

pub use self::bindings::Binding;
pub use self::bindings::Grantee;
pub use self::names::object_name;
pub use self::signing::CLIENT_SIGNER;
pub use self::signing::CLIENT_USAGES;
pub use self::signing::Condition;
pub use self::signing::Csr;
pub use self::signing::NotIssued;
pub use self::talk::Reply;
pub use self::talk::Talk;
pub use self::users::WhoAmI;

/// The label that says which tool an object is managed by (Kubernetes, "Recommended Labels"), and our name.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const US: &str = "bowline";

/// What a user of a kubeconfig authenticates with. Exec plugins never run here.
#[derive(Clone, Default)]
pub struct Credentials {
    /// `client-certificate` and `client-key`.
    pub client_key: Option<ClientKey>,
    /// The value of the `Authorization` header, from `token` or `username` and `password`.
    pub authorization: Option<Zeroizing<String>>,
}

impl Credentials {
    /// Whether there is nothing to authenticate with.
    pub fn is_empty(&self) -> bool {
        self.client_key.is_none() && self.authorization.is_none()
    }

    /// Only the client certificate, if there is one: its private key never leaves, so it may be used to
    /// question a peer of a shared CA where a bearer token may not.
    #[must_use]
    pub fn without_bearer(&self) -> Self {
        Self {
            client_key: self.client_key.clone(),
            authorization: None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(REDACTED)")
    }
}

/// A peer that [`probe()`](crate::probe()) proved, to be asked with credentials.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// Where it answered.
    pub address: SocketAddr,
    /// The leaf key that was proved there; another one now is refused before any credential is sent.
    pub leaf: SpkiHash,
    /// The cluster's CA.
    pub authority: &'a Authority,
    /// The pinned name.
    pub pin: &'a Pin,
    /// The path of the entry's server, mostly empty.
    pub base: &'a str,
    /// Whether the entry itself names this address.
    pub own_address: bool,
    /// What to authenticate with.
    pub credentials: &'a Credentials,
    /// How long to wait.
    pub limits: Limits,
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The connection failed, or the peer is no longer the one proved.
    #[error(transparent)]
    Connection(#[from] ProbeError),
    /// The API server refused; 401: the credential is not accepted, 403: it lacks permission.
    #[error("the API server answered {code}{}{message}", if .message.is_empty() { "" } else { ": " })]
    Refused {
        /// The HTTP code.
        code: u16,
        /// The one word of the server for it (`AlreadyExists`, `Conflict`), escaped; mostly empty where
        /// something else than the API server answers.
        reason: String,
        /// What the server says, escaped and not longer than a few lines.
        message: String,
    },
    /// The answer is not what the API documents.
    #[error("the answer to {0} cannot be read")]
    Unreadable(String),
    /// The API server does not serve what is needed.
    #[error("the API server does not serve {0}")]
    NotServed(&'static str),
    /// The object is not the one that was looked at.
    #[error("{0} was replaced by another object of that name meanwhile: look at it again")]
    Replaced(String),
    /// The token or password holds characters that no HTTP header can carry.
    #[error("the credential cannot be sent: it holds control characters")]
    Credential,
}

impl Session<'_> {
    /// The UID of the namespace `kube-system`, by convention the identity of a cluster as its objects know
    /// it (SIG Architecture, "cluster ID").
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn cluster_uid(&self) -> Result<String, ApiError> {
        let namespace: Object = self.get("/api/v1/namespaces/kube-system").await?;
        Ok(namespace.metadata.uid)
    }

    /// The addresses of all API servers that the cluster knows: EndpointSlices of the service
    /// `default/kubernetes`. They are claims of the cluster: at most 64, to be proved like any candidate.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn api_servers(&self) -> Result<Vec<SocketAddr>, ApiError> {
        const MOST: usize = 64;
        let slices: List<EndpointSlice> = self
            .get(
                "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes",
            )
            .await?;
        let addresses = slices.items.iter().flat_map(|slice| {
            let ports = slice
                .ports
                .iter()
                .filter(|port| matches!(port.name.as_deref(), Some("https" | "") | None));
            ports.filter_map(|port| port.port).flat_map(|port| {
                let addresses = slice
                    .endpoints
                    .iter()
                    .flat_map(|endpoint| &endpoint.addresses);
                addresses
                    .filter_map(move |address| Some(SocketAddr::new(address.parse().ok()?, port)))
            })
        });
        Ok(addresses.take(MOST).collect())
    }

    /// All namespaces.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn namespaces(&self) -> Result<Namespaces, ApiError> {
        let items = self.list("/api/v1/namespaces").await?;
        let mut namespaces = Namespaces::default();
        for item in &items {
            let metadata = |key| item.get("metadata")?.get(key)?.as_str();
            if let Some(name) = metadata("name") {
                if name == "kube-system" {
                    namespaces.cluster_uid = metadata("uid").map(str::to_owned);
                }
                namespaces.names.push(name.to_owned());
            }
        }
        Ok(namespaces)
    }

    /// Whether there is a namespace of this name.
    ///
    /// # Errors
    /// [`ApiError`]; 403 where the user may not look at it.
    pub async fn has_namespace(&self, name: &str) -> Result<bool, ApiError> {
        let path = format!("/api/v1/namespaces/{}", names::segment(name));
        match self.get::<serde_json::Value>(&path).await {
            Ok(_) => Ok(true),
            Err(ApiError::Refused { code: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the credential is accepted: the cheapest request that every accepted user may make
    /// (`system:discovery`).
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::Refused`] with 401 when it is not.
    pub async fn is_accepted(&self) -> Result<(), ApiError> {
        self.get::<serde_json::Value>("/api").await.map(drop)
    }
}

/// What a cluster says of its namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// Their names.
    pub names: Vec<String>,
    /// What [`Session::cluster_uid`] says.
    pub cluster_uid: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    uid: String,
}

#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct EndpointSlice {
    #[serde(default)]
    endpoints: Vec<Endpoint>,
    #[serde(default)]
    ports: Vec<Port>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(default)]
    addresses: Vec<String>,
}

#[derive(Deserialize)]
struct Port {
    name: Option<String>,
    port: Option<u16>,
}
