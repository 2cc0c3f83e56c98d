//! A network of the test's own, in which this machine has the addresses that the test wants.

use std::fs;
use std::path::Path;

use crate::support::netns;
use crate::support::skip;

/// Runs `body` in a network of its own; `test` is its whole name. The loopback interface has these addresses there.
pub(super) fn with_addresses(test: &str, addresses: &[&str], body: impl FnOnce()) {
    netns::within(test, &["umount"], |_| {
        for address in addresses {
            netns::tool(&["ip", "address", "add", address, "dev", "lo"]);
        }
        body();
    });
}

/// The same, where sockets may be bound to any address below `fd00:7::/64` although none is this machine's own.
/// Where there is no IPv6, the test is skipped.
pub(super) fn with_ipv6(test: &str, body: impl FnOnce()) {
    if !Path::new("/proc/sys/net/ipv6").exists() {
        skip(test, "this machine has no IPv6");
        return;
    }
    netns::within(test, &[], |_| {
        netns::tool(&[
            "ip",
            "-6",
            "route",
            "add",
            "local",
            "fd00:7::/64",
            "dev",
            "lo",
        ]);
        fs::write("/proc/sys/net/ipv6/ip_nonlocal_bind", "1").unwrap();
        body();
    });
}

/// Inside: what the resolver knows.
pub(super) fn resolve(folder: &Path, name: &str, address: &str) {
    let hosts = folder.join("hosts");
    fs::write(&hosts, format!("127.0.0.1 localhost\n{address} {name}\n")).unwrap();
    // One that is there already may be of a folder that is gone.
    let _ = netns::command(&["umount", "/etc/hosts"]).output();
    netns::tool(&["mount", "--bind", hosts.to_str().unwrap(), "/etc/hosts"]);
}
