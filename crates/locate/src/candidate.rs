//! An address that may be the cluster's.

use std::net::SocketAddr;

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
}

impl Candidate {
    /// A candidate that its source knows no name for.
    pub fn new(address: SocketAddr, source: Source) -> Self {
        Self {
            address,
            source,
            name: None,
        }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}
