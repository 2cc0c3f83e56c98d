//! Why a machine could not be asked: what programs say, told apart.

use std::path::PathBuf;
use std::time::Duration;

use crate::folder::FolderError;
use crate::place::Place;

/// Why a machine could not be asked, or did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The program that leads there is not on this machine.
    #[error("{place}: there is no program {name} on PATH: {remedy}")]
    NoProgram {
        /// The machine.
        place: Place,
        /// The program.
        name: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The program cannot be started.
    #[error("{place}: {} cannot be started: {source}", .program.display())]
    Start {
        /// The machine.
        place: Place,
        /// The program.
        program: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A folder cannot run anything.
    #[error(
        "{place} is a folder: it can be read, but nothing can be run there; name the machine itself, for example --on ssh:USER@HOST"
    )]
    RunsNothing {
        /// The folder.
        place: Place,
    },
    /// There is no such machine.
    #[error("{place} does not exist: {remedy} lists those that do")]
    NoSuchMachine {
        /// The machine.
        place: Place,
        /// The command that lists machines.
        remedy: &'static str,
    },
    /// The machine is not running.
    #[error("{place} is not running: `{remedy}` starts it")]
    NotRunning {
        /// The machine.
        place: Place,
        /// The command that starts it.
        remedy: String,
    },
    /// ssh knows another host key, or none.
    #[error("{place}: {}: nothing was sent to it; {remedy}", if *.changed { "its host key is not the one that is known" } else { "its host key is not known" })]
    HostKey {
        /// The machine.
        place: Place,
        /// Whether another key is known.
        changed: bool,
        /// What to do.
        remedy: String,
    },
    /// ssh was not let in.
    #[error("{place}: ssh is not let in ({said}): try `{remedy}`")]
    NotLetIn {
        /// The machine.
        place: Place,
        /// ssh's words.
        said: String,
        /// The command that shows it.
        remedy: String,
    },
    /// ssh does not get there.
    #[error("{place}: {said}")]
    Unreachable {
        /// The machine.
        place: Place,
        /// ssh's words.
        said: String,
    },
    /// sudo wants a password, or is not there.
    #[error(
        "{place}: this needs root, and sudo does not give it without a password ({said}): log in as root, or allow it in /etc/sudoers.d"
    )]
    NoSudo {
        /// The machine.
        place: Place,
        /// sudo's words.
        said: String,
    },
    /// It did not end in time.
    #[error("{place}: {} did not answer within {} s: {remedy}", .program.display(), .after.as_secs())]
    TimedOut {
        /// The machine.
        place: Place,
        /// The program.
        program: PathBuf,
        /// How long it was waited for.
        after: Duration,
        /// What to do.
        remedy: String,
    },
    /// It said more than anything of ours says.
    #[error("{place}: {} printed more than {limit} bytes; it was ended", .program.display())]
    TooMuch {
        /// The machine.
        place: Place,
        /// The program.
        program: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// What came back is not what our script prints: something else spoke (a login message, another shell).
    #[error(
        "{place}: the answer cannot be read ({cause}); does its shell print something at login?"
    )]
    Garbled {
        /// The machine.
        place: Place,
        /// What is wrong with it.
        cause: String,
    },
    /// A file is not what it was when it was read.
    #[error("{place}: {path} has changed since it was read: nothing was written; try again")]
    Changed {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
    },
    /// A file that is to be made exists.
    #[error("{place}: {path} exists already: nothing was written")]
    Exists {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
    },
    /// Not a file, or a link.
    #[error("{place}: {path} is not a plain file: nothing was written")]
    NotAFile {
        /// The machine.
        place: Place,
        /// The path.
        path: String,
    },
    /// It may not be written.
    #[error("{place}: {path} cannot be written: {cause}; it is as it was")]
    NotWritten {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// A folder could not be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A script failed.
    #[error("{place}: could not {script} (exit code {code}): {said}")]
    Failed {
        /// The machine.
        place: Place,
        /// What the script does.
        script: &'static str,
        /// Its exit code.
        code: i32,
        /// What it said, its first line.
        said: String,
    },
}

