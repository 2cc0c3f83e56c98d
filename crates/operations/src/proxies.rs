//! The proxy that the environment puts before every client, kubectl among them.

use std::net::IpAddr;

use kubeconfig::server::Host;
use kubeconfig::server::Server;

/// `HTTPS_PROXY` and `NO_PROXY`, read as Go's clients do (golang.org/x/net/http/httpproxy).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Whether `HTTPS_PROXY` names a proxy.
    pub https: bool,
    /// The value of `NO_PROXY`.
    pub exceptions: String,
}

impl Proxies {
    /// Whether clients reach this server through the proxy. This machine is always reached directly.
    pub fn apply_to(&self, server: &Server) -> bool {
        let local = match &server.host {
            Host::Ip(address) => address.is_loopback(),
            Host::Name(name) => name == "localhost",
        };
        let exceptions = self
            .exceptions
            .split(',')
            .map(str::trim)
            .filter(|rule| !rule.is_empty());
        self.https && !local && !exceptions.into_iter().any(|rule| excepts(rule, server))
    }
}

fn excepts(rule: &str, server: &Server) -> bool {
    if rule == "*" {
        return true;
    }
    let rule = rule.to_ascii_lowercase();
    match &server.host {
        Host::Ip(address) => match rule.split_once('/') {
            Some((network, bits)) => in_network(*address, network, bits),
            None => with_port(&rule, server, |host| {
                host.trim_matches(['[', ']']).parse() == Ok(*address)
            }),
        },
        Host::Name(name) => with_port(&rule, server, |domain| {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let domain = domain.strip_prefix('*').unwrap_or(domain);
            match domain.strip_prefix('.') {
                // `.example.com` is for what is below it only.
                Some(_) => name.ends_with(domain),
                None => name == domain || name.ends_with(&format!(".{domain}")),
            }
        }),
    }
}

/// A rule may end in a port, and is then for that port only.
fn with_port(rule: &str, server: &Server, matches: impl Fn(&str) -> bool) -> bool {
    let has_port = rule.rsplit_once(':').filter(|(host, port)| {
        // An IPv6 address without brackets is all host.
        port.bytes().all(|b| b.is_ascii_digit()) && (!host.contains(':') || host.ends_with(']'))
    });
    match has_port {
        Some((host, port)) => port.parse() == Ok(server.port) && matches(host),
        None => matches(rule),
    }
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(server: &str, exceptions: &str) -> bool {
        let proxies = Proxies {
            https: true,
            exceptions: exceptions.to_owned(),
        };
        proxies.apply_to(&Server::parse(server).unwrap())
    }

    #[test]
    fn reads_no_proxy_as_go_does() {
        for (server, exceptions, expected) in [
            ("https://10.0.0.7:6443", "", true),
            ("https://10.0.0.7:6443", "*", false),
            ("https://10.0.0.7:6443", "10.0.0.7", false),
            ("https://10.0.0.7:6443", "example.com, 10.0.0.0/8", false),
            ("https://11.0.0.7:6443", "10.0.0.0/8", true),
            ("https://11.0.0.7:6443", "0.0.0.0/0", false),
            ("https://10.0.0.7:6443", "10.0.0.7:6443", false),
            ("https://10.0.0.7:6443", "10.0.0.7:443", true),
            ("https://[fd00::7]:6443", "fd00::/8", false),
            ("https://[fd00::7]:6443", "fd00::7", false),
            ("https://[fd00::7]:6443", "[fd00::7]:6443", false),
            ("https://k.example.com", "example.com", false),
            ("https://example.com", ".example.com", true),
            ("https://k.example.com", "*.example.com", false),
            ("https://badexample.com", "example.com", true),
            ("https://127.0.0.2:6443", "", false),
            ("https://localhost:6443", "", false),
        ] {
            assert_eq!(
                proxied(server, exceptions),
                expected,
                "{server} {exceptions}"
            );
        }
        assert!(!Proxies::default().apply_to(&Server::parse("https://10.0.0.7").unwrap()));
    }
}
