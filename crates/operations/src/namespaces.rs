//! The namespaces of a cluster: as it says itself, over a connection whose identity is proved, and as it said before.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use identity::Authority;
use identity::Limits;
use identity::Pin;
use identity::Proof;
use identity::SpkiHash;
use identity::api::ApiError;
use identity::api::Credentials;
use identity::api::Session;
use serde::Deserialize;
use serde::Serialize;
use store::Store;
use store::StoreError;
use store::UpdateError;
use tokio::time::timeout;

use crate::check::Checked;
use crate::check::check;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::state::State;
use crate::world::World;

/// The name of the file in the state folder.
pub const FILE: &str = "namespaces.json";

/// The version of the file. It is a cache: one of another version is made anew.
const VERSION: u32 = 2;

/// How many clusters are remembered, and how many namespaces of each.
const MOST_CLUSTERS: usize = 200;
const MOST_NAMES: usize = 5000;

/// How many nodes and servers of a cluster are known.
const MOST_PLACES: usize = 16;

/// Somebody waits who only wants to switch.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// What a cluster says, or why it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It said so.
    Said(T),
    /// The user may not ask that (403).
    Forbidden,
    /// It could not be asked.
    Away(String),
}

/// The namespaces that a cluster says it has, and which cluster it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// The UID of its `kube-system`.
    uid: Option<String>,
    /// The key of the node that was asked.
    node: SpkiHash,
}

/// Asks for the names of all namespaces.
pub async fn list(
    world: &World,
    target: &Target,
    credentials: Option<&Credentials>,
) -> Answer<Listed> {
    let asked = async {
        let proved = prove(world, target, credentials).await?;
        let said = proved.session().namespaces().await.map(|mut said| {
            said.names.sort_unstable();
            Listed {
                names: said.names,
                uid: said.cluster_uid,
                node: proved.proof.leaf.key,
            }
        });
        Ok(answer(said))
    };
    in_time(asked).await
}

/// Asks whether there is a namespace of this name.
pub async fn exists(
    world: &World,
    target: &Target,
    credentials: Option<&Credentials>,
    name: &str,
) -> Answer<bool> {
    let asked = async {
        let proved = prove(world, target, credentials).await?;
        Ok(answer(proved.session().has_namespace(name).await))
    };
    in_time(asked).await
}

async fn in_time<T>(asked: impl Future<Output = Result<Answer<T>, String>>) -> Answer<T> {
    match timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(cause)) => Answer::Away(cause),
        Err(_) => Answer::Away(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn answer<T>(result: Result<T, ApiError>) -> Answer<T> {
    match result {
        Ok(said) => Answer::Said(said),
        Err(ApiError::Refused { code: 403, .. }) => Answer::Forbidden,
        Err(error) => Answer::Away(error.to_string()),
    }
}

/// A peer that is the cluster, and what it may be asked with.
struct Proved<'a> {
    target: &'a Target,
    authority: &'a Authority,
    pin: Pin,
    proof: Box<Proof>,
    credentials: &'a Credentials,
}

async fn prove<'a>(
    world: &World,
    target: &'a Target,
    credentials: Option<&'a Credentials>,
) -> Result<Proved<'a>, String> {
    let Some(credentials) = credentials.filter(|credentials| !credentials.is_empty()) else {
        return Err("there is no credential that it can be asked with".to_owned());
    };
    let Trust::Authority { authority, .. } = &target.trust else {
        return Err("its entry has no CA to prove it by".to_owned());
    };
    match check(world, target, &Limits::default()).await {
        Checked::Proved(_, proof) => Ok(Proved {
            target,
            authority,
            pin: target.pin(),
            proof,
            credentials,
        }),
        Checked::Failed(reasons) => Err(reasons.first().map_or_else(
            || "it does not answer".to_owned(),
            |(candidate, error)| format!("{}: {error}", candidate.address),
        )),
        Checked::Unresolved(cause) => Err(cause),
        Checked::Unprovable(cause) => Err(cause.to_owned()),
    }
}

impl Proved<'_> {
    fn session(&self) -> Session<'_> {
        Session {
            address: self.proof.address,
            leaf: self.proof.leaf.key,
            authority: self.authority,
            pin: &self.pin,
            base: &self.target.server.path,
            own_address: true,
            credentials: self.credentials,
            limits: Limits {
                total: PATIENCE,
                ..Limits::default()
            },
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u32,
    clusters: Vec<Cluster>,
}

