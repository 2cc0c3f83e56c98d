//! The namespaces of a cluster: as it says itself, over a connection whose identity is proved, and as it said before.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use identity::Authority;
use identity::Limits;
use identity::Pin;
use identity::Proof;
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
use crate::world::World;

/// The name of the file in the state folder.
pub const FILE: &str = "namespaces.json";

/// The version of the file. It is a cache: one of another version is made anew.
const VERSION: u32 = 1;

/// How many clusters are remembered, and how many namespaces of each.
const MOST_CLUSTERS: usize = 200;
const MOST_NAMES: usize = 5000;

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

/// Asks for the names of all namespaces.
pub async fn list(
    world: &World,
    target: &Target,
    credentials: Option<&Credentials>,
) -> Answer<Vec<String>> {
    let asked = async {
        let proved = prove(world, target, credentials).await?;
        Ok(answer(proved.session().namespaces().await))
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
    clusters: BTreeMap<String, Remembered>,
}

/// What a cluster said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// When, seconds since the Unix epoch.
    pub at: u64,
    /// The names, sorted.
    pub names: Vec<String>,
}

/// What the cluster of an entry said the last time.
pub fn remembered(state: &Path, target: &Target) -> Option<Remembered> {
    let bytes = store::read(&state.join(FILE)).ok().flatten()?;
    let content = parse(&bytes)?;
    content.clusters.get(&key(target)?).cloned()
}

/// The names that any cluster said, for completion: which one is current costs more than is worth it there.
pub fn all(state: &Path) -> Vec<String> {
    let bytes = store::read(&state.join(FILE)).ok().flatten();
    let content = bytes.and_then(|bytes| parse(&bytes)).unwrap_or_default();
    let names = content.clusters.into_values();
    let mut names: Vec<_> = names.flat_map(|known| known.names).collect();
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
    names: &[String],
    now: Duration,
) -> Result<(), StoreError> {
    let Some(key) = key(target) else {
        return Ok(());
    };
    let mut names = names.to_vec();
    names.sort_unstable();
    names.truncate(MOST_NAMES);
    let known = Remembered {
        at: now.as_secs(),
        names,
    };
    let written = store.replace_state(FILE, |before| {
        let mut content = before.and_then(parse).unwrap_or_default();
        content.version = VERSION;
        content.clusters.insert(key.clone(), known.clone());
        while content.clusters.len() > MOST_CLUSTERS {
            let oldest = content.clusters.iter().min_by_key(|(_, known)| known.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            content.clusters.remove(&oldest);
        }
        Ok::<_, StoreError>(serde_json::to_vec(&content).ok())
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error) | UpdateError::Store(error)) => Err(error),
    }
}

fn parse(bytes: &[u8]) -> Option<Content> {
    let content = serde_json::from_slice::<Content>(bytes).ok()?;
    (content.version == VERSION).then_some(content)
}

/// The cluster, whatever its entry is called.
fn key(target: &Target) -> Option<String> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    let key = authority.keys().first()?.to_string();
    // One CA may sign for several clusters.
    Some(format!("{key} {}", target.server))
}
