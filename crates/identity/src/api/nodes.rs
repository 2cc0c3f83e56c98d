//! Where the control-plane nodes of a cluster are, as their kubelets say.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use super::ApiError;
use super::List;
use super::Session;

/// More nodes than are looked through: control-plane nodes are among the oldest, but names decide the order.
const MOST_NODES: usize = 64;

/// Labels of nodes that run an API server: kubeadm, k3s and RKE2; before Kubernetes 1.24; MicroK8s
/// (`scripts/wrappers/join.py`).
const CONTROL_PLANE: [&str; 3] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node.kubernetes.io/microk8s-controlplane",
];

impl Session<'_> {
    /// The addresses of the control-plane nodes, as far as they are labelled: claims of the cluster, to be proved
    /// like any candidate.
    ///
    /// # Errors
    /// [`ApiError`]; 403 where the user may not list nodes.
    pub async fn control_plane(&self) -> Result<Vec<IpAddr>, ApiError> {
        let nodes: List<Node> = self
            .get(&format!("/api/v1/nodes?limit={MOST_NODES}"))
            .await?;
        let ours = nodes.items.into_iter().filter(|node| {
            let labels = &node.metadata.labels;
            CONTROL_PLANE
                .iter()
                .any(|label| labels.contains_key(*label))
        });
        let addresses = ours
            .flat_map(|node| node.status.addresses)
            .filter(|claim| matches!(claim.kind.as_str(), "InternalIP" | "ExternalIP"));
        Ok(addresses
            .filter_map(|claim| claim.address.parse().ok())
            .take(MOST_NODES)
            .collect())
    }
}

#[derive(Deserialize)]
struct Node {
    metadata: Labelled,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    addresses: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    #[serde(rename = "type")]
    kind: String,
    address: String,
}
