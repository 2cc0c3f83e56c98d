//! Whether an entry may be followed to another address.

use std::fmt;

use kubeconfig::Cluster;
use kubeconfig::server::Host;
use kubeconfig::server::Server;
use locate::candidate::is_this_machine;
use locate::source::SOURCES;

use crate::settings::Hints;

/// Domains whose names are names of machines, handed out by the network the machine is in: Internet
/// Connection Sharing, mDNS (RFC 6762), Multipass, LXD, Incus, and home routers (RFC 8375).
const MACHINE_DOMAINS: [&str; 6] = [
    ".mshome.net",
    ".local",
    ".multipass",
    ".lxd",
    ".incus",
    ".home.arpa",
];

/// Whether, and if not why not, an entry's server may be rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followable {
    /// An address literal or the name of a machine.
    Yes,
    /// A loopback address or `localhost`: something on this machine forwards to the cluster. Followed only by
    /// the word of those who publish, relay or forward such ports ([`locate::source::Facts::publishes`]).
    Tunnel,
    /// A DNS name that is not a machine's: whoever runs it moves it.
    Name,
    /// `proxy-url` is set: addresses mean what they mean behind the proxy.
    Proxy,
    /// `follow = false` in config.toml.
    Forbidden,
}

impl Followable {
    /// Judges an entry; `hints` may overrule what the address looks like.
    pub fn of(cluster: &Cluster, server: &Server, hints: &Hints) -> Self {
        match hints.follow {
            Some(false) => return Self::Forbidden,
            Some(true) => return Self::Yes,
            None => {}
        }
        if cluster
            .proxy_url
            .as_deref()
            .is_some_and(|url| !url.is_empty())
        {
            return Self::Proxy;
        }
        match &server.host {
            Host::Ip(address) if is_this_machine(*address) => Self::Tunnel,
            Host::Ip(_) => Self::Yes,
            Host::Name(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                if name == "localhost" || name.ends_with(".localhost") {
                    return Self::Tunnel;
                }
                let machine = !name.contains('.')
                    || MACHINE_DOMAINS.iter().any(|domain| name.ends_with(domain))
                    || hints
                        .host
                        .as_deref()
                        .is_some_and(|host| host.eq_ignore_ascii_case(&name));
                if machine { Self::Yes } else { Self::Name }
            }
        }
    }
}

impl fmt::Display for Followable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "its server is a machine's own address",
            Self::Tunnel => {
                let known: Vec<_> = SOURCES.iter().filter(|facts| facts.publishes).collect();
                let known: Vec<_> = known.iter().map(|facts| facts.name).collect();
                return write!(
                    f,
                    "its server is on this machine, so something forwards to the cluster (a tunnel), and only ports that {} know are followed",
                    known.join(", ")
                );
            }
            Self::Name => "its server is a name that others manage (a load balancer)",
            Self::Proxy => "it is reached through a proxy",
            Self::Forbidden => "config.toml says follow = false",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_machines_and_nothing_else() {
        for (server, expected) in [
            ("https://172.28.40.7:16443", Followable::Yes),
            ("https://127.0.0.2:16443", Followable::Yes),
            ("https://[fd00::7]:6443", Followable::Yes),
            ("https://microk8s-vm.mshome.net:16443", Followable::Yes),
            ("https://node1:6443", Followable::Yes),
            ("https://pi.local:6443", Followable::Yes),
            ("https://127.0.0.1:6443", Followable::Tunnel),
            ("https://[::1]:6443", Followable::Tunnel),
            // k3d's spelling.
            ("https://0.0.0.0:6443", Followable::Tunnel),
            ("https://[::]:6443", Followable::Tunnel),
            ("https://[::ffff:127.0.0.1]:6443", Followable::Tunnel),
            ("https://localhost:6443", Followable::Tunnel),
            ("https://k8s.example.com", Followable::Name),
            (
                "https://abc.gr7.eu-west-1.eks.amazonaws.com",
                Followable::Name,
            ),
        ] {
            let parsed = Server::parse(server).unwrap();
            let judged = Followable::of(&Cluster::default(), &parsed, &Hints::default());
            assert_eq!(judged, expected, "{server}");
        }
    }

    #[test]
    fn hints_overrule_and_a_proxy_forbids() {
        let server = Server::parse("https://127.0.0.1:6443").unwrap();
        let follow = Hints {
            follow: Some(true),
            ..Hints::default()
        };
        assert_eq!(
            Followable::of(&Cluster::default(), &server, &follow),
            Followable::Yes
        );
        let never = Hints {
            follow: Some(false),
            ..Hints::default()
        };
        assert_eq!(
            Followable::of(&Cluster::default(), &server, &never),
            Followable::Forbidden
        );
        let server = Server::parse("https://10.0.0.1:6443").unwrap();
        let proxied = Cluster {
            proxy_url: Some("http://p:3128".to_owned()),
            ..Cluster::default()
        };
        assert_eq!(
            Followable::of(&proxied, &server, &Hints::default()),
            Followable::Proxy
        );
    }
}
