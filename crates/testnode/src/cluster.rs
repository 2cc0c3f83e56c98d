//! A cluster: what its nodes share.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ca::{Ca, MICROK8S_CA_NAME};
use crate::client_certificate::{ClientCertificate, ClientCertificateSpec};
use crate::clock::DAY;
use crate::leaf::{Leaf, LeafKind};
use crate::signer::{self, Signer};
use crate::state::State;
use crate::tokens::{self, KnownTokens, User};
use crate::{auth, random};

/// A cluster: its CA, its users and its objects. Clones are cheap and mean the same cluster.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    ca: Ca,
    rbac: bool,
    anonymous: bool,
    admin_token: String,
    tokens: RwLock<Arc<KnownTokens>>,
    git_version: String,
    signer: Signer,
    signing_duration: Duration,
    uid: String,
    /// The UIDs that API priority and fairness puts into every answer; one pair per cluster.
    flow: (String, String),
    state: State,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("uid", &self.0.uid)
            .finish_non_exhaustive()
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

impl Cluster {
    /// A cluster as `MicroK8s` installs it: CA `CN=10.152.183.1` for 3650 days, an admin token, every
    /// accepted user is admin (`AlwaysAllow`) and nobody is anonymous.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A cluster that differs from [`Cluster::new`].
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::default()
    }

    /// The CA.
    pub fn ca(&self) -> &Ca {
        &self.0.ca
    }

    /// The CA's certificate as PEM.
    pub fn ca_pem(&self) -> String {
        self.0.ca.pem()
    }

    /// PEM of a new CA certificate with the same key and subject, valid for 3650 days from tomorrow's
    /// eve: what `refresh-certs -e ca.crt` makes. Nodes keep their leaves, which it verifies as well.
    pub fn reissue_ca(&self) -> String {
        let begin = SystemTime::now() - DAY;
        self.0.ca.reissued(begin, begin + 3650 * DAY).pem()
    }

    /// The token of the first user in `system:masters`; empty where the given `known_tokens.csv` has none.
    pub fn admin_token(&self) -> &str {
        &self.0.admin_token
    }

    /// The text of `known_tokens.csv`.
    pub fn known_tokens(&self) -> String {
        self.tokens().csv.clone()
    }

    /// Replaces `known_tokens.csv` and acts on it at once, as a restart of the API server would. With a file
    /// that cannot be read the API server does not start: its nodes then close every connection, until the
    /// file is replaced again.
    pub fn set_known_tokens(&self, csv: &str) {
        let read = Arc::new(KnownTokens::of(csv));
        *self
            .0
            .tokens
            .write()
            .unwrap_or_else(PoisonError::into_inner) = read;
    }

    /// Why `known_tokens.csv` cannot be read, in the words of the API server's log; `None` where it can.
    pub fn known_tokens_error(&self) -> Option<String> {
        self.tokens().error.clone()
    }

    /// The UID of the namespace `kube-system`, by which a cluster is known.
    pub fn uid(&self) -> String {
        self.0.uid.clone()
    }

    /// What `microk8s config` prints on a cluster with token authentication, for this server URL.
    pub fn kubeconfig(&self, server: &str) -> String {
        let token = self.admin_token();
        self.kubeconfig_with(server, &format!("    token: {token}\n"))
    }

    /// What `microk8s config` prints on a cluster with x509 authentication, for this server URL.
    pub fn kubeconfig_x509(&self, server: &str, client: &ClientCertificate) -> String {
        let certificate = STANDARD.encode(client.pem());
        let key = STANDARD.encode(client.key_pem());
        let user =
            format!("    client-certificate-data: {certificate}\n    client-key-data: {key}\n");
        self.kubeconfig_with(server, &user)
    }

    /// The same with a token of the caller's choice, for example a wrong one.
    pub fn kubeconfig_token(&self, server: &str, token: &str) -> String {
        self.kubeconfig_with(server, &format!("    token: {token}\n"))
    }

    fn kubeconfig_with(&self, server: &str, user: &str) -> String {
        let ca = STANDARD.encode(self.ca_pem());
        format!(
            "apiVersion: v1\n\
             clusters:\n\
             - cluster:\n    \
                 certificate-authority-data: {ca}\n    \
                 server: {server}\n  \
               name: microk8s-cluster\n\
             contexts:\n\
             - context:\n    \
                 cluster: microk8s-cluster\n    \
                 user: admin\n  \
               name: microk8s\n\
             current-context: microk8s\n\
             kind: Config\n\
             preferences: {{}}\n\
             users:\n\
             - name: admin\n  \
               user:\n\
             {user}"
        )
    }

    /// A client certificate signed by the CA.
    pub fn client_certificate(&self, spec: &ClientCertificateSpec) -> ClientCertificate {
        ClientCertificate::new(&self.0.ca, spec)
    }

    /// A server certificate with a new key, signed by the CA, for a server at these addresses.
    pub fn leaf(&self, kind: &LeafKind, addresses: &[IpAddr]) -> Leaf {
        Leaf::new(&self.0.ca, kind, addresses)
    }

    /// What EndpointSlice `default/kubernetes` lists from now on. Until then: the API servers that listen.
    pub fn set_endpoints(&self, endpoints: &[SocketAddr]) {
        self.0.state.set_endpoints(Some(endpoints.to_vec()));
    }

    /// A machine that was cloned with everything on its disk: same CA, tokens and UIDs; what happens
    /// to its objects and nodes from now on is its own.
    #[must_use]
    pub fn clone_machine(&self) -> Self {
        Self(Arc::new(Inner {
            ca: self.0.ca.clone(),
            rbac: self.0.rbac,
            anonymous: self.0.anonymous,
            admin_token: self.0.admin_token.clone(),
            tokens: RwLock::new(self.tokens()),
            git_version: self.0.git_version.clone(),
            signer: self.0.signer,
            signing_duration: self.0.signing_duration,
            uid: self.0.uid.clone(),
            flow: self.0.flow.clone(),
            state: self.0.state.copy(),
        }))
    }

    pub(crate) fn rbac(&self) -> bool {
        self.0.rbac
    }

    pub(crate) fn anonymous(&self) -> bool {
        self.0.anonymous
    }

    pub(crate) fn git_version(&self) -> &str {
        &self.0.git_version
    }

    /// The 36 of `v1.36.2`; what is no version is taken for the newest.
    pub(crate) fn minor_version(&self) -> u32 {
        let mut numbers = self.0.git_version.split('.').skip(1);
        numbers
            .next()
            .and_then(|minor| minor.parse().ok())
            .unwrap_or(u32::MAX)
    }

    pub(crate) fn signer(&self) -> Signer {
        self.0.signer
    }

    pub(crate) fn signing_duration(&self) -> Duration {
        self.0.signing_duration
    }

    /// Whether the API server cannot start.
    pub(crate) fn is_broken(&self) -> bool {
        self.tokens().error.is_some()
    }

    pub(crate) fn flow(&self) -> &(String, String) {
        &self.0.flow
    }

    pub(crate) fn state(&self) -> &State {
        &self.0.state
    }

    pub(crate) fn user_of_token(&self, token: &str) -> Option<User> {
        self.tokens().user(token).cloned()
    }

    pub(crate) fn user_of_certificate(&self, certificate: &[u8]) -> Option<User> {
        auth::certificate_user(&self.0.ca, certificate)
    }

    fn tokens(&self) -> Arc<KnownTokens> {
        self.0
            .tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What a new cluster is to be.
#[derive(Clone, Debug, Default)]
pub struct ClusterBuilder {
    ca_name: Option<String>,
    ca_validity: Option<(SystemTime, SystemTime)>,
    ca: Option<Ca>,
    rbac: bool,
    anonymous: bool,
    known_tokens: Option<String>,
    git_version: Option<String>,
    signer: Signer,
    signing_duration: Option<Duration>,
    uid: Option<String>,
}

impl ClusterBuilder {
    /// The common name of the CA; [`MICROK8S_CA_NAME`] unless given.
    #[must_use]
    pub fn ca_name(mut self, name: &str) -> Self {
        self.ca_name = Some(name.to_owned());
        self
    }

    /// The dates of the CA's certificate.
    #[must_use]
    pub fn ca_validity(mut self, not_before: SystemTime, not_after: SystemTime) -> Self {
        self.ca_validity = Some((not_before, not_after));
        self
    }

    /// An existing CA, for example one that several minikube profiles share.
    #[must_use]
    pub fn ca(mut self, ca: &Ca) -> Self {
        self.ca = Some(ca.clone());
        self
    }

    /// Whether RBAC is on (`microk8s enable rbac`): users outside `system:masters` may then do what role
    /// bindings permit, and nothing but discovery and health before there is one. Off: every accepted user
    /// may do anything.
    #[must_use]
    pub fn rbac(mut self, on: bool) -> Self {
        self.rbac = on;
        self
    }

    /// Whether requests without credentials are let in as `system:anonymous`, who may read `/version` and
    /// health only. On implies RBAC: an API server with `AlwaysAllow` turns anonymous off.
    #[must_use]
    pub fn anonymous(mut self, on: bool) -> Self {
        self.anonymous = on;
        self
    }

    /// The text of `known_tokens.csv`.
    #[must_use]
    pub fn known_tokens(mut self, csv: &str) -> Self {
        self.known_tokens = Some(csv.to_owned());
        self
    }

    /// The version that the servers claim, for example `v1.36.2`.
    #[must_use]
    pub fn git_version(mut self, version: &str) -> Self {
        self.git_version = Some(version.to_owned());
        self
    }

    /// How approved certificate requests are answered.
    #[must_use]
    pub fn signer(mut self, signer: Signer) -> Self {
        self.signer = signer;
        self
    }

    /// The longest validity that the signer grants (`--cluster-signing-duration`); 365 days unless given.
    #[must_use]
    pub fn signing_duration(mut self, longest: Duration) -> Self {
        self.signing_duration = Some(longest);
        self
    }

    /// The UID of the namespace `kube-system`.
    #[must_use]
    pub fn uid(mut self, uid: &str) -> Self {
        self.uid = Some(uid.to_owned());
        self
    }

    /// The cluster, with no node yet.
    pub fn build(self) -> Cluster {
        let name = self.ca_name.as_deref().unwrap_or(MICROK8S_CA_NAME);
        let ca = match (self.ca, self.ca_validity) {
            (Some(ca), _) => ca,
            (None, Some((not_before, not_after))) => Ca::valid(name, not_before, not_after),
            (None, None) => Ca::new(name),
        };
        let csv = self
            .known_tokens
            .unwrap_or_else(|| tokens::known_tokens(&tokens::new_token(), "microk8s-vm"));
        let known = KnownTokens::of(&csv);
        let admin_token = known.admin().unwrap_or_default().to_owned();
        let uid = self.uid.unwrap_or_else(random::uuid);
        Cluster(Arc::new(Inner {
            ca,
            rbac: self.rbac || self.anonymous,
            anonymous: self.anonymous,
            admin_token,
            tokens: RwLock::new(Arc::new(known)),
            git_version: self.git_version.unwrap_or_else(|| "v1.36.2".to_owned()),
            signer: self.signer,
            signing_duration: self.signing_duration.unwrap_or(signer::LONGEST),
            flow: (random::uuid(), random::uuid()),
            state: State::new(&uid),
            uid,
        }))
    }
}
