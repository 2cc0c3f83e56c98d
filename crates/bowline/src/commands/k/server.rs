//! Whether two spellings of a server lead to one place.

use std::net::IpAddr;

/// Whether `--server` and a cluster's server name the same host and port, as far as their spelling tells. In doubt they
/// do: what is asked once too often does no harm.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (Place::of(one), Place::of(other));
    one.host == other.host
        && match (one.port, other.port) {
            (Some(one), Some(other)) => one == other,
            // Without a scheme client-go takes http or https by what else is given (`rest/url_utils.go`).
            _ => true,
        }
}

#[derive(Debug, PartialEq, Eq)]
struct Place {
    host: Host,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

impl Place {
    fn of(server: &str) -> Self {
        let server = server.trim();
        let (scheme, rest) = match server.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, server),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            // A colon of an address of IPv6 is inside the brackets.
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let default = match scheme.as_deref() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = match bare.parse::<IpAddr>() {
            Ok(address) => Host::Address(address.to_canonical()),
            Err(_) => Host::Name(bare.trim_end_matches('.').to_lowercase()),
        };
        Self {
            host,
            port: port.or(default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn spellings_of_one_server_are_one() {
        for (one, other, same) in [
            ("https://10.0.0.5:16443", "https://10.0.0.5:16443/", true),
            ("https://10.0.0.5:16443", "10.0.0.5:16443", true),
            (
                "https://10.0.0.5:16443",
                "HTTPS://me@10.0.0.5:16443/?x",
                true,
            ),
            ("https://api.example:443", "https://API.example.", true),
            ("http://api.example", "api.example:80", true),
            ("https://api.example", "api.example", true),
            ("https://[::1]:6443", "https://[0:0:0:0:0:0:0:1]:6443", true),
            (
                "https://127.0.0.1:6443",
                "https://[::ffff:127.0.0.1]:6443",
                true,
            ),
            ("https://10.0.0.5:16443", "https://10.0.0.5:6443", false),
            ("https://10.0.0.5:16443", "https://10.0.0.6:16443", false),
            ("https://api.example", "http://api.example", false),
            ("https://[::1]:1", "https://[::1]:2", false),
        ] {
            assert_eq!(is_same(one, other), same, "{one} {other}");
        }
    }
}
