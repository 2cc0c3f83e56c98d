//! What goes wrong on the way to a machine, and what mends it.

use std::time::Duration;

use crate::place::Place;
use crate::place::PlaceError;
use crate::quote;

/// Why a machine could not be asked, or did not do what it was asked.
///
/// The texts name the machine and the cause; [`MachineError::remedy`] names what mends it. Foreign text in
/// them is bounded and has its control characters spelt out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// The place itself is none.
    #[error(transparent)]
    BadPlace(#[from] PlaceError),
    /// The program that leads there is not installed.
    #[error("{place}: there is no `{program}` on this machine", place = .place.argument())]
    NoProgram {
        /// The machine.
        place: Place,
        /// What is missing.
        program: &'static str,
    },
    /// The program is there and could not be started.
    #[error("{place}: `{program}` could not be started: {cause}", place = .place.argument())]
    NotStarted {
        /// The machine.
        place: Place,
        /// Which program.
        program: String,
        /// The system's reason.
        cause: String,
    },
    /// The instance exists and does not run.
    #[error("{place} does not run ({state})", place = .place.argument())]
    NotRunning {
        /// The machine.
        place: Place,
        /// What its program calls that, such as `Stopped`.
        state: String,
    },
    /// There is no such instance, folder or host name.
    #[error("{place} {}: {said}", if matches!(.place, Place::Folder(_)) { "is no copy of a node" } else { "does not exist" }, place = .place.argument())]
    NoSuchMachine {
        /// The machine.
        place: Place,
        /// What was said.
        said: String,
    },
    /// The host's key is not the one on record, or there is none on record. Nothing was sent.
    #[error(
        "{place}: {}",
        if *.changed {
            "the host shows another key than the one that ssh has on record: another machine, or someone in between"
        } else {
            "ssh has no key of this host on record, so it cannot tell it from another"
        },
        place = .place.argument()
    )]
    HostKey {
        /// The machine.
        place: Place,
        /// What the host is called in ssh's `known_hosts`.
        known_as: String,
        /// Whether another key is on record.
        changed: bool,
    },
    /// The host is the right one and does not let us in.
    #[error("{place}: ssh could not log in: {said}", place = .place.argument())]
    SshAuth {
        /// The machine.
        place: Place,
        /// What ssh said.
        said: String,
    },
    /// The machine, or the daemon that leads to it, does not answer.
    #[error("{place} cannot be reached: {said}", place = .place.argument())]
    Unreachable {
        /// The machine.
        place: Place,
        /// What was said.
        said: String,
    },
    /// `sudo` there wants a password, or does not know the user.
    #[error("{place}: this needs root's rights there, and sudo refuses: {said}", place = .place.argument())]
    NeedsSudo {
        /// The machine.
        place: Place,
        /// What sudo said.
        said: String,
    },
    /// Not allowed.
    #[error("{place}: not permitted: {what}", place = .place.argument())]
    NotPermitted {
        /// The machine.
        place: Place,
        /// What, in the system's words.
        what: String,
    },
    /// No answer within the time limit. A change that was asked for may have been made or not.
    #[error(
        "{place}: `{program}` did not answer within {} s",
        .patience.as_secs_f32(),
        place = .place.argument()
    )]
    TimedOut {
        /// The machine.
        place: Place,
        /// The program that was waited for.
        program: String,
        /// How long.
        patience: Duration,
    },
    /// The answer is longer than any honest one.
    #[error("{place}: the answer is longer than {limit} bytes", place = .place.argument())]
    TooMuch {
        /// The machine.
        place: Place,
        /// The bound.
        limit: usize,
    },
    /// The file is not what it was when it was read.
    #[error("{place}: {path} {how}; nothing was changed", place = .place.argument(), path = quote::visible(.path))]
    Changed {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
        /// How it differs.
        how: &'static str,
    },
    /// What is there is no file that may be replaced.
    #[error("{place}: {path} {what}; nothing was changed", place = .place.argument(), path = quote::visible(.path))]
    NotAFile {
        /// The machine.
        place: Place,
        /// The path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// The file system cannot be written to.
    #[error("{place}: {path} is on a read-only file system; nothing was changed", place = .place.argument(), path = quote::visible(.path))]
    ReadOnly {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
    },
    /// No space is left.
    #[error("{place}: no space is left for {path}; nothing was changed", place = .place.argument(), path = quote::visible(.path))]
    NoSpace {
        /// The machine.
        place: Place,
        /// The file.
        path: String,
    },
    /// The answer is not one of ours.
    #[error("{place}: its answer was not understood: {why}", place = .place.argument())]
    Garbled {
        /// The machine.
        place: Place,
        /// What is wrong with it.
        why: String,
    },
    /// Anything else, in the words of whoever failed.
    #[error(
        "{place}: could not {doing}{}: {said}",
        .code.map(|code| format!(" (exit code {code})")).unwrap_or_default(),
        place = .place.argument()
    )]
    Failed {
        /// The machine.
        place: Place,
        /// What was to be done, such as `read files`.
        doing: String,
        /// The exit code, where there was one.
        code: Option<i32>,
        /// The first line that was said.
        said: String,
    },
}

impl MachineError {
    /// What went wrong and what mends it, in one line.
    pub fn told(&self) -> String {
        match self.remedy() {
            Some(remedy) => format!("{self}; {remedy}"),
            None => self.to_string(),
        }
    }

