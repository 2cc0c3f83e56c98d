//! An address that may be the cluster's.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use crate::mac::Mac;
use crate::source::Source;

/// A claim that the cluster answers at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where to ask.
    pub address: SocketAddr,
    /// Who says so.
    pub source: Source,
    /// The name under which the source knows the machine, if any: a DNS name for `--by-name`, a Multipass
    /// instance. Comes from outside: escape it before printing.
    pub name: Option<String>,
    /// The hardware address of the machine, if the source knows it.
    pub mac: Option<Mac>,
}

impl Candidate {
    /// A candidate that its source knows no name for.
    pub fn new(address: SocketAddr, source: Source) -> Self {
        Self {
            address,
            source,
            name: None,
            mac: None,
        }
    }

    /// Whether a source may claim such an address at all. The user may name any; a lease file, a resolver or
    /// a hypervisor that names this machine (a sinkhole, a stale tunnel), nobody or everybody is wrong. Only
    /// those that know ports of this machine may name it ([`crate::source::Facts::publishes`]).
    pub fn is_plausible(&self) -> bool {
        let chosen = matches!(
            self.source,
            Source::Entry | Source::At | Source::Configured | Source::LastGood
        );
        let address = self.address.ip().to_canonical();
        let this_machine = is_this_machine(address) && !self.source.facts().publishes;
        let link_local = match address {
            IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        // Without the name of a link it leads nowhere, and an entry that kubectl verifies cannot have one.
        if self.source != Source::Entry && address.is_ipv6() && link_local {
            return false;
        }
        chosen
            || !(this_machine || link_local || address.is_unspecified() || address.is_multicast())
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Whether an address is that of this machine, wherever it is read: `127.0.0.1`, `::1`, or `0.0.0.0` and `::`, which
/// lead there too (k3d writes so). The rest of 127.0.0.0/8 is given to machines on purpose, as tests and demos do.
pub fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_unspecified()
        || address == IpAddr::V4(Ipv4Addr::LOCALHOST)
        || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_cannot_point_at_this_machine_or_at_nobody() {
        for (address, plausible) in [
            ("172.28.40.7:1", true),
            ("127.0.0.9:1", true),
            ("[fd00::7]:1", true),
            ("127.0.0.1:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("[::ffff:169.254.169.254]:1", false),
            ("[::ffff:172.28.40.7]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("169.254.169.254:1", false),
            ("[fe80::1]:1", false),
            ("224.0.0.1:1", false),
            ("255.255.255.255:1", false),
        ] {
            let address = address.parse().unwrap();
            for source in [
                Source::Dns,
                Source::HostsIcs,
                Source::Multipass,
                Source::Machine,
            ] {
                assert_eq!(
                    Candidate::new(address, source).is_plausible(),
                    plausible,
                    "{address}"
                );
            }
            let unusable = address.ip().to_string().starts_with("fe80");
            assert_eq!(
                Candidate::new(address, Source::At).is_plausible(),
                !unusable
            );
            assert!(Candidate::new(address, Source::Entry).is_plausible());
            let published = Candidate::new(address, Source::Docker);
            assert_eq!(
                published.is_plausible(),
                plausible || is_this_machine(address.ip()) && !address.ip().is_unspecified()
            );
        }
    }
}
