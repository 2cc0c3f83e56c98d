//! The `server` field: a URL of an API server, taken apart and put together.

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv6Addr;

/// Why a `server` value is not a usable URL. No variant holds the value: it may carry a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Nothing at all.
    #[error("the server is empty")]
    Empty,
    /// No host, or characters that no host has.
    #[error("the server has no valid host")]
    Host,
    /// A port that is not between 1 and 65535.
    #[error("the server's port is not a number between 1 and 65535")]
    Port,
    /// `?` or `#`.
    #[error("the server must not have a query or a fragment")]
    Query,
    /// Neither `https://` nor `http://`.
    #[error("the server does not begin with https:// or http://")]
    Scheme,
    /// `%25eth0`: the name of a link of one machine.
    #[error(
        "the server has an address with a zone (`%`), which means something on one machine only and for which no certificate can be checked"
    )]
    Zone,
    /// `user:password@`.
    #[error("the server must not carry a user or a password")]
    UserInfo,
}

/// How the server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// Returns the port that is meant when none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// Returns `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The host of a server: an address, or a name that something has to resolve.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IP address.
    Ip(IpAddr),
    /// A name. `none` is one: `microk8s config` prints it without a default route, and it is for
    /// the caller to refuse.
    Name(String),
}

impl Host {
    /// Returns the address, unless the host is a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Name(_) => None,
        }
    }
}

/// As in a URL: IPv6 in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A parsed `server` value.
///
/// ```
/// use kubeconfig::server::Server;
///
/// let server = Server::parse("https://172.20.1.7:16443")?;
/// assert_eq!(server.port, 16443);
/// let moved = server.with_address("fd00::7".parse()?);
/// assert_eq!(moved.to_string(), "https://[fd00::7]:16443");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    /// With or without TLS.
    pub scheme: Scheme,
    /// The host.
    pub host: Host,
    /// The port, written or meant.
    pub port: u16,
    /// The path with its leading `/`; empty when there is none.
    pub path: String,
    /// A default port that was written stays written.
    port_written: bool,
}

impl Server {
    /// Puts a server together.
    pub fn new(scheme: Scheme, host: Host, port: u16) -> Self {
        Self {
            scheme,
            host,
            port,
            path: String::new(),
            port_written: true,
        }
    }

    /// Takes a `server` value apart.
    ///
    /// # Errors
    /// See [`ServerError`]. Unlike client-go (`rest/url_utils.go`), which guesses a scheme, this
    /// wants one.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        if text.is_empty() {
            return Err(ServerError::Empty);
        }
        let (scheme, rest) = text.split_once("://").ok_or(ServerError::Scheme)?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(ServerError::Scheme);
        };
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_end);
        if authority.contains('@') {
            return Err(ServerError::UserInfo);
        }
        if path.contains(['?', '#']) {
            return Err(ServerError::Query);
        }
        if path.chars().any(|char| char.is_control() || char == ' ') {
            return Err(ServerError::Host);
        }
        let (host, port) = split_port(authority)?;
        let port_written = port.is_some();
        Ok(Self {
            scheme,
            host,
            port: port.unwrap_or(scheme.default_port()),
            path: path.to_owned(),
            port_written,
        })
    }

    /// Returns the same server at another host.
    #[must_use]
    pub fn with_host(&self, host: Host) -> Self {
        Self {
            host,
            ..self.clone()
        }
    }

    /// Returns the same server at another address.
    #[must_use]
    pub fn with_address(&self, address: IpAddr) -> Self {
        self.with_host(Host::Ip(address))
    }
}

fn split_port(authority: &str) -> Result<(Host, Option<u16>), ServerError> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(ServerError::Host)?;
        if let Some((address, _)) = host.split_once('%')
            && address.parse::<Ipv6Addr>().is_ok()
        {
            return Err(ServerError::Zone);
        }
        let ip = host.parse::<Ipv6Addr>().map_err(|_| ServerError::Host)?;
        let port = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(':').ok_or(ServerError::Port)?),
        };
        (Host::Ip(IpAddr::V6(ip)), port)
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let valid = |char: char| char.is_alphanumeric() || matches!(char, '-' | '.' | '_');
        if host.is_empty() || !host.chars().all(valid) {
            return Err(ServerError::Host);
        }
        let host = match host.parse::<IpAddr>() {
            Ok(ip) => Host::Ip(ip),
            Err(_) => Host::Name(host.to_owned()),
        };
        (host, port)
    };
    // Go's net/url takes `host:` for `host`.
    let port = match port {
        None | Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(
            digits
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or(ServerError::Port)?,
        ),
        Some(_) => return Err(ServerError::Port),
    };
    Ok((host, port))
}

/// Two spellings of one URL are one server.
impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port, &self.path)
            == (other.scheme, &other.host, other.port, &other.path)
    }
}

impl Eq for Server {}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port_written || self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use super::Server;
    use super::ServerError;

    #[test]
    fn what_is_written_is_written_again() {
        for text in [
            "https://172.20.1.7:16443",
            "https://k8s.example.com",
            "https://k8s.example.com:443/k8s/clusters/c-1",
            "http://[::1]:8080",
            "https://[fd00::7]/x",
            "https://none:16443",
            "https://host_1.mshome.net.:6443",
        ] {
            assert_eq!(Server::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn spellings_of_one_server_are_equal() {
        let parse = |text| Server::parse(text).unwrap();
        assert_eq!(parse("https://a"), parse("HTTPS://a:443"));
        assert_eq!(parse("http://a:"), parse("http://a:80"));
        assert_ne!(parse("https://a"), parse("https://a/"));
        assert_eq!(
            parse("https://[0:0::1]:1").host,
            Host::Ip("::1".parse().unwrap())
        );
    }

    #[test]
    fn moving_keeps_port_and_path() {
        let server = Server::parse("https://old.mshome.net:16443/p").unwrap();
        let moved = server.with_address("10.0.0.9".parse().unwrap());
        assert_eq!(moved.to_string(), "https://10.0.0.9:16443/p");
    }

    #[test]
    fn refusals_do_not_repeat_the_value() {
        for (text, error) in [
            ("", ServerError::Empty),
            ("10.0.0.1:6443", ServerError::Scheme),
            ("ftp://a", ServerError::Scheme),
            ("https://", ServerError::Host),
            ("https://a b", ServerError::Host),
            ("https://a\u{1b}", ServerError::Host),
            ("https://[::1", ServerError::Host),
            ("https://[fe80::1%25eth0]:1", ServerError::Zone),
            ("https://[fe80::1%eth0]:1", ServerError::Zone),
            ("https://[%25eth0]:1", ServerError::Host),
            ("https://fd00::1", ServerError::Port),
            ("https://a:0", ServerError::Port),
            ("https://a:65536", ServerError::Port),
            ("https://a:+1", ServerError::Port),
            ("https://[::1]x", ServerError::Port),
            ("https://joe:hunter2@a", ServerError::UserInfo),
            ("https://a/?x", ServerError::Query),
            ("https://a#x", ServerError::Query),
        ] {
            assert_eq!(Server::parse(text), Err(error), "{text}");
        }
    }
}
