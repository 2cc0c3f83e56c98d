//! Where a machine is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a machine is, as a user names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// This machine: `local`.
    Local,
    /// A copy of `/var/snap/microk8s/current` (or of `/var/snap/microk8s`), such as a backup: `folder:PATH`.
    Folder(PathBuf),
    /// `ssh:[user@]host[:port]`; the host may be an alias of `~/.ssh/config`.
    Ssh {
        /// What ssh is given as destination: `user@host` or `host`.
        destination: String,
        /// Another port than ssh's own choice.
        port: Option<u16>,
    },
    /// `multipass:NAME`.
    Multipass(String),
    /// `lxd:NAME`.
    Lxd(String),
    /// `incus:NAME`.
    Incus(String),
    /// `wsl:DISTRO`.
    Wsl(String),
}

/// Why a text names no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlaceError(pub String);

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let _ = text;
        unimplemented!()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        unimplemented!()
    }
}
