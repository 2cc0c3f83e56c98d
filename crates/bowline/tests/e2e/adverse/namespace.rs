//! A network of the test's own, in which this machine has the addresses that the test wants.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::skip;

/// Set inside.
const INSIDE: &str = "BOWLINE_TEST_ADDRESSES";

/// Runs `body` in a network and mount namespace of its own, by starting this very test once more in there; `test` is
/// its whole name. The loopback interface has these addresses there, and IPv6 sockets may be bound to any address
/// below `fd00:7::/64`, none of which is the machine's own.
pub(super) fn with_addresses(test: &str, addresses: &[&str], body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return;
    }
    let mut script = String::from("set -e; PATH=$PATH:/usr/sbin:/sbin; ip link set lo up\n");
    for address in addresses {
        script.push_str(&format!("ip address add {address} dev lo\n"));
    }
    script.push_str(
        "if [ -e /proc/sys/net/ipv6 ]; then\n\
         ip -6 route add local fd00:7::/64 dev lo\n\
         echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind\n\
         fi\n\
         exec \"$@\"\n",
    );
    let within = |line: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--mount", "--"]);
        command.args(["/bin/sh", "-c", &script, "sh"]).args(line);
        command
    };
    let trial = within(&["true"]).output();
    if !trial.as_ref().is_ok_and(|output| output.status.success()) {
        skip(test, &format!("no network of its own: {trial:?}"));
        return;
    }
    let me = std::env::current_exe().unwrap();
    let mut command = within(&[me.to_str().unwrap(), "--exact", test, "--nocapture"]);
    let output = command.env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let ran = output.status.success() && said.contains("1 passed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(ran, "{test}, in its namespace:\n{said}{errors}");
}

/// Inside: what the resolver knows.
pub(super) fn resolve(folder: &Path, name: &str, address: &str) {
    let hosts = folder.join("hosts");
    fs::write(&hosts, format!("127.0.0.1 localhost\n{address} {name}\n")).unwrap();
    // One that is there already may be of a folder that is gone.
    let _ = Command::new("umount").arg("/etc/hosts").output();
    let mut mount = Command::new("mount");
    mount.arg("--bind").arg(&hosts).arg("/etc/hosts");
    assert!(mount.status().unwrap().success());
}

/// Whether there is IPv6 here; says so where there is none.
pub(super) fn has_ipv6(test: &str) -> bool {
    let there = Path::new("/proc/sys/net/ipv6").exists();
    if !there {
        skip(test, "this machine has no IPv6");
    }
    there
}
