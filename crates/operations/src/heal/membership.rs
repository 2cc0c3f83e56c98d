//! What a cluster says of its own API servers: `EndpointSlice default/kubernetes`, asked of peers whose
//! identity is proved. It tells a sibling from a clone, and a moved node from one of several.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use identity::Authority;
use identity::Limits;
use identity::Proof;
use identity::SpkiHash;
use identity::api::Credentials;
use identity::api::Session;

use super::decide::Answer;
use crate::kubeconfigs::Target;

/// Whom to ask, and as whom.
pub(super) struct Membership<'a> {
    pub(super) target: &'a Target,
    pub(super) authority: &'a Authority,
    pub(super) credentials: Option<&'a Credentials>,
    pub(super) limits: Limits,
}

impl Membership<'_> {
    /// Whether each machine that answered lists all of them. A machine that cannot be asked lists nothing.
    pub(super) async fn all_listed(&self, answers: &[&Answer]) -> bool {
        let machines: BTreeSet<SpkiHash> = answers
            .iter()
            .map(|(_, proof)| proof.leaf.fingerprint)
            .collect();
        for machine in &machines {
            let mut of_machine = answers
                .iter()
                .filter(|(_, proof)| proof.leaf.fingerprint == *machine);
            let Some((_, proof)) = of_machine.next() else {
                return false;
            };
            let Some(listed) = self.ask(proof).await else {
                return false;
            };
            let lists = |machine: &SpkiHash| {
                answers.iter().any(|(candidate, proof)| {
                    proof.leaf.fingerprint == *machine && listed.contains(&candidate.address)
                })
            };
            if !machines.iter().all(lists) {
                return false;
            }
        }
        true
    }

    /// Whether the cluster has more API servers than the one that answered. Where it cannot be asked,
    /// nothing says so.
    pub(super) async fn has_others(&self, proof: &Proof) -> bool {
        let listed = self.ask(proof).await.unwrap_or_default();
        listed.iter().any(|address| *address != proof.address) && listed.len() > 1
    }

    async fn ask(&self, proof: &Proof) -> Option<Vec<SocketAddr>> {
        let credentials = self
            .credentials
            .filter(|credentials| !credentials.is_empty())?;
        let session = Session {
            address: proof.address,
            leaf: proof.leaf.key,
            authority: self.authority,
            pin: &self.target.pin(),
            base: &self.target.server.path,
            own_address: false,
            credentials,
            limits: self.limits,
        };
        session.api_servers().await.ok()
    }
}
