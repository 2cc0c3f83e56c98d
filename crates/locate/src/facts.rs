//! What there is to know about a source: the columns of the table.

use std::fmt;
use std::time::Duration;

use crate::source::Source;

/// What asking a source takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// It is in memory already.
    Nothing,
    /// A file is read.
    File,
    /// A question to the resolver: a packet, unless the answer is at hand.
    Packet,
    /// A question to everybody in the local networks.
    Multicast,
    /// A packet or two to each of up to 4,600 addresses.
    Packets,
    /// A process is started.
    Process,
    /// A process is started for the list, and one for each machine or network.
    Processes,
}

/// When a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// Whenever a cluster is gone from where it was.
    On,
    /// Only where its key in `[sources]` is `true`.
    Off,
    /// Only when a command line asks for it.
    Asked,
    /// Only when config.toml says what to ask.
    Configured,
}

/// A system on which a source may exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Linux,
    /// Linux inside Windows.
    Wsl,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// What to know about a source.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The source.
    pub source: Source,
    /// Its name in output and JSON.
    pub name: &'static str,
    /// Its key in `[sources]` of config.toml; `None` where it cannot be switched.
    pub key: Option<&'static str>,
    /// How long to hold it back, so that cheap sources may answer first.
    pub stagger: Duration,
    /// How long it may take to name its candidates.
    pub limit: Duration,
    /// What asking it takes.
    pub cost: Cost,
    /// When it is asked.
    pub default: Default,
    /// Where it exists.
    pub systems: &'static [System],
    /// What it needs.
    pub needs: &'static str,
    /// What it tells to whom.
    pub tells: &'static str,
    /// The program that is run, if there is one of this name on PATH.
    pub program: Option<&'static str>,
    /// Where the program alone proves nothing: one of these must exist, unless config.toml insists.
    pub markers: &'static [&'static str],
    /// Whether it knows machines behind ports of this one (published, forwarded, relayed). Only such a source
    /// may name `127.0.0.1` and `::1`, and only its word moves an entry that is there.
    pub publishes: bool,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::File => "reads a file",
            Self::Packet => "asks the resolver: one packet",
            Self::Multicast => "asks the local networks: one packet, up to three times",
            Self::Packets => "tries addresses one by one: some packets each",
            Self::Process => "starts a process",
            Self::Processes => "starts a process, and one for each machine or network",
        })
    }
}

impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Asked => "only when asked",
            Self::Configured => "only when config.toml says so",
        })
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linux => "Linux",
            Self::Wsl => "WSL",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        })
    }
}
