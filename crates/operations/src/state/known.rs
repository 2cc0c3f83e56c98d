//! Where a cluster was proved.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use identity::Authority;
use identity::Proof;
use identity::SpkiHash;
use identity::proof::Answer;
use locate::Candidate;
use locate::Mac;
use locate::Source;
use serde::Deserialize;
use serde::Serialize;

use super::Release;
use super::State;

/// More API servers than an HA cluster has, times the places they have been.
const MOST_ENDPOINTS: usize = 32;
/// For all clusters of one CA together: more than a company has.
const MOST_OF_CA: usize = 2048;

/// How long a cluster's list of its API servers is good for. They come and go rarely; a list that is a little old
/// costs a candidate.
const ASK_AGAIN: Duration = Duration::from_mins(10);

/// What is known of the clusters of one CA key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Where an API server was proved, the newest first.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
}

/// One API server at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Where it answered.
    pub address: SocketAddr,
    /// Which node it was.
    pub leaf: SpkiHash,
    /// How the address was found.
    pub source: Source,
    /// The name by which the source knows the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The hardware address that was seen there, where it is in a network of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
    /// The UID of its `kube-system` namespace, once it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// How long the whole proof took, milliseconds; 0 where that was not recorded.
    #[serde(default)]
    pub latency: u64,
    /// Which release of Kubernetes it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// When it was last proved, seconds since the Unix epoch.
    pub proved: u64,
    /// Where the cluster's other API servers are, as this one said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<SocketAddr>,
    /// When it was last asked for them, seconds since the Unix epoch.
    #[serde(default)]
    pub asked: u64,
}

impl Known {
    pub(super) fn forget_the_old(&mut self) {
        self.endpoints
            .sort_by_key(|endpoint| std::cmp::Reverse(endpoint.proved));
        // Each cluster of a shared CA has its own: what one has done is no reason to forget another.
        let mut of_cluster: HashMap<Option<String>, usize> = HashMap::new();
        self.endpoints.retain(|endpoint| {
            let count = of_cluster.entry(endpoint.uid.clone()).or_default();
            *count += 1;
            *count <= MOST_ENDPOINTS
        });
        self.endpoints.truncate(MOST_OF_CA);
    }
}

