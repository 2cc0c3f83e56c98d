//! Where a machine is, as a user names it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Longer names are no names.
const LONGEST: usize = 255;

/// Where a machine is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// This machine: `local`.
    Local,
    /// A copy of `/var/snap/microk8s/current`, of `/var/snap/microk8s`, or of a whole root: `folder:PATH`.
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
    /// `lxd:NAME`, also `lxd:REMOTE:NAME`.
    Lxd(String),
    /// `incus:NAME`, also `incus:REMOTE:NAME`.
    Incus(String),
    /// `wsl:DISTRO`.
    Wsl(String),
}

/// Why a text names no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// Of no form that is known.
    #[error(
        "{0:?} names no machine: expected local, multipass:NAME, ssh:[USER@]HOST[:PORT], lxd:NAME, incus:NAME, wsl:DISTRO or folder:DIR"
    )]
    Unknown(String),
    /// The name after the colon cannot be one.
    #[error("{text:?} names no machine: {why}")]
    Name {
        /// The text, cut.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let cut = || text.chars().take(LONGEST).collect::<String>();
        if text == "local" {
            return Ok(Self::Local);
        }
        let (kind, name) = text
            .split_once(':')
            .ok_or_else(|| PlaceError::Unknown(cut()))?;
        let place = match kind {
            "folder" if name.is_empty() => Err("the folder has no name"),
            "folder" => Ok(Self::Folder(PathBuf::from(name))),
            "ssh" => ssh(name.strip_prefix("//").unwrap_or(name)),
            "multipass" => multipass(name).map(Self::Multipass),
            "lxd" | "lxc" => instance(name).map(Self::Lxd),
            "incus" => instance(name).map(Self::Incus),
            "wsl" => plain(name).map(|name| Self::Wsl(name.to_owned())),
            _ => return Err(PlaceError::Unknown(cut())),
        };
        place.map_err(|why| PlaceError::Name { text: cut(), why })
    }
}

impl fmt::Display for Place {
    /// The form that it is parsed from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Ssh {
                destination,
                port: None,
            } => write!(f, "ssh:{destination}"),
            Self::Ssh {
                destination,
                port: Some(port),
            } => {
                let (user, host) = split_user(destination);
                let user = user.map_or_else(String::new, |user| format!("{user}@"));
                if host.contains(':') {
                    write!(f, "ssh:{user}[{host}]:{port}")
                } else {
                    write!(f, "ssh:{user}{host}:{port}")
                }
            }
            Self::Multipass(name) => write!(f, "multipass:{name}"),
            Self::Lxd(name) => write!(f, "lxd:{name}"),
            Self::Incus(name) => write!(f, "incus:{name}"),
            Self::Wsl(name) => write!(f, "wsl:{name}"),
        }
    }
}

impl Place {
    /// The host that ssh is told, without user and brackets.
    pub fn ssh_host(&self) -> Option<&str> {
        match self {
            Self::Ssh { destination, .. } => Some(split_user(destination).1),
            _ => None,
        }
    }

    /// As an argument that can be pasted into a POSIX shell.
    pub fn argument(&self) -> String {
        quote(&self.to_string())
    }
}

/// A text as one word of a POSIX shell.
pub(crate) fn quote(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/@:+=,[]".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) && !text.contains('[') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn split_user(destination: &str) -> (Option<&str>, &str) {
    match destination.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, destination),
    }
}

/// What no machine's name is: it would be taken for an option, or act on a terminal.
fn plain(name: &str) -> Result<&str, &'static str> {
    if name.is_empty() {
        Err("the name is empty")
    } else if name.len() > LONGEST {
        Err("the name is too long")
    } else if name.starts_with('-') {
        Err("a name must not begin with a hyphen: it would be taken for an option")
    } else if name.chars().any(char::is_control) {
        Err("a name must not hold control characters")
    } else {
        Ok(name)
    }
}

/// `[user@]host[:port]`, IPv6 addresses in brackets where a port follows.
fn ssh(text: &str) -> Result<Place, &'static str> {
    let text = plain(text)?;
    let (user, rest) = split_user(text);
    let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or("a bracket is not closed")?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err("after the bracket a port is expected: [HOST]:PORT"),
        }
    } else {
        match rest.split_once(':') {
            // Several colons: an IPv6 address without a port.
            Some((_, port)) if port.contains(':') => (rest, None),
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        }
    };
    let port = port
        .map(|port| port.parse::<u16>().ok().filter(|port| *port != 0))
        .map(|port| port.ok_or("the port is not a number from 1 to 65535"))
        .transpose()?;
    for part in user.into_iter().chain([host]) {
        plain(part)?;
        // What ssh itself refuses since 9.6, and what a shell would read (`ProxyCommand ... %h`).
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-%+:@\\".contains(&byte);
        if !part.bytes().all(allowed) {
            return Err("user and host may have letters, digits and . _ - % + only");
        }
    }
    if user.is_some_and(|user| user.contains(':')) || host.contains(['@', '\\']) {
        return Err("expected [USER@]HOST[:PORT]");
    }
    let destination = match user {
        Some(user) => format!("{user}@{host}"),
        None => host.to_owned(),
    };
    Ok(Place::Ssh { destination, port })
}

