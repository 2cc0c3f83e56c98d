//! A VM whose address is another one after each boot of its host, as on Hyper-V's Default Switch: found
//! through each source alone, with real dnsmasq as the host's DHCP and DNS server.
//!
//! Each test has network, mount and process namespaces of its own.

mod host;
mod old_address;
mod reboots;
mod scene;
mod sources;
mod strangers;
mod vm;

use std::path::Path;

use crate::support::netns;
use scene::FIGURE;

/// Runs a test in there, and prints the figures that it prints.
fn within(test: &str, body: impl FnOnce(&Path)) {
    let programs = ["dnsmasq", "busybox", "date", "kill", "nft"];
    let printed = netns::within(test, &programs, body);
    for line in printed.unwrap_or_default().lines() {
        if let Some(figure) = line.strip_prefix(FIGURE) {
            println!("{test}:{figure}");
        }
    }
}

/// config.toml in which these sources are on, and no others.
fn only(keys: &[&str], more: &str) -> String {
    let lines = locate::Source::keys()
        .into_iter()
        .map(|key| format!("{key} = {}\n", keys.contains(&key)));
    let lines: String = lines.collect();
    format!("{more}[sources]\n{lines}")
}
