//! The host of virtual machines: a switch inside it, with real dnsmasq as DHCP and DNS server, doing what
//! Windows' Internet Connection Sharing does for the VMs on Hyper-V's Default Switch.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;

use crate::support::install;
use crate::support::netns;
use crate::support::netns::wait_for;

/// A switch that has only virtual machines behind it, by its name.
pub(super) const SWITCH: &str = "virbr0";
const RESOLVER: &str = "127.0.0.53";

/// `Year Month DayOfWeek Day Hour Minute Second Millisecond`, which `date` knows.
const MOMENT: &str = "+%Y %-m %w %-d %-H %-M %-S %3N";

/// A network that the switch may get.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    /// The host's own address.
    pub(super) own: &'static str,
    prefix: u8,
    range: &'static str,
    mask: &'static str,
}

const fn of_20(own: &'static str, range: &'static str) -> Network {
    Network {
        own,
        prefix: 20,
        range,
        mask: "255.255.240.0",
    }
}

const fn of_24(own: &'static str, range: &'static str) -> Network {
    Network {
        own,
        prefix: 24,
        range,
        mask: "255.255.255.0",
    }
}

/// Networks that the Default Switch had, one after the other.
pub(super) const LARGE: [Network; 3] = [
    of_20("172.28.32.1", "172.28.32.2,172.28.47.254"),
    of_20("172.19.0.1", "172.19.0.2,172.19.15.254"),
    of_20("172.30.112.1", "172.30.112.2,172.30.127.254"),
];

/// Smaller ones, where all addresses are tried.
pub(super) const SMALL: [Network; 3] = [
    of_24("172.28.32.1", "172.28.32.2,172.28.32.254"),
    of_24("172.19.0.1", "172.19.0.2,172.19.0.254"),
    of_24("172.30.112.1", "172.30.112.2,172.30.112.254"),
];

/// What the DHCP server knows when it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leases {
    /// Nothing.
    Fresh,
    /// Whom it gave addresses before, in networks that are gone.
    Kept,
}

pub(super) struct Host {
    folder: PathBuf,
    server: Option<Child>,
}

impl Host {
    /// The host boots for the first time. Its resolver is that of the namespace.
    pub(super) fn boot(folder: &Path, network: Network) -> Self {
        let resolv = folder.join("resolv.conf");
        let text = format!("nameserver {RESOLVER}\noptions timeout:1 attempts:1\n");
        fs::write(&resolv, text).unwrap();
        let resolv = resolv.to_str().unwrap();
        netns::tool(&["mount", "--bind", resolv, "/etc/resolv.conf"]);
        netns::tool(&["ip", "link", "add", SWITCH, "type", "bridge"]);
        let mut host = Self {
            folder: folder.to_owned(),
            server: None,
        };
        host.install_sharing();
        fs::write(host.former_leases(), "").unwrap();
        let header = "# Copyright (c) 1993-2001 Microsoft Corp.\r\n#\r\n\r\n";
        fs::write(host.hosts_ics(), header).unwrap();
        host.start(network);
        host
    }

    /// The host boots again: its switch has another network.
    pub(super) fn reboot(&mut self, network: Network, leases: Leases) {
        self.stop();
        fs::copy(self.leases(), self.former_leases()).unwrap();
        netns::tool(&["ip", "address", "flush", "dev", SWITCH]);
        forget_neighbours();
        if leases == Leases::Fresh {
            fs::remove_file(self.leases()).unwrap();
        }
        self.start(network);
    }

    /// The lease file of dnsmasq.
    pub(super) fn leases(&self) -> PathBuf {
        self.folder.join("dnsmasq.leases")
    }

    /// What it was before the last boot: a file that another program left behind.
    pub(super) fn former_leases(&self) -> PathBuf {
        self.folder.join("former.leases")
    }

    /// The lease file of Internet Connection Sharing. Lines of networks that are gone stay in it.
    pub(super) fn hosts_ics(&self) -> PathBuf {
        self.folder.join("hosts.ics")
    }

    /// The files that name the VMs, as text.
    pub(super) fn names(&self) -> [String; 2] {
        [self.leases(), self.hosts_ics()].map(|path| fs::read_to_string(path).unwrap_or_default())
    }

    /// Waits until both files have an address.
    pub(super) fn wait_until_named(&self, address: Ipv4Addr) {
        let address = format!("{address} ");
        wait_for("a lease in the files of the host", || {
            self.names().iter().all(|text| text.contains(&address))
        });
    }

    /// The script that dnsmasq calls for each lease, with `add`, hardware address, address and name: it adds a
    /// line, which is good for a week.
    fn install_sharing(&self) {
        let script = format!(
            "#!/bin/sh\n\
             [ \"$1\" = add ] && [ -n \"$4\" ] || exit 0\n\
             printf '%s %s.mshome.net # %s\\r\\n' \"$3\" \"$4\" \
             \"$(date -u -d '7 days' '{MOMENT}')\" >> '{}'\n",
            self.hosts_ics().display()
        );
        install("/dev/stdin", script.as_bytes(), &self.sharing());
    }

    fn sharing(&self) -> PathBuf {
        self.folder.join("sharing")
    }

    fn start(&mut self, network: Network) {
        let own = format!("{}/{}", network.own, network.prefix);
        netns::tool(&["ip", "address", "add", &own, "dev", SWITCH]);
        netns::tool(&["ip", "link", "set", SWITCH, "up"]);
        // Its own line is good for five years.
        let until = netns::tool(&["date", "-u", "-d", "5 years", MOMENT]);
        let mut text = fs::read_to_string(self.hosts_ics()).unwrap();
        let line = format!("{} DESKTOP.mshome.net # {}\r\n", network.own, until.trim());
        text.push_str(&line);
        fs::write(self.hosts_ics(), text).unwrap();
        self.serve(network);
    }

    fn serve(&mut self, network: Network) {
        let log = self.folder.join("dnsmasq.log");
        let Network { range, mask, .. } = network;
        // Otherwise it changes its groups, which root in a user namespace may not.
        let server = netns::command(&["dnsmasq", "--no-daemon", "--conf-file=/dev/null"])
            .args([
                "--bind-interfaces",
                "--no-resolv",
                "--no-hosts",
                "--no-ping",
            ])
            .args(["--domain=mshome.net", "--dhcp-fqdn", "--local=/mshome.net/"])
            .arg(format!("--interface={SWITCH}"))
            .arg(format!("--listen-address={RESOLVER}"))
            .arg("--dhcp-authoritative")
            .arg(format!("--dhcp-range={range},{mask},168h"))
            .arg(format!("--dhcp-leasefile={}", self.leases().display()))
            .arg(format!("--dhcp-script={}", self.sharing().display()))
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        self.server = Some(server);
        // Said once its ports are open and the leases are read.
        wait_for("dnsmasq", || {
            fs::read_to_string(&log).is_ok_and(|text| text.contains("started, version"))
        });
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = server.id().to_string();
            let _ = netns::command(&["kill", &id]).status();
            let _ = server.wait();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until the kernel says that somebody is on the switch. It does so at most once a second (Linux
/// `net/core/link_watch.c`), and packets pass before.
pub(super) fn wait_until_up() {
    let path = format!("/sys/class/net/{SWITCH}/operstate");
    wait_for("the switch", || {
        fs::read_to_string(&path).is_ok_and(|state| state == "up\n")
    });
}

/// Whoever is on the switch is unknown to the kernel from now on.
pub(super) fn forget_neighbours() {
    netns::tool(&["ip", "neigh", "flush", "dev", SWITCH]);
}
