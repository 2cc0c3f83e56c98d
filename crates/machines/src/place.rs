//! Where a machine is.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

use crate::quote;

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

/// What stands before the colon of a place.
const KINDS: [&str; 7] = ["folder", "ssh", "multipass", "lxd", "lxc", "incus", "wsl"];

/// The longest name of anything; a host name may have 253 characters (RFC 1035).
const LONGEST: usize = 255;

impl Place {
    /// The place as an argument that a user can paste into a shell.
    pub fn argument(&self) -> String {
        quote::argument(&self.to_string())
    }

    /// Whether a text is meant as a place, be it a right one or not. `C:\file` is not: a drive is one letter.
    pub fn is_meant_by(text: &str) -> bool {
        text == "local"
            || text
                .split_once(':')
                .is_some_and(|(kind, _)| KINDS.contains(&kind))
    }

    /// A command of that machine as a user types it on this one.
    pub fn typed(&self, command: &str) -> String {
        match self {
            Self::Multipass(name) => {
                format!("multipass exec {} -- {command}", quote::argument(name))
            }
            Self::Lxd(name) => format!("lxc exec {} -- {command}", quote::argument(name)),
            Self::Incus(name) => format!("incus exec {} -- {command}", quote::argument(name)),
            Self::Wsl(name) => format!("wsl.exe -d {} -- {command}", quote::argument(name)),
            Self::Ssh { destination, port } => {
                let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
                // sudo may ask for a password.
                format!("ssh -t {port}{} {command}", quote::argument(destination))
            }
            Self::Local | Self::Folder(_) => command.to_owned(),
        }
    }

    /// The host of an ssh place, without user; `None` for other places. It may be an alias.
    pub fn ssh_host(&self) -> Option<&str> {
        match self {
            Self::Ssh { destination, .. } => Some(host_of(destination)),
            _ => None,
        }
    }

    /// Whether a user there has root's rights without being asked: all but this machine and ssh.
    pub fn is_root(&self) -> bool {
        matches!(
            self,
            Self::Multipass(_) | Self::Lxd(_) | Self::Incus(_) | Self::Wsl(_)
        )
    }

    /// Whether its names are such as its program allows.
    ///
    /// # Errors
    /// [`PlaceError`] with what is expected.
    pub fn check(&self) -> Result<(), PlaceError> {
        let wrong = match self {
            Self::Local => return Ok(()),
            Self::Folder(path) => path.as_os_str().is_empty().then(|| {
                "a folder: a copy of /var/snap/microk8s/current, as in folder:/backup/current"
                    .to_owned()
            }),
            Self::Ssh { destination, port } => {
                let fine = match destination.rsplit_once('@') {
                    Some((user, host)) => is_user(user) && is_host(host),
                    None => is_host(destination),
                };
                (!fine || *port == Some(0)).then(|| {
                    "[user@]host[:port], of which neither user nor host begins with `-` or holds \
                     spaces or what means something to a shell"
                        .to_owned()
                })
            }
            Self::Multipass(name) => (!is_multipass_name(name)).then(|| {
                "a name of Multipass: letters, digits and `-`, beginning with a letter".to_owned()
            }),
            Self::Lxd(name) | Self::Incus(name) => (!is_instance(name)).then(|| {
                "[remote:]name, of which the name has letters, digits and `-` and neither begins \
                 nor ends with `-`"
                    .to_owned()
            }),
            Self::Wsl(name) => (!is_distribution(name)).then(|| {
                "a WSL distribution as `wsl.exe -l -q` names it, not beginning with `-`".to_owned()
            }),
        };
        match wrong {
            None => Ok(()),
            Some(expected) => Err(refused(&self.to_string(), &expected)),
        }
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text == "local" {
            return Ok(Self::Local);
        }
        if text.len() > 4096 || text.chars().any(char::is_control) {
            return Err(refused(text, "no control characters, at most 4096 bytes"));
        }
        let place = match text.split_once(':') {
            Some(("folder", path)) => Self::Folder(path.into()),
            Some(("ssh", rest)) => ssh(text, rest)?,
            Some(("multipass", name)) => Self::Multipass(name.to_owned()),
            Some(("lxd" | "lxc", name)) => Self::Lxd(name.to_owned()),
            Some(("incus", name)) => Self::Incus(name.to_owned()),
            Some(("wsl", name)) => Self::Wsl(name.to_owned()),
            _ => {
                return Err(refused(
                    text,
                    "local, folder:PATH, ssh:[user@]host[:port], multipass:NAME, lxd:NAME, \
                     incus:NAME or wsl:DISTRO",
                ));
            }
        };
        place.check()?;
        Ok(place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Ssh { destination, port } => {
                let host = host_of(destination);
                let user = destination.strip_suffix(host).unwrap_or_default();
                f.write_str("ssh:")?;
                if host.contains(':') {
                    write!(f, "{user}[{host}]")?;
                } else {
                    f.write_str(destination)?;
                }
                match port {
                    Some(port) => write!(f, ":{port}"),
                    None => Ok(()),
                }
            }
            Self::Multipass(name) => write!(f, "multipass:{name}"),
            Self::Lxd(name) => write!(f, "lxd:{name}"),
            Self::Incus(name) => write!(f, "incus:{name}"),
            Self::Wsl(name) => write!(f, "wsl:{name}"),
        }
    }
}