impl State {
    /// All that is known of the clusters of a CA.
    pub fn endpoints<'a>(
        &'a self,
        authority: &Authority,
    ) -> impl Iterator<Item = &'a Endpoint> + use<'a> {
        let keys = authority.keys().into_iter();
        let known = keys.filter_map(|key| self.clusters.get(&key.to_string()));
        known.flat_map(|known| &known.endpoints)
    }

    /// The hash of the CA key of the cluster that was proved at an address, most recently.
    pub fn cluster_at(&self, address: SocketAddr) -> Option<&str> {
        let proved = self.clusters.iter().flat_map(|(key, known)| {
            let at = known.endpoints.iter().filter(move |e| e.address == address);
            at.map(move |endpoint| (endpoint.proved, key.as_str()))
        });
        proved.max().map(|(_, key)| key)
    }

    /// What was proved at an address, most recently.
    pub fn endpoint<'a>(
        &'a self,
        authority: &Authority,
        address: SocketAddr,
    ) -> Option<&'a Endpoint> {
        let at = self
            .endpoints(authority)
            .filter(|endpoint| endpoint.address == address);
        at.max_by_key(|endpoint| endpoint.proved)
    }

    /// Remembers a proof, in place of what was known of that address.
    pub fn learn(
        &mut self,
        candidate: &Candidate,
        proof: &Proof,
        uid: Option<&str>,
        now: Duration,
    ) {
        // One in the future was written under another clock, and would be the newest until then.
        for endpoint in self.clusters.values_mut().flat_map(|k| &mut k.endpoints) {
            if endpoint.proved > now.as_secs() {
                endpoint.proved = 0;
            }
        }
        let known = self
            .clusters
            .entry(proof.authority.to_string())
            .or_default();
        let before = known
            .endpoints
            .iter()
            .position(|endpoint| endpoint.address == candidate.address);
        let before = before
            .map(|i| known.endpoints.remove(i))
            .filter(|e| e.leaf == proof.leaf.key);
        let (members, asked, mac) = before
            .as_ref()
            .map(|before| (before.members.clone(), before.asked, before.mac))
            .unwrap_or_default();
        let release = match &proof.answer {
            Answer::Version(version) => Release::parse(version),
            Answer::Status(_) => before.as_ref().and_then(|before| before.release),
        };
        // The entry names an address because it was found some other way before; that way stays known.
        let (source, name) = match (candidate.source, &before) {
            (Source::Entry | Source::LastGood, Some(before)) => {
                let name = candidate.name.clone().or_else(|| before.name.clone());
                (before.source, name)
            }
            _ => (candidate.source, candidate.name.clone()),
        };
        known.endpoints.insert(
            0,
            Endpoint {
                address: candidate.address,
                leaf: proof.leaf.key,
                source,
                name,
                mac: candidate.mac.or(mac),
                uid: uid
                    .map(str::to_owned)
                    .or(before.and_then(|before| before.uid)),
                latency: u64::try_from(proof.latency.as_millis()).unwrap_or(u64::MAX),
                release,
                proved: now.as_secs(),
                members,
                asked,
            },
        );
    }

    /// Whether it is time to ask the API server at an address for its siblings: it is not on record, or was
    /// asked long ago.
    pub fn is_to_be_asked(
        &self,
        authority: &Authority,
        address: SocketAddr,
        now: Duration,
    ) -> bool {
        let asked = self
            .endpoint(authority, address)
            .map_or(0, |endpoint| endpoint.asked);
        // One in the future was written under another clock.
        now.as_secs()
            .checked_sub(asked)
            .is_none_or(|age| age >= ASK_AGAIN.as_secs())
    }

    /// Remembers what was found out besides a proof; what was not found out this time stays as it was.
    pub fn learn_more(&mut self, proof: &Proof, more: &More, now: Duration) {
        let Some(known) = self.clusters.get_mut(&proof.authority.to_string()) else {
            return;
        };
        let at = known
            .endpoints
            .iter_mut()
            .find(|endpoint| endpoint.address == proof.address);
        if let Some(endpoint) = at {
            endpoint.asked = now.as_secs();
            endpoint.mac = more.mac.or(endpoint.mac);
            endpoint.release = more.release.or(endpoint.release);
            if let Some(members) = &more.members {
                endpoint.members.clone_from(members);
            }
        }
    }
}

/// What is found out about a server now and then, because it costs more than a proof.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// Where the cluster's other API servers are, as it says.
    pub members: Option<Vec<SocketAddr>>,
    /// The hardware address at its address.
    pub mac: Option<Mac>,
    /// Which release it is, where it says so only with a credential.
    pub release: Option<Release>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_one_authority_do_not_push_each_other_out() {
        let endpoint = |number: u16, uid: Option<String>| Endpoint {
            address: ([10, 0, 0, 1], number).into(),
            leaf: SpkiHash::of(&number.to_le_bytes()),
            source: Source::Entry,
            name: None,
            uid,
            mac: None,
            members: Vec::new(),
            asked: 0,
            latency: 0,
            release: None,
            proved: u64::from(number),
        };
        let mut known = Known::default();
        let clusters = (0..100).map(|number| endpoint(number, Some(format!("uid-{number}"))));
        known.endpoints.extend(clusters);
        let moved = (100..200).map(|number| endpoint(number, Some("uid-7".to_owned())));
        known.endpoints.extend(moved);
        let unknown = (200..300).map(|number| endpoint(number, None));
        known.endpoints.extend(unknown);
        known.forget_the_old();
        let count = |uid: Option<&str>| {
            let endpoints = known.endpoints.iter();
            endpoints.filter(|e| e.uid.as_deref() == uid).count()
        };
        assert_eq!(count(Some("uid-0")), 1);
        assert_eq!(count(Some("uid-7")), MOST_ENDPOINTS);
        assert_eq!(count(None), MOST_ENDPOINTS);
        assert_eq!(known.endpoints.first().map(|e| e.proved), Some(299));
    }
}
