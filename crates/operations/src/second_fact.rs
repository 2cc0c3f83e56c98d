//! One CA for several clusters: what else says that a peer is this one?
//!
//! minikube signs all profiles with one CA, companies theirs. There, "right CA, right names" fits every one
//! of them, and a token sent to the wrong one is a token lost.

use std::fmt;

use identity::Authority;
use identity::Limits;
use identity::Proof;
use identity::SpkiHash;
use identity::api::Credentials;
use identity::api::Session;
use kubeconfig::User;

use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::state::Question;
use crate::state::State;

/// What ties a proved peer to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Its certificate chains to the entry's CA key.
    Authority,
    /// It has the key of the node on record for the entry's server.
    Node,
    /// It has the key of another node on record for the cluster.
    Member,
    /// It has the UID of the cluster's `kube-system`.
    Uid,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authority => "its CA key",
            Self::Node => "the node's key",
            Self::Member => "the key of a node of the cluster",
            Self::Uid => "the UID of kube-system",
        })
    }
}

/// What is on record about the cluster behind an entry.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Whether a second fact is needed at all.
    pub(crate) shared: bool,
    /// The key of the node at the entry's server.
    pub(crate) leaf: Option<SpkiHash>,
    /// The UID of the cluster behind the entry's server.
    uid: Option<String>,
    /// The keys of nodes on record as that cluster's.
    same_cluster: Vec<SpkiHash>,
}

impl Record {
    pub(crate) fn of(
        target: &Target,
        authority: &Authority,
        kubeconfigs: &Kubeconfigs,
        state: &State,
        hinted: Option<bool>,
    ) -> Self {
        let here = state
            .endpoints(authority)
            .find(|endpoint| is_at(target, endpoint));
        let owner = Question::of(target).and_then(|question| state.owner(&question));
        let owner = owner.filter(|_| hinted != Some(false));
        // Who is at the address now may be another cluster of the CA.
        let (leaf, uid) = match owner {
            Some(owner) => (Some(owner.leaf), owner.uid.clone()),
            None => (
                here.map(|endpoint| endpoint.leaf),
                here.and_then(|endpoint| endpoint.uid.clone()),
            ),
        };
        let same_cluster = match &uid {
            None => Vec::new(),
            Some(_) => state
                .endpoints(authority)
                .filter(|e| e.uid == uid)
                .map(|e| e.leaf)
                .collect(),
        };
        let shared = hinted.unwrap_or_else(|| {
            owner.is_some()
                || authority.is_shared()
                || several_uids(authority, state)
                || another_cluster(target, authority, kubeconfigs, state, uid.as_deref())
        });
        Self {
            shared,
            leaf,
            uid,
            same_cluster,
        }
    }

    /// Whether an entry at the same server is on record as another cluster of the CA.
    pub(crate) fn is_another(&self, other: &Target, state: &State, proof: &Proof) -> bool {
        let owner = Question::of(other).and_then(|question| state.owner(&question));
        self.shared
            && owner.is_some_and(|owner| {
                let same_uid = owner.uid.is_some() && owner.uid == self.uid;
                Some(owner.leaf) != self.leaf && owner.leaf != proof.leaf.key && !same_uid
            })
    }

    /// Whether a peer at the entry's own address is another cluster, as far as is known: on a shared CA
    /// another one may have been given the address. With nothing on record there is nothing to contradict it.
    pub(crate) async fn contradicts(
        &self,
        target: &Target,
        authority: &Authority,
        proof: &Proof,
        credentials: Option<&Credentials>,
        limits: Limits,
    ) -> bool {
        self.leaf.is_some()
            && self
                .evidence(target, authority, proof, credentials, limits)
                .await
                .is_none()
    }

    /// What says that the peer is this cluster. Where the CA signs for others too, there must be another reason:
    /// its key is on record for the cluster, or its `kube-system` UID is. The UID is asked for with the client
    /// certificate only, whose key stays here; a bearer token would be given away by the asking. `None` where
    /// the CA alone is not enough and nothing else is known.
    pub(crate) async fn evidence(
        &self,
        target: &Target,
        authority: &Authority,
        proof: &Proof,
        credentials: Option<&Credentials>,
        limits: Limits,
    ) -> Option<Vec<Evidence>> {
        if self.leaf == Some(proof.leaf.key) {
            return Some(vec![Evidence::Authority, Evidence::Node]);
        }
        if self.same_cluster.contains(&proof.leaf.key) {
            return Some(vec![Evidence::Authority, Evidence::Member]);
        }
        if !self.shared {
            return Some(vec![Evidence::Authority]);
        }
        let (Some(uid), Some(credentials)) = (&self.uid, credentials) else {
            return None;
        };
        let credentials = credentials.without_bearer();
        if credentials.is_empty() {
            return None;
        }
        let session = Session {
            address: proof.address,
            leaf: proof.leaf.key,
            authority,
            pin: &target.pin(),
            base: &target.server.path,
            own_address: false,
            credentials: &credentials,
            limits,
        };
        let answer = session.cluster_uid().await.ok()?;
        (answer == *uid).then(|| vec![Evidence::Authority, Evidence::Uid])
    }
}

/// Whether clusters of different UIDs are on record under this CA, wherever their entries are.
fn several_uids(authority: &Authority, state: &State) -> bool {
    let mut uids = state
        .endpoints(authority)
        .filter_map(|endpoint| endpoint.uid.as_ref());
    let first = uids.next();
    uids.any(|uid| Some(uid) != first)
}

/// Whether an endpoint on record is the server that the entry names.
pub(crate) fn is_at(target: &Target, endpoint: &crate::state::Endpoint) -> bool {
    use kubeconfig::server::Host;
    endpoint.address.port() == target.server.port
        && match &target.server.host {
            Host::Ip(address) => endpoint.address.ip() == *address,
            Host::Name(name) => endpoint.name.as_deref() == Some(name),
        }
}

/// Whether another entry of the same CA seems to be another cluster: another server, and neither a UID on
/// record nor a common credential says that it is a node or a copy of this one.
fn another_cluster(
    target: &Target,
    authority: &Authority,
    kubeconfigs: &Kubeconfigs,
    state: &State,
    uid: Option<&str>,
) -> bool {
    let users = users_of(kubeconfigs, &target.name);
    let is_ours = |user: &User| users.iter().any(|ours| same_credential(ours, user));
    let is_other = |other: &Target, same_user: bool| {
        let their_uid = state
            .endpoints(authority)
            .find(|e| is_at(other, e))
            .and_then(|e| e.uid.as_deref());
        let same_uid = uid.is_some() && uid == their_uid;
        !same_uid && !same_user
    };
    match kubeconfigs.known_kin() {
        Some(kin) => kin
            .namesakes(target)
            .any(|other| is_other(&other.target, other.users.iter().any(is_ours))),
        None => kubeconfigs.namesakes(target).any(|other| {
            let users = users_of(kubeconfigs, &other.name);
            is_other(&other, users.into_iter().any(is_ours))
        }),
    }
}

fn users_of<'a>(kubeconfigs: &'a Kubeconfigs, cluster: &str) -> Vec<&'a User> {
    let contexts = kubeconfigs
        .chain
        .contexts()
        .filter(|context| context.value.cluster == cluster);
    contexts
        .filter_map(|context| kubeconfigs.chain.user(&context.value.user))
        .map(|user| user.value)
        .collect()
}

fn same_credential(a: &User, b: &User) -> bool {
    let token = a.token.is_some() && a.token == b.token;
    let certificate = a.client_certificate_data.is_some()
        && a.client_certificate_data == b.client_certificate_data;
    token || certificate
}