/// Reads why a program did not even get to the script; `None` when it seems to have.
///
/// Texts: OpenSSH 9.2 as it prints them (ssh exits with 255 for its own failures); sudo 1.9
/// (`plugins/sudoers/auth/sudo_auth.c`); Multipass `src/daemon/daemon.cpp`; LXD and Incus `cmd/…/exec.go` and
/// `lxd/instance_exec.go`; WSL `localization/strings/en-US/Resources.resw`.
pub(crate) fn not_reached(
    place: &Place,
    code: Option<i32>,
    stderr: &str,
    stdout: &str,
) -> Option<MachineError> {
    let said = first_line(stderr);
    let has = |text: &str| stderr.contains(text);
    let place_ = || place.clone();
    if has("sudo: a password is required")
        || has("sudo: a terminal is required")
        || has("sudo: command not found")
        || has("sudo: not found")
        || has("is not in the sudoers file")
        || has("may not run sudo")
    {
        return Some(MachineError::NoSudo {
            place: place_(),
            said,
        });
    }
    match place {
        Place::Ssh { destination, port } if code == Some(255) => {
            let port = port.map_or_else(String::new, |port| format!(" -p {port}"));
            let ssh = format!("ssh{port} {destination}");
            Some(
                if has("REMOTE HOST IDENTIFICATION HAS CHANGED")
                    || has("has changed and you have requested strict checking")
                {
                    MachineError::HostKey {
                        place: place_(),
                        changed: true,
                        remedy: format!(
                            "if the machine was set up anew, compare its key with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there, then remove the old one with `ssh-keygen -R {}` and log in once with `{ssh}`",
                            known_hosts_name(place)
                        ),
                    }
                } else if has("Host key verification failed") || has("host key is known for") {
                    MachineError::HostKey {
                        place: place_(),
                        changed: false,
                        remedy: format!(
                            "log in once with `{ssh}` and compare the key that it shows with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there"
                        ),
                    }
                } else if has("Permission denied") || has("Too many authentication failures") {
                    MachineError::NotLetIn {
                        place: place_(),
                        said: line_with(stderr, "Permission denied").unwrap_or(said),
                        remedy: ssh,
                    }
                } else {
                    MachineError::Unreachable {
                        place: place_(),
                        said: if said.is_empty() {
                            "ssh ended without a word".to_owned()
                        } else {
                            said
                        },
                    }
                },
            )
        }
        Place::Multipass(name) if has("does not exist") && code != Some(0) => {
            let _ = name;
            Some(MachineError::NoSuchMachine {
                place: place_(),
                remedy: "`multipass list`",
            })
        }
        Place::Multipass(name) if has("is not running") || has("instance is stopped") => {
            Some(MachineError::NotRunning {
                place: place_(),
                remedy: format!("multipass start {name}"),
            })
        }
        Place::Lxd(name) | Place::Incus(name) if code != Some(0) => {
            let (client, list) = if matches!(place, Place::Lxd(_)) {
                ("lxc", "`lxc list`")
            } else {
                ("incus", "`incus list`")
            };
            if has("is not running") {
                Some(MachineError::NotRunning {
                    place: place_(),
                    remedy: format!("{client} start {name}"),
                })
            } else if has("nstance not found") || has("Error: not found") {
                Some(MachineError::NoSuchMachine {
                    place: place_(),
                    remedy: list,
                })
            } else {
                None
            }
        }
        Place::Wsl(_) if code != Some(0) => {
            // wsl.exe speaks on standard output too.
            let both = [stderr, stdout].concat();
            let none = both.contains("There is no distribution with the supplied name")
                || both.contains("WSL_E_DISTRO_NOT_FOUND");
            none.then(|| MachineError::NoSuchMachine {
                place: place_(),
                remedy: "`wsl --list`",
            })
        }
        _ => None,
    }
}

/// What to do about a program that hangs.
pub(crate) fn unhang(place: &Place) -> String {
    match place {
        Place::Multipass(name) => format!(
            "if `multipass list` hangs too, restart its service; else `multipass restart {name}`"
        ),
        Place::Lxd(name) => format!("`lxc restart {name}`"),
        Place::Incus(name) => format!("`incus restart {name}`"),
        Place::Wsl(_) => "`wsl --shutdown` restarts WSL".to_owned(),
        Place::Ssh { destination, .. } => format!("try `ssh {destination}`"),
        Place::Local | Place::Folder(_) => "try again".to_owned(),
    }
}

/// The name under which `ssh-keygen -R` knows a host.
fn known_hosts_name(place: &Place) -> String {
    let host = place.ssh_host().unwrap_or_default();
    match place {
        Place::Ssh {
            port: Some(port), ..
        } if *port != 22 => format!("'[{host}]:{port}'"),
        _ => host.to_owned(),
    }
}

/// The first line that says something, bounded.
pub(crate) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(300).collect()
}

fn line_with(text: &str, part: &str) -> Option<String> {
    let line = text.lines().find(|line| line.contains(part))?;
    Some(line.trim().chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(place: &str, code: i32, stderr: &str) -> String {
        let place: Place = place.parse().unwrap();
        not_reached(&place, Some(code), stderr, "")
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn ssh_is_understood() {
        let refused = "ssh: connect to host 127.0.0.1 port 1: Connection refused\n";
        assert_eq!(
            of("ssh:me@lab", 255, refused),
            "ssh:me@lab: ssh: connect to host 127.0.0.1 port 1: Connection refused"
        );
        let unknown = "No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict \
                       checking.\r\nHost key verification failed.\r\n";
        let said = of("ssh:me@lab:2222", 255, unknown);
        assert!(said.contains("its host key is not known"), "{said}");
        assert!(said.contains("`ssh -p 2222 me@lab`"), "{said}");
        let changed = "@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@\n\
                       Host key verification failed.\n";
        let said = of("ssh:me@lab:2222", 255, changed);
        assert!(said.contains("not the one that is known"), "{said}");
        assert!(said.contains("ssh-keygen -R '[lab]:2222'"), "{said}");
        let said = of("ssh:lab", 255, "me@lab: Permission denied (publickey).\n");
        assert!(said.contains("not let in"), "{said}");
        // A script's own failure is not ssh's.
        assert_eq!(of("ssh:lab", 1, "Permission denied"), "");
        let said = of("ssh:lab", 1, "sudo: a password is required\n");
        assert!(said.contains("needs root"), "{said}");
    }

    #[test]
    fn instances_are_understood() {
        let said = of(
            "multipass:dev",
            2,
            "exec failed: instance \"dev\" is not running\n",
        );
        assert!(said.contains("`multipass start dev`"), "{said}");
        let said = of(
            "multipass:dev",
            2,
            "exec failed: instance \"dev\" does not exist\n",
        );
        assert!(said.contains("`multipass list`"), "{said}");
        let said = of("lxd:dev", 1, "Error: Instance is not running\n");
        assert!(said.contains("`lxc start dev`"), "{said}");
        let said = of("incus:dev", 1, "Error: Instance not found\n");
        assert!(said.contains("`incus list`"), "{said}");
        let none = "There is no distribution with the supplied name.";
        let said = of("wsl:Ubuntu", 1, none);
        assert!(said.contains("`wsl --list`"), "{said}");
        assert_eq!(of("multipass:dev", 1, "cat: no such file\n"), "");
    }
}
