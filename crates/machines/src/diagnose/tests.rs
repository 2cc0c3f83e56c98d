use super::*;

fn ssh_says(stderr: &str) -> MachineError {
    let place = "ssh:me@127.0.0.1:22999".parse().unwrap();
    not_reached(&place, Privilege::AsIs, Some(255), stderr).unwrap()
}

/// Recorded from OpenSSH 9.2p1 (Debian 12).
const CHANGED: &str = "\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:+wbfS/+7ckWBcLv1fbhwT2buHX/uKl52a0OxPC7dxHU.
Please contact your system administrator.
Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/me/.ssh/known_hosts:1
  remove with:
  ssh-keygen -f \"/home/me/.ssh/known_hosts\" -R \"[127.0.0.1]:22999\"
Host key for [127.0.0.1]:22999 has changed and you have requested strict checking.
Host key verification failed.
";

#[test]
fn host_keys() {
    let unknown = ssh_says(
        "No ED25519 host key is known for [127.0.0.1]:22999 and you have requested strict checking.\n\
         Host key verification failed.\n",
    );
    assert!(matches!(
        &unknown,
        MachineError::HostKey { changed: false, .. }
    ));
    let remedy = unknown.remedy().unwrap();
    assert!(
        remedy.starts_with("`ssh -p 22999 me@127.0.0.1` once, and compare"),
        "{remedy}"
    );

    let changed = ssh_says(CHANGED);
    assert!(matches!(
        &changed,
        MachineError::HostKey { changed: true, known_as, .. } if known_as == "[127.0.0.1]:22999"
    ));
    let remedy = changed.remedy().unwrap();
    assert!(
        remedy.contains("`ssh-keygen -R '[127.0.0.1]:22999'`"),
        "{remedy}"
    );
}

