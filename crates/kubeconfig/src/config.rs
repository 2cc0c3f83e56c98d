//! The typed view: what a client sees in one file.
//!
//! Fields follow `v1.Config` (client-go `tools/clientcmd/api/v1/types.go`), all of them. An empty
//! string is the same as an absent field there, so it is `None` here.

use std::collections::BTreeMap;
use std::fmt;

use crate::redact;
use crate::secret::Secret;

/// What one kubeconfig says, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The `clusters` list.
    pub clusters: Vec<Named<Cluster>>,
    /// The `users` list.
    pub users: Vec<Named<User>>,
    /// The `contexts` list.
    pub contexts: Vec<Named<Context>>,
    /// `current-context`; empty when the file does not choose one.
    pub current_context: String,
    /// `preferences`.
    pub preferences: Preferences,
    /// `extensions` of the file itself.
    pub extensions: Extensions,
}

/// `v1.Preferences`, deprecated upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `colors`.
    pub colors: bool,
    /// `extensions`.
    pub extensions: Extensions,
}

/// Data of other programs (`[]v1.NamedExtension`), by name; minikube keeps its version here.
///
/// It is anything that JSON can say, as `sigs.k8s.io/yaml` turns it into JSON. An extension that is
/// null in the file is an extension: its value is null.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extensions(pub BTreeMap<String, serde_json::Value>);

impl Extensions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any value may be a secret.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Config {
    /// Returns the cluster called `name`.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        find(&self.clusters, name)
    }

    /// Returns the user called `name`.
    pub fn user(&self, name: &str) -> Option<&User> {
        find(&self.users, name)
    }

    /// Returns the context called `name`.
    pub fn context(&self, name: &str) -> Option<&Context> {
        find(&self.contexts, name)
    }
}

fn find<'a, T>(list: &'a [Named<T>], name: &str) -> Option<&'a T> {
    list.iter()
        .find(|entry| entry.name == name)
        .map(|entry| &entry.value)
}

/// An entry of one of the three lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named<T> {
    /// The entry's name; unique in its list, and possibly empty.
    pub name: String,
    /// The entry itself.
    pub value: T,
}

impl<T> Named<T> {
    /// Names `value`.
    pub fn new(name: impl Into<String>, value: T) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

/// Where an API server is and how it proves itself (`v1.Cluster`).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// `server`, as written.
    pub server: String,
    /// `tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `certificate-authority`: a path, relative to the file (see [`crate::chain::resolve`]).
    pub certificate_authority: Option<String>,
    /// `certificate-authority-data`, decoded.
    pub certificate_authority_data: Option<Vec<u8>>,
    /// `proxy-url`.
    pub proxy_url: Option<String>,
    /// `disable-compression`.
    pub disable_compression: bool,
    /// `extensions`.
    pub extensions: Extensions,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may carry a password; certificates are only noise here.
        f.debug_struct("Cluster")
            .field("server", &redact::url(&self.server))
            .field("tls_server_name", &self.tls_server_name)
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("certificate_authority", &self.certificate_authority)
            .field(
                "certificate_authority_data",
                &self
                    .certificate_authority_data
                    .as_ref()
                    .map(|data| format!("{} bytes", data.len())),
            )
            .field("proxy_url", &self.proxy_url.as_deref().map(redact::url))
            .field("disable_compression", &self.disable_compression)
            .field("extensions", &self.extensions)
            .finish()
    }
}

/// Who asks (`v1.AuthInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `client-certificate`: a path, relative to the file.
    pub client_certificate: Option<String>,
    /// `client-certificate-data`, decoded.
    pub client_certificate_data: Option<Vec<u8>>,
    /// `client-key`: a path, relative to the file.
    pub client_key: Option<String>,
    /// `client-key-data`, decoded.
    pub client_key_data: Option<Secret>,
    /// `token`.
    pub token: Option<Secret>,
    /// `tokenFile`: a path, relative to the file.
    pub token_file: Option<String>,
    /// `as`: the user to impersonate.
    pub as_user: Option<String>,
    /// `as-uid`.
    pub as_uid: Option<String>,
    /// `as-groups`.
    pub as_groups: Vec<String>,
    /// `as-user-extra`.
    pub as_user_extra: BTreeMap<String, Vec<String>>,
    /// `username` of basic authentication.
    pub username: Option<String>,
    /// `password` of basic authentication.
    pub password: Option<Secret>,
    /// `auth-provider`.
    pub auth_provider: Option<AuthProvider>,
    /// `exec`: a credential plugin.
    pub exec: Option<Exec>,
    /// `extensions`.
    pub extensions: Extensions,
}

/// A legacy auth plugin (`v1.AuthProviderConfig`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthProvider {
    /// `name`.
    pub name: String,
    /// `config`; any of its values may be a refresh token or a client secret.
    pub config: BTreeMap<String, Secret>,
}

/// A credential plugin (`v1.ExecConfig`). Nothing in this workspace runs it unasked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// `command`; relative to the file when it contains a path separator.
    pub command: String,
    /// `args`; people pass secrets here.
    pub args: Vec<Secret>,
    /// `env`.
    pub env: Vec<ExecEnv>,
    /// `apiVersion` of the plugin protocol.
    pub api_version: Option<String>,
    /// `installHint`.
    pub install_hint: Option<String>,
    /// `provideClusterInfo`.
    pub provide_cluster_info: bool,
    /// `interactiveMode` as written. Absent means `IfAvailable` for the protocol versions
    /// `v1alpha1` and `v1beta1` (client-go `tools/clientcmd/api/v1/defaults.go`).
    pub interactive_mode: Option<String>,
}

/// A variable for a credential plugin (`v1.ExecEnvVar`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecEnv {
    /// `name`.
    pub name: String,
    /// `value`.
    pub value: Secret,
}

/// A cluster, a user and a namespace put together (`v1.Context`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// `cluster`: a name of the `clusters` lists.
    pub cluster: String,
    /// `user`: a name of the `users` lists.
    pub user: String,
    /// `namespace`.
    pub namespace: Option<String>,
    /// `extensions`.
    pub extensions: Extensions,
}

/// One of the three lists of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// `clusters`.
    Clusters,
    /// `users`.
    Users,
    /// `contexts`.
    Contexts,
}

impl List {
    /// The key of the list in the file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Users => "users",
            Self::Contexts => "contexts",
        }
    }

    /// What one entry is called, which is also the key of its body.
    pub fn entry(self) -> &'static str {
        match self {
            Self::Clusters => "cluster",
            Self::Users => "user",
            Self::Contexts => "context",
        }
    }
}
