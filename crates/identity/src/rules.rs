//! The rules that a certificate from the right CA must still pass.

use rustls::pki_types::ServerName;

use crate::leaf::Leaf;
use crate::pin::Pin;
use crate::pin::Satisfied;
use crate::rejection::Rejection;

/// The group of kubelets (Kubernetes node authorizer).
const NODES_GROUP: &str = "system:nodes";
/// The user name prefix of kubelets (Kubernetes node authorizer).
const NODE_USER: &str = "system:node:";

/// Judges a leaf that chains to the cluster's CA: is it an API server's, in time, under the pinned name?
/// `valid_for` is the TLS library's own name check on the same certificate.
pub(crate) fn judge(
    leaf: &Leaf,
    pin: &Pin,
    valid_for: &dyn Fn(&ServerName<'_>) -> bool,
    own_address: bool,
    now: i64,
) -> Result<Satisfied, Rejection> {
    if let Some(subject) = node(leaf) {
        return Err(Rejection::Node { subject });
    }
    let Some(satisfied) = pin.satisfied_by(leaf, valid_for, own_address) else {
        let wanted = match &pin.explicit {
            Some(name) => name.clone(),
            None => pin.sni().to_owned(),
        };
        return Err(Rejection::WrongName {
            wanted,
            carries: leaf.names(),
        });
    };
    if now > leaf.not_after {
        return Err(Rejection::Expired {
            not_after: leaf.not_after,
        });
    }
    if now < leaf.not_before {
        return Err(Rejection::NotYetValid {
            not_before: leaf.not_before,
        });
    }
    Ok(satisfied)
}

/// The name of the node whose certificate this is, if it is one.
///
/// MicroK8s and CSR-signed kubelets say so in their subject. The kubelet of k3s does not: its leaf is known
/// by its DNS names, exactly the node's name and `localhost` (k3s `pkg/server/auth`, `ServingKubeletCert`),
/// and since a node names itself, the first may even be `kubernetes.default.svc`.
fn node(leaf: &Leaf) -> Option<String> {
    let by_name = leaf
        .common_names
        .iter()
        .find(|name| name.starts_with(NODE_USER));
    if let Some(name) = by_name {
        return Some(name.clone());
    }
    if leaf.organizations.iter().any(|group| group == NODES_GROUP) {
        return Some(
            leaf.common_names
                .first()
                .cloned()
                .unwrap_or_else(|| NODES_GROUP.to_owned()),
        );
    }
    match leaf.dns_names.as_slice() {
        [a, b] if a == "localhost" => Some(b.clone()),
        [a, b] if b == "localhost" => Some(a.clone()),
        _ => None,
    }
}
