//! Where a machine is.

mod ssh;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

/// What a name may be long; the programs allow less.
const LONGEST_NAME: usize = 255;

/// What a path may be long (Linux `PATH_MAX`).
const LONGEST_PATH: usize = 4096;

/// What names may be long that are host names too (RFC 1123).
const LONGEST_LABEL: usize = 63;

/// How much of a text an error repeats.
const SHOWN: usize = 80;

/// What a place is called that has no name of its own.
const DEFAULT_NAME: &str = "microk8s";

/// Where a machine is, as a user names it.
///
/// Parsed places hold only names that their programs allow, none of which can be taken for an option. One
/// that was put together by hand is checked again before a program is started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// This machine: `local`.
    Local,
    /// A copy of `/var/snap/microk8s/current` (or of `/var/snap/microk8s`), such as a backup: `folder:PATH`.
    Folder(PathBuf),
    /// `ssh:[user@]host[:port]`; the host may be an alias of `~/.ssh/config`.
    Ssh {
        /// What ssh is given as destination: `user@host` or `host`; an IPv6 address without brackets.
        destination: String,
        /// Another port than ssh's own choice.
        port: Option<u16>,
    },
    /// `multipass:NAME`.
    Multipass(String),
    /// `lxd:NAME` or `lxd:REMOTE:NAME`.
    Lxd(String),
    /// `incus:NAME` or `incus:REMOTE:NAME`.
    Incus(String),
    /// `wsl:DISTRO`.
    Wsl(String),
}

/// Why a text names no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlaceError(pub String);

impl Place {
    /// What the instance is called by itself: `dev` for `multipass:dev`, the host for ssh, the last name of
    /// a folder's path, `microk8s` for this machine.
    pub fn name(&self) -> String {
        match self {
            Self::Local => DEFAULT_NAME.to_owned(),
            Self::Folder(path) => path.file_name().map_or_else(
                || DEFAULT_NAME.to_owned(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Ssh { destination, .. } => ssh::host(destination).to_owned(),
            Self::Lxd(name) | Self::Incus(name) => match name.split_once(':') {
                Some((_, name)) => name.to_owned(),
                None => name.clone(),
            },
            Self::Multipass(name) | Self::Wsl(name) => name.clone(),
        }
    }

    /// The host that ssh connects to, without user and brackets.
    pub fn ssh_host(&self) -> Option<&str> {
        match self {
            Self::Ssh { destination, .. } => Some(ssh::host(destination)),
            _ => None,
        }
    }

    /// Its text as one argument that a user can paste into a POSIX shell.
    pub fn argument(&self) -> String {
        quoted(&self.to_string())
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text == "local" {
            return Ok(Self::Local);
        }
        let place = match text.split_once(':') {
            Some(("folder", path)) => folder(path),
            Some(("ssh", rest)) => {
                ssh::parse(rest).map(|(destination, port)| Self::Ssh { destination, port })
            }
            Some(("multipass", name)) => multipass(name).map(Self::Multipass),
            Some(("lxd" | "lxc", name)) => container(name).map(Self::Lxd),
            Some(("incus", name)) => container(name).map(Self::Incus),
            Some(("wsl", name)) => distribution(name).map(Self::Wsl),
            _ => Err(
                "expected local, folder:PATH, ssh:[USER@]HOST[:PORT], multipass:NAME, lxd:NAME, incus:NAME or wsl:DISTRO",
            ),
        };
        place.map_err(|expected| {
            let shown: String = text.chars().take(SHOWN).collect();
            let rest = if shown.len() < text.len() { "…" } else { "" };
            PlaceError(format!("{shown:?}{rest} names no machine: {expected}"))
        })
    }
}

impl fmt::Display for Place {
    /// What [`Place::from_str`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Ssh { destination, port } => ssh::write(f, destination, *port),
            Self::Multipass(name) => write!(f, "multipass:{name}"),
            Self::Lxd(name) => write!(f, "lxd:{name}"),
            Self::Incus(name) => write!(f, "incus:{name}"),
            Self::Wsl(name) => write!(f, "wsl:{name}"),
        }
    }
}

fn folder(path: &str) -> Result<Place, &'static str> {
    let good = !path.is_empty() && path.len() <= LONGEST_PATH && !path.contains(char::is_control);
    if good {
        Ok(Place::Folder(PathBuf::from(path)))
    } else {
        Err("expected a path after folder:, at most 4096 bytes and without control characters")
    }
}

/// A name as Multipass allows it (Multipass `src/utils/utils.cpp`, `valid_hostname`).
fn multipass(name: &str) -> Result<String, &'static str> {
    let good = label(name) && name.starts_with(|c: char| c.is_ascii_alphabetic());
    good.then(|| name.to_owned()).ok_or(
        "an instance of Multipass is named with letters, digits and hyphens, a letter first and no hyphen last",
    )
}

/// A name as LXD and Incus allow it (`shared/validate/validate.go`, `IsHostname`), of a remote or not.
fn container(name: &str) -> Result<String, &'static str> {
    let (remote, own) = name
        .split_once(':')
        .map_or((None, name), |(remote, own)| (Some(remote), own));
    let remote_good = remote.is_none_or(|remote| {
        !remote.is_empty()
            && !remote.starts_with('-')
            && remote.len() <= LONGEST_NAME
            && remote
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    });
    (remote_good && label(own)).then(|| name.to_owned()).ok_or(
        "expected [REMOTE:]NAME; an instance is named with letters, digits and hyphens, no hyphen first or last",
    )
}

/// Windows allows nearly everything in the name of a distribution.
fn distribution(name: &str) -> Result<String, &'static str> {
    let good = !name.trim().is_empty()
        && !name.starts_with('-')
        && name.len() <= LONGEST_NAME
        && !name.contains(char::is_control);
    good.then(|| name.to_owned()).ok_or(
        "expected the name of a distribution, at most 255 bytes, no hyphen first and without control characters",
    )
}

fn label(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_LABEL
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A text as an argument of a POSIX shell, where nothing in it can be more than a text.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-/@:+=,".contains(&b));
    if plain {
        return text.to_owned();
    }
    let mut shown = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => shown.push_str(r"'\''"),
            '"' | '\\' => shown.push(c),
            // What no terminal shows as it is gets escaped: the command then fails instead of surprising.
            _ => {
                let _ = write!(shown, "{}", c.escape_debug());
            }
        }
    }
    shown.push('\'');
    shown
}
