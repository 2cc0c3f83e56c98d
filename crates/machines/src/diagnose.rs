//! What a program that leads to a machine means by its exit code and its messages: pure.

use crate::error::MachineError;
use crate::machine::Privilege;
use crate::place::Place;
use crate::quote::first_line;

/// Why the script did not run; `None` where it did, whatever came of it.
pub(crate) fn not_reached(
    place: &Place,
    privilege: Privilege,
    code: Option<i32>,
    stderr: &str,
) -> Option<MachineError> {
    if code == Some(0) {
        return None;
    }
    if let Some(error) = no_sudo(place, privilege, stderr) {
        return Some(error);
    }
    match place {
        Place::Folder(_) | Place::Local => None,
        // ssh's own failures; our scripts end with other codes.
        Place::Ssh { .. } => (code == Some(255)).then(|| ssh(place, stderr)),
        Place::Multipass(_) => multipass(place, code, stderr),
        Place::Lxd(_) | Place::Incus(_) => lxd(place, code, stderr),
        Place::Wsl(_) => wsl(place, code, stderr),
    }
}

/// The first line with this text in it.
fn line_with<'a>(stderr: &'a str, text: &str) -> Option<&'a str> {
    stderr.lines().find(|line| line.contains(text))
}

/// The last line that is not ssh's farewell; what comes before may be a banner of the host.
fn last_line(stderr: &str) -> String {
    stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .map_or_else(|| first_line(stderr), first_line)
}

/// sudo's refusals (sudo-project/sudo `plugins/sudoers/logging.c`, `src/tgetpass.c`, `auth/sudo_auth.c`).
fn no_sudo(place: &Place, privilege: Privilege, stderr: &str) -> Option<MachineError> {
    if privilege == Privilege::AsIs || place.is_root() {
        return None;
    }
    let refusals = [
        "sudo: a password is required",
        "sudo: a terminal is required",
        "sudo: no tty present",
        "sudo: sorry, you must have a tty",
        "is not in the sudoers file",
        "is not allowed to run sudo",
        "is not allowed to execute",
        "may not run sudo",
        "sudo: not found",
        "sudo: command not found",
        "incorrect password attempt",
        "\"no new privileges\" flag",
    ];
    let said = refusals
        .iter()
        .find_map(|text| line_with(stderr, text))
        .or_else(|| {
            // `env` of coreutils and of busybox.
            stderr.lines().find(|line| {
                line.starts_with("env: ")
                    && line.contains("sudo")
                    && line.ends_with("No such file or directory")
            })
        })
        .map(first_line)?;
    Some(MachineError::NeedsSudo {
        place: place.clone(),
        said,
    })
}

/// OpenSSH's client (openssh/openssh-portable `sshconnect.c`, `sshconnect2.c`, `ssh.c`, `misc.c`).
fn ssh(place: &Place, stderr: &str) -> MachineError {
    let place = place.clone();
    if stderr.contains("Host key verification failed")
        || stderr.contains("REMOTE HOST IDENTIFICATION HAS CHANGED")
    {
        let changed = stderr.contains("has changed and you have requested strict checking")
            || stderr.contains("REMOTE HOST IDENTIFICATION HAS CHANGED");
        // ssh says under which name it looked: of an alias that is the host behind it.
        let known_as = stderr
            .lines()
            .find_map(|line| {
                let rest = line.trim().strip_prefix("Host key for ")?;
                rest.split_once(" has changed").map(|(host, _)| host)
            })
            .filter(|host| !host.contains(char::is_whitespace))
            .map_or_else(|| known_as(&place), str::to_owned);
        return MachineError::HostKey {
            place,
            known_as,
            changed,
        };
    }
    for text in ["Could not resolve hostname", "hostname contains invalid"] {
        if let Some(line) = line_with(stderr, text) {
            let said = first_line(line);
            return MachineError::NoSuchMachine { place, said };
        }
    }
    for text in [
        "Permission denied (",
        "Too many authentication failures",
        "No supported authentication methods",
    ] {
        if let Some(line) = line_with(stderr, text) {
            let said = first_line(line);
            return MachineError::SshAuth { place, said };
        }
    }
    MachineError::Unreachable {
        place,
        said: last_line(stderr),
    }
}

