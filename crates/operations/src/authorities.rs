//! The CA certificates of clusters that were proved, kept for the day when an entry has lost its own:
//! `kubectl config set-cluster --insecure-skip-tls-verify` deletes it.
//!
//! Certificates are public. What was learnt elsewhere ([`State`](crate::State)) knows a cluster by the hash of its
//! key only; this is a file of its own, so that `k` need not read it each time.

use std::collections::BTreeMap;
use std::path::Path;

use identity::SpkiHash;
use serde::Deserialize;
use serde::Serialize;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::versioned;
use crate::versioned::Unusable;

/// The file, in the state folder.
pub const FILE: &str = "authorities.json";

/// More clusters than anybody has; beyond it, the file would only grow.
const MOST: usize = 4096;

/// The version of the file that this program writes.
const VERSION: u32 = 1;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Authorities {
    version: u32,
    /// PEM by the hash of the CA key.
    certificates: BTreeMap<String, String>,
}

/// Remembers the certificates by which these entries' clusters were proved. A file that is damaged is made
/// anew: it holds only what was learnt.
///
/// # Errors
/// [`StoreError`] when the file cannot be written.
pub fn remember(store: &Store, proved: &[(&Target, SpkiHash)]) -> Result<(), StoreError> {
    let result = store.replace_state(FILE, |old| {
        if old.is_some_and(is_newer) {
            return Ok(None);
        }
        let mut known = old.map(parse).unwrap_or_default();
        let mut changed = false;
        for (target, key) in proved {
            let Trust::Authority { authority, .. } = &target.trust else {
                continue;
            };
            let name = key.to_string();
            if known.certificates.contains_key(&name) || known.certificates.len() >= MOST {
                continue;
            }
            if let Some(pem) = authority.certificate(key) {
                known.certificates.insert(name, pem);
                changed = true;
            }
        }
        known.version = VERSION;
        Ok::<_, serde_json::Error>(if changed {
            Some(serde_json::to_vec(&known)?)
        } else {
            None
        })
    });
    match result {
        // JSON of texts cannot fail to be written.
        Ok(_) | Err(UpdateError::Change(_)) => Ok(()),
        Err(UpdateError::Store(error)) => Err(error),
    }
}

/// The certificate of a CA key, where it was remembered.
pub fn certificate(state_file: &Path, key: &str) -> Option<String> {
    let bytes = store::read(&state_file.with_file_name(FILE)).ok()??;
    parse(&bytes).certificates.remove(key)
}

fn is_newer(bytes: &[u8]) -> bool {
    let read = versioned::read::<Authorities>(bytes, VERSION);
    matches!(read, Err(Unusable::Newer(_)))
}

fn parse(bytes: &[u8]) -> Authorities {
    serde_json::from_slice(bytes).unwrap_or_default()
}
