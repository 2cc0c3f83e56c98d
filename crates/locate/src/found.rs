//! What a source says of a machine, before it is a candidate.

use std::net::IpAddr;

use crate::mac::Mac;

/// The longest name that is kept: that of a DNS name. Longer ones are somebody's mistake.
const LONGEST_NAME: usize = 253;

/// A claim of a source: some machine is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where the machine is.
    pub address: IpAddr,
    /// The port of its API server, where the source knows it; otherwise the entry's counts.
    pub port: Option<u16>,
    /// What the source calls the machine.
    pub name: Option<String>,
    /// The hardware address.
    pub mac: Option<Mac>,
}

impl Found {
    /// An address of which nothing else is known.
    pub fn at(address: IpAddr) -> Self {
        Self {
            address,
            port: None,
            name: None,
            mac: None,
        }
    }

    /// The same with a port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The same with a name; an empty or endless one is none.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let usable = !name.is_empty() && name.len() <= LONGEST_NAME;
        self.name = usable.then(|| name.to_owned());
        self
    }

    /// The same with a hardware address.
    #[must_use]
    pub fn mac(mut self, mac: Option<Mac>) -> Self {
        self.mac = mac;
        self
    }
}

/// For tests: one line each.
#[cfg(test)]
pub(crate) fn shown(found: &[Found]) -> Vec<String> {
    use std::fmt::Write as _;

    let line = |found: &Found| {
        let mut line = found.address.to_string();
        if let Some(port) = found.port {
            let _ = write!(line, " :{port}");
        }
        if let Some(name) = &found.name {
            let _ = write!(line, " {name}");
        }
        if let Some(mac) = found.mac {
            let _ = write!(line, " {mac}");
        }
        line
    };
    found.iter().map(line).collect()
}