/// What ssh calls a host in `known_hosts`.
fn known_as(place: &Place) -> String {
    let host = place.ssh_host().unwrap_or_default();
    match place {
        Place::Ssh {
            port: Some(port), ..
        } if *port != 22 => format!("[{host}]:{port}"),
        _ => host.to_owned(),
    }
}

/// Multipass' client ends its own failures with 1 to 4 and `COMMAND failed: …` (canonical/multipass
/// `include/multipass/cli/return_codes.h`, `src/client/cli/cmd/common_cli.cpp`, `src/daemon/daemon.cpp`).
pub(crate) fn multipass(place: &Place, code: Option<i32>, stderr: &str) -> Option<MachineError> {
    let place = place.clone();
    let line = stderr.lines().find(|line| {
        let line = line.trim_start();
        [
            "exec failed:",
            "info failed:",
            "list failed:",
            "start failed:",
        ]
        .iter()
        .any(|begin| line.starts_with(begin))
    })?;
    // The reason may be on the lines below.
    let said = first_line(
        &stderr
            .lines()
            .skip_while(|other| *other != line)
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(2)
            .collect::<Vec<_>>()
            .join(" "),
    );
    Some(if stderr.contains("does not exist") {
        MachineError::NoSuchMachine { place, said }
    } else if stderr.contains("is not running") {
        MachineError::NotRunning {
            place,
            state: "Stopped".to_owned(),
        }
    } else if stderr.contains("is deleted") {
        MachineError::NotRunning {
            place,
            state: "Deleted".to_owned(),
        }
    } else if stderr.contains("not authenticated") || stderr.contains("Permission denied") {
        MachineError::NotPermitted { place, what: said }
    } else if stderr.contains("cannot connect to the multipass socket")
        || stderr.contains("ssh connection failed")
        || stderr.contains("timed out")
    {
        MachineError::Unreachable { place, said }
    } else {
        MachineError::Failed {
            place,
            doing: "run a command through `multipass`".to_owned(),
            code,
            said,
        }
    })
}

/// LXD's and Incus' clients end their own failures with 1 and `Error: …` (canonical/lxd
/// `lxd/instance_exec.go`, `lxc/main.go`, `lxc/config/remote.go`; lxc/incus has the same texts).
pub(crate) fn lxd(place: &Place, code: Option<i32>, stderr: &str) -> Option<MachineError> {
    if code != Some(1) {
        return None;
    }
    let line = stderr
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("Error: "))?;
    let place = place.clone();
    let said = first_line(line);
    let low = line.to_ascii_lowercase();
    Some(if low.contains("is not running") {
        MachineError::NotRunning {
            place,
            state: "Stopped".to_owned(),
        }
    } else if low.contains("is frozen") {
        MachineError::NotRunning {
            place,
            state: "Frozen".to_owned(),
        }
    } else if low.contains("not accessible: permission denied")
        || low.contains("permission denied")
        || low.contains("not authorized")
        || low.contains("don't have the needed permissions")
    {
        MachineError::NotPermitted { place, what: said }
    } else if low.contains("unix socket") || low.contains("unix.socket") || low.contains("dial ") {
        MachineError::Unreachable { place, said }
    } else if low.contains("not found") || low.contains("doesn't exist") {
        MachineError::NoSuchMachine { place, said }
    } else {
        MachineError::Failed {
            place,
            doing: "run a command through the instance's client".to_owned(),
            code,
            said,
        }
    })
}

/// `wsl.exe`: messages are in the language of Windows, their codes are not (microsoft/WSL
/// `src/windows/common/wslutil.cpp`).
fn wsl(place: &Place, code: Option<i32>, stderr: &str) -> Option<MachineError> {
    let place = place.clone();
    if stderr.contains("WSL_E_DISTRO_NOT_FOUND")
        || stderr.contains("There is no distribution with the supplied name")
    {
        let said = first_line(stderr);
        return Some(MachineError::NoSuchMachine { place, said });
    }
    if stderr.contains("E_ACCESSDENIED") {
        let what = first_line(stderr);
        return Some(MachineError::NotPermitted { place, what });
    }
    (stderr.contains("Wsl/") || matches!(code, Some(-1 | 255))).then(|| MachineError::Unreachable {
        place,
        said: first_line(stderr),
    })
}

#[cfg(test)]
#[path = "diagnose/tests.rs"]
mod tests;
