//! Where this machine tells what network it is in.

use std::path::PathBuf;

/// Files and programs that describe the network of this machine. What is `None`, or absent, is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Linux' `/proc`.
    pub proc: Option<PathBuf>,
    /// Linux' `/sys`.
    pub sys: Option<PathBuf>,
    /// The program `ip` of Linux.
    pub ip: Option<PathBuf>,
    /// The program `arp` of macOS and Windows.
    pub arp: Option<PathBuf>,
}

impl System {
    /// What every Linux has; no programs.
    pub fn linux() -> Self {
        Self {
            proc: Some("/proc".into()),
            sys: Some("/sys".into()),
            ..Self::default()
        }
    }
}
