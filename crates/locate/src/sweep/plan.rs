//! Which addresses to try, in which order, and which networks not.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;

use crate::interfaces::Kind;
use crate::interfaces::Network;

/// The largest network that is tried as a whole: Hyper-V's Default Switch is one.
const LARGEST: u8 = 20;

/// The addresses of such a network without its first and its last.
const MOST_OF_ONE: usize = 4094;

/// What 20 seconds allow at 250 a second.
const MOST_OF_ALL: usize = 4600;

/// What to try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The addresses, the likeliest first.
    pub targets: Vec<Target>,
    /// The networks they are in.
    pub shares: Vec<Share>,
    /// The networks that are left alone, with the reason.
    pub refused: Vec<(Network, Refusal)>,
}

/// One address to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: Ipv4Addr,
    /// The place of its network in [`Plan::shares`].
    pub share: usize,
}

/// How much of a network is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The network.
    pub network: Network,
    /// This machine's address in it.
    pub own: Ipv4Addr,
    /// How many of its addresses are tried.
    pub tried: usize,
    /// How many it has, this machine's own and the old one left out.
    pub of: usize,
}

/// Why a network is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Other people's machines are on it, and nobody asked.
    #[error("other machines may be on it: it is swept only with --sweep")]
    NotAsked,
    /// Not RFC 1918.
    #[error("its addresses are not private, so it is never swept")]
    Public,
    /// A VPN or another tunnel.
    #[error("it is a tunnel or a VPN, so it is never swept")]
    PointToPoint,
    /// Larger than a /20, and the old address gives no place to begin at.
    #[error(
        "it is larger than a /20 and the old address was not in it; `--at ADDR` tries one address"
    )]
    TooLarge,
}

impl Plan {
    /// Puts addresses that are known to be alive in front, as they are in the plan.
    pub fn prefer(&mut self, alive: &[IpAddr]) {
        let alive: HashSet<IpAddr> = alive.iter().copied().collect();
        // Stable: both parts keep their order.
        self.targets
            .sort_by_key(|target| !alive.contains(&IpAddr::V4(target.address)));
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tried < self.of {
            write!(
                f,
                "{} of the {} addresses of {}",
                self.tried, self.of, self.network
            )
        } else {
            write!(f, "{}", self.network)
        }
    }
}

/// Plans a sweep. `old` is where the cluster was; `asked` is whether the user asked for a sweep, without
/// which only networks inside this machine are swept.
///
/// The network that the old address is in comes first; the others take turns. In each, those nearest to the
/// old address come first; where that is not in it, those nearest to the address with the same host part;
/// without an old address, those nearest to this machine's own. Only IPv4: an IPv6 network has too many
/// addresses.
pub fn plan(networks: &[Network], old: Option<IpAddr>, asked: bool) -> Plan {
    let mut plan = Plan::default();
    let old = match old {
        Some(IpAddr::V4(old)) => Some(old),
        _ => None,
    };
    let mut seen: HashSet<Ipv4Addr> = networks.iter().filter_map(own).collect();
    // It was tried before everything else.
    seen.extend(old);
    let mut queues: Vec<(bool, Vec<Ipv4Addr>)> = Vec::new();
    for network in networks {
        let Some(own) = own(network) else { continue };
        match judge(network, own, old, asked) {
            None => {}
            Some(Err(refusal)) => plan.refused.push((network.clone(), refusal)),
            Some(Ok(range)) => {
                let near = old.is_some_and(|old| range.has(old));
                let addresses = range.nearest(old.unwrap_or(own), &mut seen);
                plan.shares.push(Share {
                    network: network.clone(),
                    own,
                    tried: 0,
                    of: range.count() - 1 - usize::from(near && old != Some(own)),
                });
                queues.push((near, addresses));
            }
        }
    }
    for first in [true, false] {
        let turns = queues
            .iter()
            .enumerate()
            .filter(|(_, queue)| queue.0 == first);
        let turns: Vec<(usize, &Vec<Ipv4Addr>)> =
            turns.map(|(share, queue)| (share, &queue.1)).collect();
        let longest = turns
            .iter()
            .map(|(_, queue)| queue.len())
            .max()
            .unwrap_or(0);
        for place in 0..longest {
            for (share, queue) in &turns {
                if let Some(&address) = queue.get(place)
                    && plan.targets.len() < MOST_OF_ALL
                {
                    plan.targets.push(Target {
                        address,
                        share: *share,
                    });
                    plan.shares[*share].tried += 1;
                }
            }
        }
    }
    plan
}

fn own(network: &Network) -> Option<Ipv4Addr> {
    match network.address {
        IpAddr::V4(own) => Some(own),
        IpAddr::V6(_) => None,
    }
}

/// The addresses of a network that may be tried; `None` for one that nobody would think of.
fn judge(
    network: &Network,
    own: Ipv4Addr,
    old: Option<Ipv4Addr>,
    asked: bool,
) -> Option<Result<Range, Refusal>> {
    let range = Range::of(own, network.prefix);
    match network.kind {
        Kind::Loopback => return None,
        Kind::PointToPoint => return Some(Err(Refusal::PointToPoint)),
        _ if own.is_link_local() || network.prefix > 30 => return None,
        // A network may be private at its beginning only: 192.168.0.0/15 is not.
        _ if !(range.first.is_private() && range.last.is_private()) => {
            return Some(Err(Refusal::Public));
        }
        Kind::Lan | Kind::Containers if !asked => return Some(Err(Refusal::NotAsked)),
        Kind::HostOnly | Kind::Lan | Kind::Containers => {}
    }
    if network.prefix < LARGEST && !old.is_some_and(|old| range.has(old)) {
        return Some(Err(Refusal::TooLarge));
    }
    Some(Ok(range))
}

/// The addresses of a network that a machine can have: not the first, not the last.
#[derive(Clone, Copy)]
struct Range {
    first: Ipv4Addr,
    last: Ipv4Addr,
    mask: u32,
}

impl Range {
    /// For a prefix of 1 to 30.
    fn of(own: Ipv4Addr, prefix: u8) -> Self {
        let mask = u32::MAX
            .checked_shl(32 - u32::from(prefix.min(32)))
            .unwrap_or(0);
        let network = own.to_bits() & mask;
        Self {
            first: network.saturating_add(1).into(),
            last: (network | !mask).saturating_sub(1).into(),
            mask,
        }
    }

    fn has(self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }

    fn count(self) -> usize {
        (self.last.to_bits() - self.first.to_bits()) as usize + 1
    }

    /// Those nearest to an address, or to the one here that has its host part, that were not seen yet.
    fn nearest(self, to: Ipv4Addr, seen: &mut HashSet<Ipv4Addr>) -> Vec<Ipv4Addr> {
        let centre = (self.first.to_bits() & self.mask) | (to.to_bits() & !self.mask);
        let mut addresses = Vec::new();
        for distance in 0..=!self.mask {
            let both = [centre.checked_sub(distance), centre.checked_add(distance)];
            for address in both.into_iter().flatten().map(Ipv4Addr::from) {
                if addresses.len() < MOST_OF_ONE && self.has(address) && seen.insert(address) {
                    addresses.push(address);
                }
            }
            if addresses.len() >= MOST_OF_ONE {
                break;
            }
        }
        addresses
    }
}

#[cfg(test)]
mod tests;
