//! The last rung: certificates of the nodes, by a handshake alone. No credential and no client certificate
//! goes to a kubelet.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use identity::Limits;
use identity::inspect;
use identity::inspect::Shown;
use kubeconfig::redact::escape;
use serde_json::Value;

use super::catalogue as kind;
use super::certificate::day;
use super::certificate::now;
use super::distribution::Task;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::session::Asked;
use super::session::Learnt;
use crate::failure::Rung;

/// More nodes than these are not visited.
const MOST_NODES: usize = 32;

/// Kubelets that are not to be reached from here keep nobody.
const LIMITS: Limits = Limits {
    connect: Duration::from_millis(500),
    total: Duration::from_secs(1),
};

/// The port of a kubelet, where the node does not say another.
const KUBELET: u16 = 10250;

struct Node {
    name: String,
    address: IpAddr,
    port: u16,
    ready: bool,
}

/// Visits the nodes.
pub(super) async fn check(asked: &Asked<'_>, learnt: &Learnt, ladder: &mut Ladder) {
    let Some(list) = &learnt.nodes else {
        if let Some(why) = &learnt.no_nodes {
            ladder.skip(Rung::Node, why.clone());
        }
        return;
    };
    let nodes = nodes(list);
    lacks_address(asked, learnt, &nodes, ladder);
    let visits = nodes.iter().map(|node| async move {
        let address = SocketAddr::new(node.address, node.port);
        (
            node,
            inspect::certificate(address, &node.name, &LIMITS).await,
        )
    });
    let visited: Vec<_> = futures_util::stream::iter(visits)
        .buffered(MOST_NODES)
        .collect()
        .await;
    let mut judged = 0;
    for (node, shown) in &visited {
        if !node.ready {
            let seen = format!("node {} is not ready", escape(&node.name));
            let mend = asked.mend(Task::RestartServer);
            ladder.find(Finding::new(&kind::NODE_NOT_READY, seen, mend));
        }
        if let Ok(shown) = shown
            && shown.is_of(asked.authority)
        {
            judged += 1;
            kubelet(asked, node, shown, ladder);
        }
    }
    // A kubelet with a certificate of its own making is checked by nobody.
    ladder.ok(
        Rung::Node,
        match judged {
            0 => format!(
                "{} in the cluster; no kubelet certificate of its CA to be seen from here",
                count(nodes.len())
            ),
            _ => format!(
                "{} in the cluster; {judged} with a kubelet certificate of its CA",
                count(nodes.len())
            ),
        },
    );
}

fn count(nodes: usize) -> String {
    match nodes {
        1 => "1 node".to_owned(),
        n => format!("{n} nodes"),
    }
}

fn kubelet(asked: &Asked<'_>, node: &Node, shown: &Shown, ladder: &mut Ladder) {
    let name = escape(&node.name);
    let leaf = &shown.leaf;
    let mend = || -> Mend {
        let mut mend = asked.mend(Task::RenewKubelet);
        mend.text = Some(format!("on node {name}"));
        // The machine that is known is the one that answered.
        if node.address != asked.proof.address.ip() {
            mend.from_here = None;
        }
        mend
    };
    if now() > leaf.not_after {
        let seen = format!(
            "the kubelet's certificate of {name} ended on {}",
            day(leaf.not_after)
        );
        ladder.find(Finding::new(&kind::KUBELET_EXPIRED, seen, mend()));
    }
    if !shown.is_for(&node.address.to_string()) {
        let names = leaf.addresses.iter().map(ToString::to_string);
        let names: Vec<_> = names.collect();
        let seen = if names.is_empty() {
            format!(
                "x509: cannot validate certificate for {} because it doesn't contain any IP SANs (kubelet of {name})",
                node.address
            )
        } else {
            format!(
                "x509: certificate is valid for {}, not {} (kubelet of {name})",
                names.join(", "),
                node.address
            )
        };
        ladder.find(Finding::new(&kind::KUBELET_ADDRESS, seen, mend()));
    }
}

/// Whether the API server that answered lacks its present address in its certificate.
fn lacks_address(asked: &Asked<'_>, learnt: &Learnt, nodes: &[Node], ladder: &mut Ladder) {
    let leaf = &asked.proof.leaf;
    // Without the address of the service it is no certificate that lists addresses at all.
    if leaf.addresses.is_empty() || !asked.proof.kubectl_accepts {
        return;
    }
    let own = asked.proof.address.ip();
    let servers = addresses(learnt.slices.as_ref());
    // Of several API servers each has its own certificate, and only the one that answered is seen.
    let present = match servers.as_slice() {
        [only] => *only,
        _ if servers.contains(&own) => own,
        _ => return,
    };
    let is_node = nodes.iter().any(|node| node.address == present);
    if is_node && !leaf.addresses.contains(&present) {
        let seen =
            format!("the API server's certificate does not list {present}, its present address");
        let mend = asked.mend(Task::RenewServer);
        ladder.find(Finding::new(&kind::LACKS_ADDRESS, seen, mend));
    }
}

/// The addresses in EndpointSlices.
fn addresses(slices: Option<&Value>) -> Vec<IpAddr> {
    const MOST: usize = 64;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let slices = slices
        .map(|slices| list(&slices["items"]))
        .unwrap_or_default();
    let mut found: Vec<IpAddr> = Vec::new();
    for slice in &slices {
        for endpoint in list(&slice["endpoints"]) {
            for address in list(&endpoint["addresses"]) {
                let address = address.as_str().and_then(|text| text.parse().ok());
                found.extend(address.filter(|address| !found.contains(address)));
            }
        }
    }
    found.truncate(MOST);
    found
}

fn nodes(list: &Value) -> Vec<Node> {
    let items = list["items"].as_array();
    let items = items.into_iter().flatten().take(MOST_NODES);
    items
        .filter_map(|item| {
            let status = &item["status"];
            let mut addresses = status["addresses"].as_array().into_iter().flatten();
            let internal = addresses.find(|address| address["type"] == "InternalIP")?;
            let conditions = status["conditions"].as_array().into_iter().flatten();
            let mut ready = conditions.filter(|condition| condition["type"] == "Ready");
            let port = status["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64();
            Some(Node {
                name: item["metadata"]["name"].as_str()?.to_owned(),
                address: internal["address"].as_str()?.parse().ok()?,
                port: port
                    .and_then(|port| u16::try_from(port).ok())
                    .unwrap_or(KUBELET),
                ready: ready
                    .next()
                    .is_none_or(|condition| condition["status"] == "True"),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_lists_are_short_lists() {
        for list in [
            json!(null),
            json!({"items": 7}),
            json!({"items": [null, {}, {"metadata": {"name": "a"}}]}),
            json!({"items": [{"metadata": {"name": "a"}, "status": {"addresses": [
                {"type": "InternalIP", "address": "nonsense"}]}}]}),
        ] {
            assert!(nodes(&list).is_empty(), "{list}");
        }
        let list = json!({"items": [{"metadata": {"name": "a"}, "status": {
            "addresses": [{"type": "Hostname", "address": "a"}, {"type": "InternalIP", "address": "10.0.0.7"}],
            "conditions": [{"type": "Ready", "status": "Unknown"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 99999}}}}]});
        let found = nodes(&list);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].port, KUBELET);
        assert!(!found[0].ready);
        assert!(
            addresses(Some(
                &json!({"items": [{"endpoints": [{"addresses": ["x", 1]}]}]})
            ))
            .is_empty()
        );
    }
}
