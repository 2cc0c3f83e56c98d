//! Which cluster an entry was proved to be, where its CA signs for several: an address alone does not say it, since
//! another one may get it.

use std::time::Duration;

use identity::Proof;
use identity::SpkiHash;
use serde::Deserialize;
use serde::Serialize;

use super::Question;
use super::State;

/// More entries than a company has clusters.
const MOST: usize = 2048;

/// The cluster of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The key of the node at its server.
    pub leaf: SpkiHash,
    /// The UID of its `kube-system`, once it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// When it was last proved, seconds since the Unix epoch.
    pub proved: u64,
}

impl State {
    /// Which cluster an entry was proved to be, as it stands now.
    pub fn owner(&self, question: &Question) -> Option<&Owner> {
        self.owners.get(&question.entry)
    }

    /// Remembers which cluster an entry is, once what was proved for it is known.
    pub fn own(&mut self, question: &Question, proof: &Proof, now: Duration) {
        let known = self.clusters.get(&proof.authority.to_string());
        let here = known.and_then(|known| {
            let mut endpoints = known.endpoints.iter();
            endpoints.find(|endpoint| {
                endpoint.address == proof.address && endpoint.leaf == proof.leaf.key
            })
        });
        let before = self.owners.get(&question.entry);
        let before = before.filter(|before| before.leaf == proof.leaf.key);
        let uid = here.and_then(|endpoint| endpoint.uid.clone());
        let owner = Owner {
            leaf: proof.leaf.key,
            uid: uid.or_else(|| before.and_then(|before| before.uid.clone())),
            proved: now.as_secs(),
        };
        self.owners.insert(question.entry.clone(), owner);
    }

    pub(super) fn forget_old_owners(&mut self) {
        if self.owners.len() <= MOST {
            return;
        }
        let mut times: Vec<u64> = self.owners.values().map(|owner| owner.proved).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = times.get(MOST - 1).copied().unwrap_or_default();
        self.owners.retain(|_, owner| owner.proved >= oldest);
        while self.owners.len() > MOST {
            self.owners.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let mut state = State::default();
        for number in 0..3000u64 {
            let owner = Owner {
                leaf: SpkiHash::of(b"node"),
                uid: None,
                proved: number / 2,
            };
            state.owners.insert(format!("{number:04}"), owner);
        }
        state.forget_old_owners();
        assert_eq!(state.owners.len(), MOST);
        assert!(state.owners.contains_key("2999") && !state.owners.contains_key("0900"));
    }
}