/// What a cluster said, and which one it is: its entry may be called anything, and lead somewhere else by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cluster {
    /// The keys of its CA, which may be that of other clusters, too.
    keys: Vec<SpkiHash>,
    uid: Option<String>,
    /// The keys of nodes that were asked.
    nodes: Vec<SpkiHash>,
    /// What stood in the entries through which it was asked.
    servers: Vec<String>,
    #[serde(flatten)]
    said: Remembered,
}

/// What a cluster said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// When, seconds since the Unix epoch.
    pub at: u64,
    /// The names, sorted.
    pub names: Vec<String>,
}

impl Content {
    /// The cluster of an entry: by what was proved at its address, else by its server.
    fn of(&self, target: &Target, state: &State) -> Option<&Cluster> {
        let authority = authority(target)?;
        let keys = authority.keys();
        let of_ca = || {
            let clusters = self.clusters.iter();
            clusters.filter(|cluster| cluster.keys.iter().any(|key| keys.contains(key)))
        };
        let address = target
            .literal()
            .map(|ip| SocketAddr::new(ip, target.server.port));
        let proved = address.and_then(|address| state.endpoint(authority, address));
        if let Some(proved) = proved {
            let has_uid = |cluster: &&Cluster| proved.uid.is_some() && cluster.uid == proved.uid;
            let has_node = |cluster: &&Cluster| cluster.nodes.contains(&proved.leaf);
            let found = of_ca().find(has_uid).or_else(|| of_ca().find(has_node));
            if found.is_some() || proved.uid.is_some() {
                return found;
            }
        }
        let server = target.server.to_string();
        of_ca().find(|cluster| cluster.servers.contains(&server))
    }

    /// Takes in what a cluster said, in place of what it said before.
    fn learn(&mut self, new: Cluster) {
        let is_same = |old: &Cluster| {
            if let (Some(old), Some(new)) = (&old.uid, &new.uid) {
                return old == new;
            }
            let of_ca = old.keys.iter().any(|key| new.keys.contains(key));
            of_ca && old.nodes.iter().any(|node| new.nodes.contains(node))
        };
        let before = self.clusters.iter().position(is_same);
        let before = before.map(|place| self.clusters.remove(place));
        for other in &mut self.clusters {
            // Another cluster is there now.
            other.servers.retain(|server| !new.servers.contains(server));
        }
        let mut new = new;
        if let Some(before) = before {
            add(&mut new.nodes, before.nodes);
            add(&mut new.servers, before.servers);
        }
        self.clusters.insert(0, new);
        self.clusters.truncate(MOST_CLUSTERS);
    }
}

/// Adds what is not there yet.
fn add<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if all.len() < MOST_PLACES && !all.contains(&one) {
            all.push(one);
        }
    }
}

/// What the cluster of an entry said the last time.
pub fn remembered(folder: &Path, state: &State, target: &Target) -> Option<Remembered> {
    let cluster = load(folder).of(target, state)?.said.clone();
    Some(cluster)
}

/// The names that any cluster said, for completion: which one is current costs more than is worth it there.
pub fn all(folder: &Path) -> Vec<String> {
    let clusters = load(folder).clusters.into_iter();
    let mut names: Vec<_> = clusters.flat_map(|cluster| cluster.said.names).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Remembers what a cluster said.
///
/// # Errors
/// [`StoreError`]: it cannot be written.
pub fn remember(
    store: &Store,
    target: &Target,
    listed: &Listed,
    now: Duration,
) -> Result<(), StoreError> {
    let Some(authority) = authority(target) else {
        return Ok(());
    };
    let names = listed.names.iter().take(MOST_NAMES);
    let new = Cluster {
        keys: authority.keys(),
        uid: listed.uid.clone(),
        nodes: vec![listed.node],
        servers: vec![target.server.to_string()],
        said: Remembered {
            at: now.as_secs(),
            names: names.cloned().collect(),
        },
    };
    let written = store.replace_state(FILE, |before| {
        let mut content = before.map(parse).unwrap_or_default();
        content.version = VERSION;
        content.learn(new.clone());
        Ok::<_, StoreError>(serde_json::to_vec(&content).ok())
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error) | UpdateError::Store(error)) => Err(error),
    }
}

fn load(folder: &Path) -> Content {
    let bytes = store::read(&folder.join(FILE)).ok().flatten();
    bytes.map(|bytes| parse(&bytes)).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Content {
    let content = serde_json::from_slice::<Content>(bytes).ok();
    let content = content.filter(|content| content.version == VERSION);
    content.unwrap_or_default()
}

fn authority(target: &Target) -> Option<&Authority> {
    match &target.trust {
        Trust::Authority { authority, .. } => Some(authority),
        _ => None,
    }
}
