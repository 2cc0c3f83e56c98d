//! Learns from a healthy cluster where else it answers, for the day when this server does not.
//!
//! What it says are claims like any others: few are kept, none that could lead somewhere surprising, and
//! each is proved before it is used.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join;
use futures_util::future::join3;
use identity::Authority;
use identity::Limits;
use identity::Proof;
use identity::api::Credentials;
use identity::api::Session;
use identity::proof::Answer;

use locate::neighbours;
use tokio::time::timeout;

use crate::kubeconfigs::Target;
use crate::state::More;
use crate::state::Release;
use crate::world::World;

/// More API servers than an HA cluster has.
const MOST: usize = 16;

/// A command waits for this; what is not said within it is asked again another time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Finds out what is worth knowing of a server besides its proof, for the day when it is gone. Whatever cannot
/// be found out is left out.
pub async fn more(
    world: &World,
    target: &Target,
    authority: &Authority,
    proof: &Proof,
    own_address: bool,
    credentials: Option<&Credentials>,
) -> More {
    let session = credentials
        .filter(|credentials| !credentials.is_empty())
        .map(|credentials| (target.pin(), credentials));
    let session = session.as_ref().map(|(pin, credentials)| Session {
        address: proof.address,
        leaf: proof.leaf.key,
        authority,
        pin,
        base: &target.server.path,
        own_address,
        credentials,
        limits: Limits {
            total: PATIENCE,
            ..Limits::default()
        },
    });
    let members = async { ask(session.as_ref()?, proof).await };
    let release = async {
        // It has said it already, to anybody.
        if matches!(proof.answer, Answer::Version(_)) {
            return None;
        }
        Release::parse(&session.as_ref()?.version().await.ok()?)
    };
    let mac = async {
        // This machine has no neighbours on its own loopback.
        if proof.address.ip().is_loopback() {
            return None;
        }
        let mut network = (world.network)();
        if proof.address.is_ipv4() && network.proc.is_some() {
            // The kernel's file has these.
            network.ip = None;
        }
        let table = timeout(PATIENCE, neighbours::collect(&network))
            .await
            .ok()?;
        table.ok()?.mac_of(proof.address.ip())
    };
    let (members, release, mac) = join3(members, release, mac).await;
    More {
        members,
        mac,
        release,
    }
}

/// Asks the API server that was proved at an entry's own server for all others: by EndpointSlice
/// `default/kubernetes`, and by the nodes that say they run one. `None` where it does not say.
async fn ask(session: &Session<'_>, proof: &Proof) -> Option<Vec<SocketAddr>> {
    let (servers, nodes) = join(session.api_servers(), session.control_plane()).await;
    if servers.is_err() && nodes.is_err() {
        return None;
    }
    let nodes = nodes.unwrap_or_default().into_iter();
    let nodes = nodes.map(|address| SocketAddr::new(address, proof.address.port()));
    let said = servers.unwrap_or_default().into_iter().chain(nodes);
    Some(credible(said, proof.address))
}

/// Of what was said, what may be kept: no address of this machine, of nobody or of everybody, and none on the
/// internet where the cluster that says so is not there itself.
fn credible(said: impl Iterator<Item = SocketAddr>, own: SocketAddr) -> Vec<SocketAddr> {
    let mut kept = Vec::new();
    for address in said {
        let plausible = locate::Candidate::new(address, locate::Source::Member).is_plausible();
        let surprising = is_public(address.ip()) && !is_public(own.ip());
        if plausible
            && !surprising
            && address != own
            && address.port() != 0
            && !kept.contains(&address)
            && kept.len() < MOST
        {
            kept.push(address);
        }
    }
    kept
}

/// Whether an address is routed on the internet, as far as the large private ranges go: RFC 1918, RFC 6598
/// (carrier-grade NAT, Tailscale), RFC 3927, RFC 4193, loopback.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(address.is_private() || address.is_loopback() || address.is_link_local() || shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|v4| !is_public(v4.into())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(said: &[&str], own: &str) -> Vec<String> {
        let said = said.iter().map(|address| address.parse().unwrap());
        let kept = credible(said, own.parse().unwrap());
        kept.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keeps_what_can_be_the_cluster_and_not_itself_again() {
        let said = [
            "10.0.0.2:16443",
            "10.0.0.1:16443",
            "10.0.0.2:16443",
            "[fd00::2]:16443",
            "127.0.0.1:16443",
            "[::1]:16443",
            "169.254.169.254:80",
            "0.0.0.0:16443",
            "224.0.0.1:16443",
            "[fe80::1]:16443",
            "8.8.8.8:443",
            "10.0.0.3:0",
        ];
        assert_eq!(
            kept(&said, "10.0.0.1:16443"),
            ["10.0.0.2:16443", "[fd00::2]:16443"]
        );
    }

    #[test]
    fn a_cluster_on_the_internet_may_have_siblings_there() {
        assert_eq!(
            kept(&["203.0.113.9:6443", "10.0.0.9:6443"], "198.51.100.7:6443"),
            ["203.0.113.9:6443", "10.0.0.9:6443"]
        );
    }

    #[test]
    fn thousands_are_not_kept() {
        let said: Vec<String> = (0..5000u16)
            .map(|n| format!("10.1.{}.{}:6443", n >> 8, n & 255))
            .collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        assert_eq!(kept(&said, "10.0.0.1:6443").len(), MOST);
    }
}