/// Multipass' own rule (`src/utils/utils.cpp`, `valid_hostname`): letters, digits and hyphens, a letter first,
/// no hyphen last.
fn multipass(name: &str) -> Result<String, &'static str> {
    let name = plain(name)?;
    let is_valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_valid {
        Ok(name.to_owned())
    } else {
        Err(
            "an instance of Multipass has letters, digits and hyphens, begins with a letter and ends with none",
        )
    }
}

/// An instance of LXD or Incus, perhaps on a remote.
fn instance(name: &str) -> Result<String, &'static str> {
    let own = match name.split_once(':') {
        Some((remote, own)) => {
            plain(remote)?;
            own
        }
        None => name,
    };
    let own = plain(own)?;
    // `shared/validate`, `IsHostname`: a host name's label. Remotes may be called almost anything.
    if own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && name.bytes().all(|b| b.is_ascii_graphic())
    {
        Ok(name.to_owned())
    } else {
        Err(
            "an instance has letters, digits and hyphens, with REMOTE: before it if it is elsewhere",
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_named() {
        for (text, shown) in [
            ("local", "local"),
            ("folder:/backup/a b", "folder:/backup/a b"),
            ("ssh:lab", "ssh:lab"),
            ("ssh:ubuntu@lab.example:2222", "ssh:ubuntu@lab.example:2222"),
            ("ssh://ubuntu@lab", "ssh:ubuntu@lab"),
            ("ssh:me@[::1]:2222", "ssh:me@[::1]:2222"),
            ("ssh:me@::1", "ssh:me@::1"),
            ("ssh:[fe80::1%eth0]", "ssh:fe80::1%eth0"),
            ("multipass:microk8s-vm", "multipass:microk8s-vm"),
            ("lxc:dev", "lxd:dev"),
            ("lxd:far:dev", "lxd:far:dev"),
            ("incus:dev", "incus:dev"),
            ("wsl:Ubuntu 22.04 'x'", "wsl:Ubuntu 22.04 'x'"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!(place.to_string(), shown);
            assert_eq!(shown.parse::<Place>(), Ok(place), "{shown}");
        }
    }

    #[test]
    fn what_could_be_an_option_or_a_command_is_refused() {
        for text in [
            "",
            "dev",
            "docker:x",
            "multipass:",
            "multipass:-v",
            "multipass:a b",
            "multipass:a;b",
            "multipass:1a",
            "multipass:a-",
            "ssh:",
            "ssh:-oProxyCommand=x",
            "ssh:me@-x",
            "ssh:-l@x",
            "ssh:a b",
            "ssh:$(x)",
            "ssh:a`b`",
            "ssh:x:0",
            "ssh:x:99999",
            "ssh:[::1",
            "ssh:[::1]x",
            "lxd:-x",
            "lxd:a b",
            "lxd:r:-x",
            "wsl:-x",
            "wsl:a\nb",
            "folder:",
        ] {
            let error = text.parse::<Place>().unwrap_err().to_string();
            assert!(error.contains("names no machine"), "{text}: {error}");
        }
    }

    #[test]
    fn arguments_are_quoted() {
        let argument = |text: &str| text.parse::<Place>().unwrap().argument();
        assert_eq!(argument("ssh:me@lab:22"), "ssh:me@lab:22");
        assert_eq!(argument("wsl:My 'own'"), r"'wsl:My '\''own'\'''");
    }

    proptest! {
        #[test]
        fn nothing_that_parses_begins_with_a_hyphen(kind in "(ssh|multipass|lxd|incus|wsl)", name in "\\PC{0,40}") {
            let Ok(place) = format!("{kind}:{name}").parse::<Place>() else { return Ok(()) };
            prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place.clone()));
            let word = match &place {
                Place::Ssh { destination, .. } => destination,
                Place::Multipass(name) | Place::Lxd(name) | Place::Incus(name) | Place::Wsl(name) => name,
                Place::Local | Place::Folder(_) => return Ok(()),
            };
            prop_assert!(!word.starts_with('-') && !word.is_empty());
            prop_assert!(!place.ssh_host().is_some_and(|host| host.starts_with('-')));
        }
    }
}
