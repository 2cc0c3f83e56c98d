//! A virtual machine that gets its address from a DHCP server, by a real client.

use std::fs;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;

use testnode::Cluster;
use testnode::Node;

use super::host::Host;
use super::host::SWITCH;
use super::host::wait_until_up;
use crate::support::install;
use crate::support::netns::Machine;
use crate::support::netns::find;

/// What the client does with a lease.
const SCRIPT: &str = "#!/bin/sh
case $1 in
deconfig) IP address flush dev \"$interface\" ;;
bound | renew)
    IP address add \"$ip/$mask\" dev \"$interface\" && IP route replace default via \"$router\" || exit
    echo \"$ip\" > LEASE
    ;;
esac
";

pub(super) struct Vm {
    pub(super) machine: Machine,
    name: &'static str,
    script: PathBuf,
    lease: PathBuf,
}

impl Vm {
    /// A machine with this name and hardware address, off.
    pub(super) fn new(host: &Host, name: &'static str, mac: &str) -> Self {
        let folder = host.leases();
        let file = |kind| folder.with_file_name(format!("{}.{kind}", mac.replace(':', "-")));
        let (script, lease) = (file("script"), file("lease"));
        let text = SCRIPT
            .replace("IP", find("ip").unwrap().to_str().unwrap())
            .replace("LEASE", lease.to_str().unwrap());
        install("/dev/stdin", text.as_bytes(), &script);
        Self {
            machine: Machine::plugged_into(SWITCH, mac),
            name,
            script,
            lease,
        }
    }

    /// It boots, and asks for an address.
    pub(super) fn boot(&self, host: &Host) -> Ipv4Addr {
        self.ask(host, &[])
    }

    /// It boots, and asks for this address, which it had in another life.
    pub(super) fn boot_at(&self, host: &Host, address: Ipv4Addr) {
        let given = self.ask(host, &["-r", &address.to_string()]);
        assert_eq!(given, address);
    }

    /// Nobody hears of it any more.
    pub(super) fn switch_off(&self) {
        self.machine.tool(&["ip", "link", "set", "eth0", "down"]);
    }

    /// It can boot again.
    pub(super) fn switch_on(&self) {
        self.machine.tool(&["ip", "link", "set", "eth0", "up"]);
    }

    fn ask(&self, host: &Host, more: &[&str]) -> Ipv4Addr {
        let name = format!("hostname:{}", self.name);
        let script = self.script.to_str().unwrap();
        // In the foreground, until there is a lease; twenty questions, one a second.
        let client = "busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -x";
        let mut line: Vec<&str> = client.split(' ').collect();
        line.extend([&name, "-s", script]);
        line.extend(more);
        self.machine.tool(&line);
        let text = fs::read_to_string(&self.lease).unwrap();
        let address = text.trim().parse().unwrap();
        host.wait_until_named(address);
        wait_until_up();
        address
    }

    /// An API server on it.
    pub(super) fn serve(&self, cluster: &Cluster, address: Ipv4Addr) -> Node {
        self.machine
            .within(|| Node::start(cluster, at(address)).unwrap())
    }
}

/// `MicroK8s`' port.
pub(super) fn at(address: Ipv4Addr) -> SocketAddr {
    SocketAddr::from((address, 16443))
}