    /// What mends it, to be read by a user; commands in it can be pasted into a shell.
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::NoProgram { program, .. } => install(program).to_owned(),
            Self::NotRunning { place, .. } => match place {
                Place::Multipass(name) => format!("`multipass start {}`", quote::argument(name)),
                Place::Lxd(name) => format!("`lxc start {}`", quote::argument(name)),
                Place::Incus(name) => format!("`incus start {}`", quote::argument(name)),
                _ => "start it".to_owned(),
            },
            Self::NoSuchMachine { place, .. } => match place {
                Place::Multipass(_) => "see its name in `multipass list`".to_owned(),
                Place::Lxd(_) => "see its name in `lxc list`, remotes in `lxc remote list`".to_owned(),
                Place::Incus(_) => {
                    "see its name in `incus list`, remotes in `incus remote list`".to_owned()
                }
                Place::Wsl(_) => "see its name in `wsl.exe -l -q`".to_owned(),
                Place::Ssh { .. } => {
                    "see whether its name is right, or give its address".to_owned()
                }
                Place::Folder(_) => "give a copy of /var/snap/microk8s/current, of /var/snap/microk8s or of a \
                                     whole system"
                    .to_owned(),
                Place::Local => return None,
            },
            Self::HostKey {
                place,
                known_as,
                changed,
            } => {
                let once = format!(
                    "`{}` once, and compare the fingerprint with the one that the machine itself shows \
                     (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`)",
                    ssh_command(place)
                );
                if *changed {
                    format!(
                        "if the machine was installed anew: `ssh-keygen -R {}`, then {once}",
                        quote::argument(known_as)
                    )
                } else {
                    once
                }
            }
            Self::SshAuth { place, .. } => format!(
                "`{}` must log in without a question: `ssh-copy-id` puts your key there, `ssh-add` unlocks it",
                ssh_command(place)
            ),
            Self::Unreachable { place, .. } | Self::TimedOut { place, .. } => match place {
                Place::Multipass(_) => restart_multipass(),
                Place::Lxd(_) => "`lxc list` must answer; `sudo snap restart lxd` restarts LXD".to_owned(),
                Place::Incus(_) => {
                    "`incus list` must answer; `sudo systemctl restart incus` restarts Incus".to_owned()
                }
                Place::Wsl(_) => "`wsl.exe --shutdown` stops all of WSL; it starts again by itself".to_owned(),
                Place::Ssh { .. } => format!(
                    "see whether the machine is up, and whether `{}` gets through",
                    ssh_command(place)
                ),
                Place::Folder(_) | Place::Local => "try again".to_owned(),
            },
            Self::NeedsSudo { place, .. } => match place {
                Place::Ssh { destination, port } => {
                    let root = Place::Ssh {
                        destination: format!(
                            "root@{}",
                            place.ssh_host().unwrap_or(destination.as_str())
                        ),
                        port: *port,
                    };
                    format!(
                        "log in as root ({}), or let the user there run `sudo -n true`: a line \
                         `USER ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d",
                        root.argument()
                    )
                }
                _ => "`sudo -v` first, or run this as root".to_owned(),
            },
            Self::NotPermitted { place, .. } => match place {
                Place::Lxd(_) => "become a member of the group: `sudo usermod -aG lxd $USER`, then log in anew".to_owned(),
                Place::Incus(_) => "become a member of the group: `sudo usermod -aG incus-admin $USER`, then log in anew".to_owned(),
                _ => "do it with root's rights (sudo)".to_owned(),
            },
            Self::Changed { .. } => "look again, and repeat the change".to_owned(),
            Self::NoSpace { .. } => "make space there: `df -h` shows where none is left".to_owned(),
            Self::ReadOnly { .. } => {
                "`mount` there shows why it is read-only; a damaged disk is often remounted so".to_owned()
            }
            Self::NotStarted { .. }
            | Self::BadPlace(_)
            | Self::TooMuch { .. }
            | Self::NotAFile { .. }
            | Self::Garbled { .. }
            | Self::Failed { .. } => return None,
        })
    }
}

fn install(program: &str) -> &'static str {
    match program {
        "ssh" => "install OpenSSH's client (Debian and Ubuntu: `sudo apt install openssh-client`)",
        "multipass" => "install Multipass: https://canonical.com/multipass/install",
        "lxc" => "install LXD: `sudo snap install lxd`",
        "incus" => "install Incus: https://linuxcontainers.org/incus/docs/main/installing/",
        "wsl.exe" => "WSL exists on Windows only: `wsl.exe --install`",
        "sudo" => "run this as root",
        _ => "this works on Linux and macOS; for another machine give ssh:HOST, multipass:NAME, …",
    }
}

/// The daemon hangs, not the client.
fn restart_multipass() -> String {
    let restart = if cfg!(windows) {
        "`Restart-Service Multipass` (as administrator)"
    } else if cfg!(target_os = "macos") {
        "`sudo launchctl kickstart -k system/com.canonical.multipassd`"
    } else {
        "`sudo snap restart multipass`"
    };
    format!("`multipass list` must answer; {restart} restarts Multipass")
}

/// `ssh [-p PORT] DEST` for a shell.
fn ssh_command(place: &Place) -> String {
    let Place::Ssh { destination, port } = place else {
        return "ssh".to_owned();
    };
    let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
    format!("ssh {port}{}", quote::argument(destination))
}
