//! Asks the local networks.

use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::UdpSocket;
use tokio::time::Instant;
use tokio::time::sleep_until;

use super::message::parse;
use super::message::question;
use crate::interfaces::Kind;
use crate::interfaces::Network;

/// Everybody who speaks multicast DNS (RFC 6762 §3).
const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);

/// Answers come from there; what comes from elsewhere is ignored (RFC 6762 §6).
const PORT: u16 = 5353;

/// When the question is asked again, in case it was lost.
const AGAIN: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

/// How long to listen after the first answer: a machine in two networks answers in both.
const GRACE: Duration = Duration::from_millis(100);

/// More networks than a person's machine is in.
const MOST_NETWORKS: usize = 16;

/// Longer than any answer in one packet of an ordinary network.
const LONGEST: usize = 9000;

/// Asks every local network for the addresses of a name, until one answers: the caller bounds the time.
/// Tunnels, containers and this machine are not asked.
///
/// # Errors
/// A text that names the name and says why it cannot be asked for.
pub async fn resolve(name: &str, networks: &[Network]) -> Result<Vec<IpAddr>, String> {
    // Whoever wants to answer in another's place has to guess it, or to hear the question.
    let id = std::hash::RandomState::new().hash_one(name).to_be_bytes();
    let id = u16::from_be_bytes([id[0], id[1]]);
    let message = question(id, name).ok_or_else(|| format!("{name} cannot be a name"))?;
    let sockets = sockets(networks)
        .await
        .map_err(|reason| format!("{name}: {reason}"))?;

    let mut listening = FuturesUnordered::new();
    for (socket, network) in &sockets {
        listening.push(async move {
            let mut buffer = vec![0; LONGEST];
            loop {
                // An error tells of an earlier packet that could not be delivered: nothing to do with this.
                let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let near = from.port() == PORT && is_in(network, from.ip());
                let addresses = parse(buffer.get(..length).unwrap_or_default(), id, name);
                if near && !addresses.is_empty() {
                    return addresses;
                }
            }
        });
    }
    let start = Instant::now();
    let mut send = AGAIN.into_iter().map(|after| start + after);
    let mut asked = 0;
    let mut problem = None;
    for (socket, network) in &sockets {
        match socket.send_to(&message, GROUP).await {
            Ok(_) => asked += 1,
            Err(error) => problem = Some(format!("{name}: asking {network}: {error}")),
        }
    }
    if asked == 0 {
        return Err(problem.unwrap_or_else(|| format!("{name}: nobody was asked")));
    }
    let mut wake = send.next();
    let mut end = None;
    let mut found: Vec<IpAddr> = Vec::new();
    loop {
        tokio::select! {
            Some(addresses) = listening.next() => {
                for address in addresses {
                    if !found.contains(&address) {
                        found.push(address);
                    }
                }
                end.get_or_insert_with(|| Instant::now() + GRACE);
                if listening.is_empty() {
                    return Ok(found);
                }
            }
            () = until(end) => return Ok(found),
            () = until(wake), if end.is_none() => {
                wake = send.next();
                for (socket, _) in &sockets {
                    let _ = socket.send_to(&message, GROUP).await;
                }
            }
        }
    }
}

/// Waits for a moment, or for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// A socket in each network. Its port is not multicast DNS' own, so answers come to it alone.
async fn sockets(networks: &[Network]) -> Result<Vec<(UdpSocket, Network)>, String> {
    let mut sockets = Vec::new();
    let mut problem = None;
    let local = networks
        .iter()
        .filter(|n| matches!(n.kind, Kind::Lan | Kind::HostOnly));
    for network in local.filter(|n| n.address.is_ipv4()).take(MOST_NETWORKS) {
        match socket(network.address).await {
            Ok(socket) => sockets.push((socket, network.clone())),
            Err(error) => problem = Some(format!("{network}: {error}")),
        }
    }
    if sockets.is_empty() {
        return Err(problem.unwrap_or_else(|| "this machine is in no local network".to_owned()));
    }
    Ok(sockets)
}

async fn socket(own: IpAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.set_multicast_ttl_v4(255)?;
    if let IpAddr::V4(own) = own {
        // Linux takes the interface of the source address; the others take that of the default route.
        socket2::SockRef::from(&socket).set_multicast_if_v4(&own)?;
    }
    Ok(socket)
}

/// Whether an address is in a network: answers come from nowhere else (RFC 6762 §11).
fn is_in(network: &Network, address: IpAddr) -> bool {
    match (network.address, address) {
        (IpAddr::V4(own), IpAddr::V4(other)) => {
            let bits = u32::from(network.prefix.min(32));
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            own.to_bits() & mask == other.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8, kind: Kind) -> Network {
        Network {
            interface: "x".to_owned(),
            address: address.parse().unwrap(),
            prefix,
            kind,
        }
    }

    #[test]
    fn only_neighbours_answer() {
        let lan = network("192.168.1.10", 24, Kind::Lan);
        assert!(is_in(&lan, "192.168.1.77".parse().unwrap()));
        assert!(!is_in(&lan, "192.168.2.77".parse().unwrap()));
        assert!(!is_in(&lan, "fe80::1".parse().unwrap()));
    }

    #[tokio::test]
    async fn tunnels_and_this_machine_are_not_asked() {
        let networks = [
            network("127.0.0.1", 8, Kind::Loopback),
            network("10.8.0.2", 24, Kind::PointToPoint),
            network("172.17.0.1", 16, Kind::Containers),
            network("fe80::1", 64, Kind::Lan),
        ];
        assert_eq!(
            resolve("vm.local", &networks).await,
            Err("vm.local: this machine is in no local network".to_owned())
        );
        assert_eq!(
            resolve("a..local", &networks).await,
            Err("a..local cannot be a name".to_owned())
        );
    }
}