fn refused(text: &str, expected: &str) -> PlaceError {
    let shown: String = text.chars().take(LONGEST).collect();
    PlaceError(format!(
        "{} names no machine: expected {expected}",
        quote::argument(&shown)
    ))
}

/// The host in `user@host`.
fn host_of(destination: &str) -> &str {
    destination
        .rsplit_once('@')
        .map_or(destination, |(_, host)| host)
}

/// `[user@]host[:port]`, or what `ssh://` is followed by.
fn ssh(text: &str, rest: &str) -> Result<Place, PlaceError> {
    let wrong = || refused(text, "ssh:[user@]host[:port], IPv6 addresses in brackets");
    let rest = rest
        .strip_prefix("//")
        .map_or(rest, |rest| rest.strip_suffix('/').unwrap_or(rest));
    let host_and_port = host_of(rest);
    let user = rest.strip_suffix(host_and_port).unwrap_or_default();
    let (host, port) = if let Some(bracketed) = host_and_port.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']').ok_or_else(wrong)?;
        if !is_ipv6(host) {
            return Err(wrong());
        }
        match after {
            "" => (host, None),
            _ => (host, Some(after.strip_prefix(':').ok_or_else(wrong)?)),
        }
    } else if is_ipv6(host_and_port) {
        (host_and_port, None)
    } else {
        match host_and_port.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host_and_port, None),
        }
    };
    let port = match port {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| wrong())?)
        }
        Some(_) => return Err(wrong()),
        None => None,
    };
    Ok(Place::Ssh {
        destination: format!("{user}{host}"),
        port,
    })
}

/// An IPv6 address, with a zone or without.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "eth0"));
    address.parse::<Ipv6Addr>().is_ok()
        && !zone.is_empty()
        && zone
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// What OpenSSH refuses in host and user names since 9.6 (openssh/openssh-portable `ssh.c`,
/// `valid_hostname`, `valid_ruser`), and what would be another field.
fn has_trap(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_whitespace() || c.is_control() || "'`\"$\\;&<>|(){}@".contains(c))
}

fn is_user(user: &str) -> bool {
    !user.is_empty()
        && user.len() <= LONGEST
        && !user.starts_with('-')
        && !has_trap(user)
        && !user.contains([':', '/'])
}

fn is_host(host: &str) -> bool {
    is_ipv6(host)
        || !host.is_empty()
            && host.len() <= LONGEST
            && !host.starts_with('-')
            && !has_trap(host)
            && !host.contains([':', '/', '[', ']', '%'])
}