/// All recorded from OpenSSH 9.2p1, but for the last three (openssh/openssh-portable `packet.c`, `kex.c`).
#[test]
fn other_failures_of_ssh() {
    let denied = ssh_says("Welcome!\nme@127.0.0.1: Permission denied (publickey).\n");
    assert!(matches!(
        &denied,
        MachineError::SshAuth { said, .. } if said == "me@127.0.0.1: Permission denied (publickey)."
    ));
    let nowhere =
        ssh_says("ssh: Could not resolve hostname nope.invalid: Name or service not known\n");
    assert!(matches!(nowhere, MachineError::NoSuchMachine { .. }));
    for said in [
        "ssh: connect to host 127.0.0.1 port 1: Connection refused",
        "Connection timed out during banner exchange\nConnection to 10.255.255.1 port 22 timed out",
        "ssh: connect to host 10.0.0.1 port 22: No route to host",
        "kex_exchange_identification: Connection closed by remote host",
        "client_loop: send disconnect: Broken pipe",
    ] {
        let error = ssh_says(&format!("Warning: hello\r\n{said}\r\n"));
        let MachineError::Unreachable { said: shown, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(Some(shown.as_str()), said.lines().last());
    }
    let none = not_reached(
        &"ssh:node".parse().unwrap(),
        Privilege::AsIs,
        Some(41),
        "Permission denied (publickey).",
    );
    assert_eq!(none, None, "a script's own exit code");
}

/// Texts of sudo 1.9 (sudo-project/sudo) and of dash and bash where there is none.
#[test]
fn sudo_that_refuses() {
    for (code, said) in [
        (1, "sudo: a password is required"),
        (
            1,
            "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper",
        ),
        (1, "me is not in the sudoers file."),
        (
            1,
            "Sorry, user me is not allowed to execute '/usr/bin/sh -c x' as root on node.",
        ),
        (127, "env: 'sudo': No such file or directory"),
        (127, "sh: 1: sudo: not found"),
    ] {
        let place: Place = "ssh:me@node".parse().unwrap();
        let error = not_reached(&place, Privilege::Sudo, Some(code), said);
        assert!(
            matches!(error, Some(MachineError::NeedsSudo { .. })),
            "{said}"
        );
        assert_eq!(not_reached(&place, Privilege::AsIs, Some(code), said), None);
    }
    let error = MachineError::NeedsSudo {
        place: "ssh:me@node:2222".parse().unwrap(),
        said: "sudo: a password is required".to_owned(),
    };
    let remedy = error.remedy().unwrap();
    assert!(
        remedy.contains("ssh:root@node:2222") && remedy.contains("NOPASSWD"),
        "{remedy}"
    );
}

/// canonical/multipass `src/daemon/daemon.cpp` (`instance "{}" is not running`, `… does not exist`,
/// `… is deleted`), `src/client/cli/cmd/common_cli.cpp` (`standard_failure_handler_for`); the last is what
/// users report.
#[test]
fn multipass_texts() {
    let place: Place = "multipass:vm".parse().unwrap();
    let says = |text| not_reached(&place, Privilege::AsIs, Some(2), text);
    assert!(matches!(
        says("exec failed: instance \"vm\" does not exist\n"),
        Some(MachineError::NoSuchMachine { .. })
    ));
    assert!(matches!(
        says("info failed: The following errors occurred:\ninstance \"vm\" does not exist\n"),
        Some(MachineError::NoSuchMachine { .. })
    ));
    let stopped = says("exec failed: instance \"vm\" is not running\n").unwrap();
    assert_eq!(stopped.to_string(), "multipass:vm does not run (Stopped)");
    assert_eq!(stopped.remedy().unwrap(), "`multipass start vm`");
    assert!(matches!(
        says("exec failed: instance \"vm\" is deleted\n"),
        Some(MachineError::NotRunning { state, .. }) if state == "Deleted"
    ));
    let daemon = says("exec failed: cannot connect to the multipass socket\n").unwrap();
    assert!(matches!(daemon, MachineError::Unreachable { .. }));
    assert!(
        daemon
            .remedy()
            .unwrap()
            .contains("`multipass list` must answer")
    );
    // A script's own failure.
    assert_eq!(says("sha256sum: x: No such file or directory"), None);
}

/// canonical/lxd `lxd/instance_exec.go`, `lxc/config/remote.go`; issue canonical/lxd#17359.
#[test]
fn lxd_texts() {
    let place: Place = "lxd:vm".parse().unwrap();
    let says = |text| not_reached(&place, Privilege::AsIs, Some(1), text);
    let stopped = says("Error: Instance is not running\n").unwrap();
    assert_eq!(stopped.remedy().unwrap(), "`lxc start vm`");
    for text in [
        "Error: Instance not found\n",
        "Error: not found\n",
        "Error: The remote \"far\" doesn't exist\n",
    ] {
        assert!(
            matches!(says(text), Some(MachineError::NoSuchMachine { .. })),
            "{text}"
        );
    }
    assert!(matches!(
        says(
            "Error: LXD unix socket \"/var/snap/lxd/common/lxd/unix.socket\" not accessible: permission denied\n"
        ),
        Some(MachineError::NotPermitted { .. })
    ));
    assert!(matches!(
        says(
            "Error: LXD unix socket \"/var/snap/lxd/common/lxd/unix.socket\" not found: Please check LXD is running\n"
        ),
        Some(MachineError::Unreachable { .. })
    ));
    assert_eq!(says("sh: 1: oops"), None);
    assert_eq!(
        not_reached(&place, Privilege::AsIs, Some(44), "Error: not found"),
        None
    );
}

/// Text and code as users report them (microsoft/WSL).
#[test]
fn wsl_texts() {
    let place: Place = "wsl:Ubuntu".parse().unwrap();
    let error = not_reached(
        &place,
        Privilege::AsIs,
        Some(-1),
        "There is no distribution with the supplied name.\r\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n",
    );
    assert!(matches!(error, Some(MachineError::NoSuchMachine { .. })));
    let error = not_reached(
        &place,
        Privilege::AsIs,
        Some(-1),
        "Der Vorgang ist abgelaufen.\r\nFehlercode: Wsl/Service/CreateInstance/0x800705b4\r\n",
    );
    assert!(matches!(error, Some(MachineError::Unreachable { .. })));
    assert_eq!(
        not_reached(&place, Privilege::AsIs, Some(41), "no folder"),
        None
    );
}
