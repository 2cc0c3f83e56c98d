//! The sources of candidates, as a table.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The kubeconfig entry itself.
    Entry,
    /// `--at ADDR`: the user says so.
    At,
    /// An address where this cluster was proved before.
    LastGood,
    /// The cluster's own list of its API servers, learnt while it answered.
    Member,
    /// `candidates = […]` in config.toml.
    Configured,
    /// The system's resolver.
    Dns,
    /// The lease file of Windows' Internet Connection Sharing.
    HostsIcs,
    /// `multipass info`.
    Multipass,
    /// `machine = …` in config.toml: the machine itself says where it is.
    Machine,
}

/// What to know about a source.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The source.
    pub source: Source,
    /// Its name in output and JSON.
    pub name: &'static str,
    /// How long to hold it back, so that cheap sources may answer first.
    pub stagger: Duration,
    /// How long it may take to name its candidates.
    pub limit: Duration,
}

const fn facts(source: Source, name: &'static str, stagger: u64, limit: u64) -> Facts {
    Facts {
        source,
        name,
        stagger: Duration::from_millis(stagger),
        limit: Duration::from_millis(limit),
    }
}

/// All sources, cheapest first. Reading a file costs nothing; asking a resolver sends a packet; Multipass
/// starts a process that takes about a second and may hang for a minute; asking a machine starts a process,
/// perhaps an ssh connection.
pub const SOURCES: [Facts; 9] = [
    facts(Source::Entry, "entry", 0, 1000),
    facts(Source::At, "--at", 0, 1000),
    facts(Source::LastGood, "last good", 0, 0),
    facts(Source::Member, "cluster", 0, 0),
    facts(Source::Configured, "config.toml", 0, 0),
    facts(Source::HostsIcs, "hosts.ics", 0, 500),
    facts(Source::Dns, "DNS", 0, 1500),
    facts(Source::Multipass, "multipass", 30, 2000),
    facts(Source::Machine, "machine", 30, 2400),
];

impl Source {
    /// Its row in the table.
    pub fn facts(self) -> &'static Facts {
        // The table holds every variant (see the test below); the first row is a harmless default.
        SOURCES
            .iter()
            .find(|facts| facts.source == self)
            .unwrap_or(&SOURCES[0])
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_its_row() {
        for source in [
            Source::Entry,
            Source::At,
            Source::LastGood,
            Source::Member,
            Source::Configured,
            Source::Dns,
            Source::HostsIcs,
            Source::Multipass,
            Source::Machine,
        ] {
            assert_eq!(source.facts().source, source);
        }
    }
}