/// canonical/multipass `src/utils/utils.cpp`, `valid_hostname`.
fn is_multipass_name(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `[remote:]name`; the name is a host name (canonical/lxd `shared/validate/validate.go`, `IsHostname`).
fn is_instance(text: &str) -> bool {
    let (remote, name) = match text.split_once(':') {
        Some((remote, name)) => (Some(remote), name),
        None => (None, text),
    };
    let remote_is_plain = remote.is_none_or(|remote| {
        !remote.is_empty()
            && remote.len() <= LONGEST
            && !remote.starts_with('-')
            && remote
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    });
    remote_is_plain
        && !name.is_empty()
        && name.len() <= 63
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_distribution(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.starts_with('-')
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_typed_where_the_user_is() {
        let typed = |place: &str| place.parse::<Place>().unwrap().typed("sudo id");
        assert_eq!(typed("multipass:dev"), "multipass exec dev -- sudo id");
        assert_eq!(typed("ssh:me@lab:2222"), "ssh -t -p 2222 me@lab sudo id");
        assert_eq!(
            typed("wsl:Ubuntu 24.04"),
            "wsl.exe -d 'Ubuntu 24.04' -- sudo id"
        );
        assert_eq!(typed("local"), "sudo id");
    }

    fn ssh(destination: &str, port: Option<u16>) -> Place {
        Place::Ssh {
            destination: destination.to_owned(),
            port,
        }
    }

    #[test]
    fn reads_and_shows_every_kind_of_place() {
        let rows = [
            ("local", Place::Local, "local"),
            (
                "folder:/backup/a b",
                Place::Folder("/backup/a b".into()),
                "folder:/backup/a b",
            ),
            ("ssh:node", ssh("node", None), "ssh:node"),
            (
                "ssh:me@node:2222",
                ssh("me@node", Some(2222)),
                "ssh:me@node:2222",
            ),
            (
                "ssh://me@node:22/",
                ssh("me@node", Some(22)),
                "ssh:me@node:22",
            ),
            ("ssh://node", ssh("node", None), "ssh:node"),
            (
                "ssh:me@[fd00::7]:22",
                ssh("me@fd00::7", Some(22)),
                "ssh:me@[fd00::7]:22",
            ),
            ("ssh:fd00::7", ssh("fd00::7", None), "ssh:[fd00::7]"),
            (
                "ssh:[fe80::1%eth0]",
                ssh("fe80::1%eth0", None),
                "ssh:[fe80::1%eth0]",
            ),
            (
                "multipass:microk8s-vm",
                Place::Multipass("microk8s-vm".into()),
                "multipass:microk8s-vm",
            ),
            ("lxc:k8s", Place::Lxd("k8s".into()), "lxd:k8s"),
            ("lxd:far:k8s", Place::Lxd("far:k8s".into()), "lxd:far:k8s"),
            ("incus:k8s", Place::Incus("k8s".into()), "incus:k8s"),
            (
                "wsl:My \"own\" Ubuntu's",
                Place::Wsl("My \"own\" Ubuntu's".into()),
                "wsl:My \"own\" Ubuntu's",
            ),
        ];
        for (text, place, shown) in rows {
            assert!(Place::is_meant_by(text), "{text}");
            assert_eq!(text.parse(), Ok(place.clone()), "{text}");
            assert_eq!(place.to_string(), shown);
            assert_eq!(shown.parse(), Ok(place), "{shown}");
        }
    }

    #[test]
    fn refuses_what_could_be_more_than_a_name() {
        let long = format!("wsl:{}", "a".repeat(300));
        for text in [
            "",
            "node",
            "Local",
            "docker:x",
            "folder:",
            "ssh:",
            "ssh:-oProxyCommand=id",
            "ssh:-l@node",
            "ssh:me@-node",
            "ssh:@node",
            "ssh:me@",
            "ssh:a b",
            "ssh:a@b@c",
            "ssh:node:",
            "ssh:node:0",
            "ssh:node:65536",
            "ssh:node:+22",
            "ssh:node:22:22",
            "ssh:[node]:22",
            "ssh:[fd00::7",
            "ssh:[fd00::7]22",
            "ssh:$(id)",
            "ssh:me:pw@node",
            "ssh:node/path",
            "multipass:",
            "multipass:-all",
            "multipass:--all",
            "multipass:a b",
            "multipass:a'b",
            "multipass:1a",
            "multipass:a-",
            "lxd:",
            "lxd:-a",
            "lxd:a b",
            "lxd:far:",
            "lxd::a",
            "lxd:-x:a",
            "lxd:a/b",
            "incus:a:b:c",
            "wsl:",
            "wsl:-e",
            "wsl: a",
            "wsl:a\nb",
            "ssh:a\u{7}",
            &long,
        ] {
            let error = text.parse::<Place>().expect_err(text).to_string();
            assert!(error.contains("expected"), "{error}");
            assert!(!error.chars().any(char::is_control), "{error:?}");
        }
        let error = "ssh:-oProxyCommand=id".parse::<Place>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("ssh:-oProxyCommand=id names no machine: expected"),
            "{error}"
        );
    }

    #[test]
    fn a_place_is_shown_as_an_argument() {
        assert_eq!(
            Place::Wsl("My 'x'".into()).argument(),
            r"'wsl:My '\''x'\'''"
        );
        assert_eq!(Place::Lxd("k8s".into()).argument(), "lxd:k8s");
        assert_eq!(
            "ssh:me@[::1]:2".parse::<Place>().unwrap().argument(),
            "'ssh:me@[::1]:2'"
        );
    }

    #[test]
    fn what_is_meant_as_a_place() {
        assert!(Place::is_meant_by("ssh:-x") && Place::is_meant_by("wsl:"));
        for other in [
            "",
            "localhost",
            "ssh",
            r"C:\kube\config",
            "/a:b",
            "docker:x",
        ] {
            assert!(!Place::is_meant_by(other), "{other}");
        }
    }

    #[test]
    fn the_host_of_ssh() {
        assert_eq!(ssh("me@fd00::7", None).ssh_host(), Some("fd00::7"));
        assert_eq!(ssh("node", None).ssh_host(), Some("node"));
        assert_eq!(Place::Local.ssh_host(), None);
    }
}
