//! avahi, which most Linux machines that answer to a name below `.local` run.

use std::path::Path;
use std::process::Child;
use std::process::Stdio;

use super::netns;
use super::netns::Machine;

/// avahi's daemon on another machine.
pub(crate) struct Avahi(Child);

impl Avahi {
    /// Starts it; it answers a moment later. `name` is that of the machine, without `.local`.
    pub(crate) fn on(machine: &Machine, folder: &Path, name: &str) -> Self {
        // It keeps its number and a socket in /run, and may run outside.
        netns::tool(&["mount", "-t", "tmpfs", "tmpfs", "/run"]);
        // It wants to give that to a user of its own; a user namespace may have root alone.
        for (file, text) in [
            ("passwd", "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n"),
            ("group", "root:x:0:\navahi:x:0:\n"),
        ] {
            let ours = folder.join(file);
            std::fs::write(&ours, text).unwrap();
            let etc = format!("/etc/{file}");
            netns::tool(&["mount", "--bind", ours.to_str().unwrap(), &etc]);
        }
        let config = folder.join("avahi.conf");
        let text = format!(
            "[server]\nhost-name={name}\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n\
             [publish]\npublish-workstation=no\npublish-hinfo=no\n"
        );
        std::fs::write(&config, text).unwrap();
        machine.tool(&["ip", "route", "add", "default", "dev", "eth0"]);
        let process = machine
            .command(&[
                "avahi-daemon",
                "--no-drop-root",
                "--no-chroot",
                "--no-rlimits",
                "--file",
            ])
            .arg(&config)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(process)
    }
}

impl Drop for Avahi {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
