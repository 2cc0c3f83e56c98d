//! What was learnt of clusters, kept from run to run: never needed, only quicker and surer.
//!
//! The file holds no credentials, yet says which clusters a user has: it is private (0600).

mod failing;
mod known;
mod lost;
mod owner;
mod release;
mod verdict;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use identity::Proof;
use identity::pin::Satisfied;
use locate::Candidate;
use serde::Deserialize;
use serde::Serialize;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::kubeconfigs::Target;
use crate::versioned;
use crate::versioned::Unusable;

pub use failing::Failing;
pub use known::Endpoint;
pub use known::Known;
pub use known::More;
pub use lost::Lost;
pub use owner::Owner;
pub use release::Release;
pub use verdict::FRESH;
pub use verdict::Instead;
pub use verdict::Question;
pub use verdict::Verdict;

/// The version of the file that this program writes; an older one would be migrated here.
const VERSION: u32 = 1;

/// The contents of `state.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// Clusters by the hash of their CA key.
    #[serde(default)]
    clusters: BTreeMap<String, Known>,
    /// The last answers to "is this entry's server the cluster?".
    #[serde(default)]
    verdicts: BTreeMap<String, Verdict>,
    /// Searches that found nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lost: BTreeMap<String, Lost>,
    /// Entries whose server does not answer, since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    failing: BTreeMap<String, Failing>,
    /// Entries whose CA signs for several clusters, and which of them each is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    owners: BTreeMap<String, Owner>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            clusters: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            lost: BTreeMap::new(),
            failing: BTreeMap::new(),
            owners: BTreeMap::new(),
        }
    }
}

/// Where a proved peer stands to the entry it was proved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the entry's own server.
    Own,
    /// It is to be used in place of it, and never written.
    Sibling,
    /// It ought to stand in the entry, which could not be written.
    Unwritten,
}

/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not what this program writes.
    #[error("the state file {path} is damaged ({cause}); it holds only what was learnt: remove it with `rm {path}`", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: String,
    },
    /// Written by a newer bowline.
    #[error("the state file {path} is of version {version}, this bowline knows up to {VERSION}: update bowline, or remove the file with `rm {path}`", path = .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl State {
    /// Reads the state; a file that does not exist is an empty state.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn load(path: &Path) -> Result<Self, StateError> {
        match store::read(path)? {
            None => Ok(Self::default()),
            Some(bytes) => Self::parse(path, &bytes),
        }
    }

    /// Changes the state under its lock, so that two programs never lose each other's findings.
    ///
    /// # Errors
    /// [`StateError`]; the file is then as it was.
    pub fn update(
        store: &Store,
        path: &Path,
        change: impl Fn(&mut Self),
    ) -> Result<(), StateError> {
        let result = store.replace_private(path, Durability::Cached, |old| {
            let mut state = match old {
                None => Self::default(),
                Some(bytes) => Self::parse(path, bytes)?,
            };
            change(&mut state);
            state.forget_the_old();
            let json = serde_json::to_vec(&state).map_err(|error| StateError::Damaged {
                path: path.to_owned(),
                cause: error.to_string(),
            })?;
            Ok(Some(json))
        });
        match result {
            Ok(_) => Ok(()),
            Err(UpdateError::Store(error)) => Err(error.into()),
            Err(UpdateError::Change(error)) => Err(error),
        }
    }

    /// Remembers what was proved for an entry, and the verdict on the entry as it is now; where its CA is `shared`,
    /// also which of the CA's clusters it is.
    pub fn remember(
        &mut self,
        target: &Target,
        candidate: &Candidate,
        proof: &Proof,
        place: Place,
        shared: bool,
    ) {
        let now = crate::world::now();
        self.learn(candidate, proof, None, now);
        if let Some(question) = Question::of(target) {
            let instead = (place != Place::Own).then(|| Instead {
                address: candidate.address,
                name: proof.proved_name(),
                unwritten: place == Place::Unwritten,
            });
            let verdict = Verdict::new(instead, name_to_enforce(target, proof), proof.connect, now);
            self.decide(&question, verdict);
            // What was on record for the entry was another one, and its user says so (`add --replace`).
            let shared = shared || self.owner(&question).is_some();
            if shared && place == Place::Own {
                self.own(&question, proof, now);
            }
        }
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.is_empty() {
            // What a power cut leaves of a file that was not made durable.
            return Ok(Self::default());
        }
        versioned::read(bytes, VERSION).map_err(|unusable| match unusable {
            Unusable::Newer(version) => StateError::Newer {
                path: path.to_owned(),
                version,
            },
            Unusable::Damaged(error) => StateError::Damaged {
                path: path.to_owned(),
                cause: error.to_string(),
            },
        })
    }

    fn forget_the_old(&mut self) {
        let now = crate::world::now();
        self.verdicts
            .retain(|_, verdict| verdict.is_worth_keeping(now));
        self.lost.retain(|_, lost| lost.is_worth_keeping(now));
        self.failing
            .retain(|_, failing| failing.is_worth_keeping(now));
        self.forget_old_owners();
        for known in self.clusters.values_mut() {
            known.forget_the_old();
        }
    }
}

/// The name that kubectl would not check by itself, because the entry does not have it.
pub fn name_to_enforce(target: &Target, proof: &Proof) -> Option<String> {
    let unnamed = target.pin().explicit.is_none();
    (unnamed && proof.name == Satisfied::Cluster).then(|| proof.proved_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_damaged_and_newer_files_and_leaves_them_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let store = Store::new(folder.path().join("store"));
        for (bytes, newer) in [
            (&b"{"[..], false),
            (b"[]", false),
            (b"{\"version\":1,\"clusters\":3}", false),
            (b"{\"version\":2,\"clusters\":3}", true),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let loaded = State::load(&path);
            let updated = State::update(&store, &path, |_| {});
            for error in [loaded.unwrap_err(), updated.unwrap_err()] {
                assert_eq!(matches!(error, StateError::Newer { .. }), newer, "{error}");
                assert!(error.to_string().contains("state.json"), "{error}");
            }
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }
}
