//! The sources of candidates, as a table: the one truth about them. docs/sources.md has the same rows.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

pub use crate::facts::Cost;
pub use crate::facts::Default;
pub use crate::facts::Facts;
pub use crate::facts::System;

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The kubeconfig entry itself.
    Entry,
    /// `--at ADDR`: the user says so.
    At,
    /// An address where this cluster was proved before.
    LastGood,
    /// The cluster's own list of its API servers, learnt while it answered.
    Member,
    /// `candidates = […]` in config.toml.
    Configured,
    /// The lease file of Windows' Internet Connection Sharing.
    HostsIcs,
    /// Lease files of dnsmasq.
    DnsmasqLeases,
    /// The lease file of macOS.
    DhcpdLeases,
    /// The system's resolver.
    Dns,
    /// The resolver, for the names that Internet Connection Sharing gives.
    Mshome,
    /// libvirt's leases, by file or `virsh`.
    Libvirt,
    /// `docker ps`.
    Docker,
    /// `podman ps`.
    Podman,
    /// `lxc list`.
    Lxd,
    /// `incus list`.
    Incus,
    /// `multipass info`.
    Multipass,
    /// `machine = …` in config.toml: the machine itself says where it is.
    Machine,
    /// `limactl list`.
    Lima,
    /// `wsl.exe`.
    Wsl,
    /// `colima list`.
    Colima,
    /// `minikube profile list`.
    Minikube,
    /// PowerShell's `Get-VMNetworkAdapter`.
    HyperV,
    /// The neighbour table of this machine.
    Neighbour,
    /// Multicast DNS.
    Mdns,
    /// Every address of a network, one by one.
    Sweep,
}

const EVERYWHERE: &[System] = &[System::Linux, System::Wsl, System::MacOs, System::Windows];
const UNIX: &[System] = &[System::Linux, System::Wsl, System::MacOs];
const LINUX: &[System] = &[System::Linux, System::Wsl];
const MAC: &[System] = &[System::MacOs];
const WINDOWS: &[System] = &[System::Windows, System::Wsl];

const fn row(source: Source, name: &'static str, stagger: u64, limit: u64) -> Facts {
    Facts {
        source,
        name,
        key: None,
        stagger: Duration::from_millis(stagger),
        limit: Duration::from_millis(limit),
        cost: Cost::Nothing,
        default: Default::On,
        systems: EVERYWHERE,
        needs: "",
        tells: "nothing to anybody",
        program: None,
        markers: &[],
        publishes: false,
    }
}

const fn file(source: Source, name: &'static str, key: &'static str) -> Facts {
    Facts {
        key: Some(key),
        cost: Cost::File,
        ..row(source, name, 0, 500)
    }
}

const fn program(
    source: Source,
    name: &'static str,
    key: &'static str,
    program: &'static str,
    stagger: u64,
    limit: u64,
) -> Facts {
    Facts {
        key: Some(key),
        cost: Cost::Process,
        program: Some(program),
        ..row(source, name, stagger, limit)
    }
}

/// All sources, cheapest first. Reading a file costs nothing; asking a resolver sends a packet; a program takes
/// from 20 ms (Docker) to two seconds (PowerShell) and may hang.
pub const SOURCES: &[Facts] = &[
    Facts {
        needs: "an entry",
        ..row(Source::Entry, "entry", 0, 1000)
    },
    Facts {
        default: Default::Asked,
        needs: "`--at ADDRESS`",
        ..row(Source::At, "--at", 0, 1000)
    },
    Facts {
        needs: "the cluster was proved before",
        ..row(Source::LastGood, "last good", 0, 0)
    },
    Facts {
        needs: "the cluster said, while it answered, where its other API servers are",
        ..row(Source::Member, "cluster", 0, 0)
    },
    Facts {
        default: Default::Configured,
        needs: "`candidates` of the cluster in config.toml",
        ..row(Source::Configured, "config.toml", 0, 0)
    },
    Facts {
        systems: WINDOWS,
        needs: "`hosts.ics` of Windows' Internet Connection Sharing; more of them by `hosts_ics`",
        ..file(Source::HostsIcs, "hosts.ics", "hosts_ics")
    },
    Facts {
        systems: LINUX,
        needs: "the right to read `dnsmasq.leases` of Multipass, LXD, Incus or libvirt (mostly root's); more of them by `dnsmasq_leases`",
        ..file(Source::DnsmasqLeases, "dnsmasq.leases", "dnsmasq_leases")
    },
    Facts {
        systems: MAC,
        needs: "`/var/db/dhcpd_leases`; more of them by `dhcpd_leases`",
        ..file(Source::DhcpdLeases, "dhcpd_leases", "dhcpd_leases")
    },
    Facts {
        key: Some("dns"),
        cost: Cost::Packet,
        needs: "a name: `host` in config.toml, or one that led to the cluster before",
        tells: "the name of the machine to the DNS server",
        ..row(Source::Dns, "DNS", 0, 1500)
    },
    Facts {
        key: Some("mshome"),
        cost: Cost::Packet,
        systems: WINDOWS,
        needs: "a name of the machine on record; `true` asks on other systems too",
        tells: "the name of the machine to the DNS server, which is Windows' own",
        ..row(Source::Mshome, "mshome.net", 0, 1500)
    },
    Facts {
        key: Some("mdns"),
        cost: Cost::Multicast,
        needs: "a name under `.local`: the entry's, `host` in config.toml, or one that led to the cluster before",
        tells: "the name of the machine to everybody in the local networks",
        ..row(Source::Mdns, "mdns", 0, 1500)
    },
    Facts {
        key: Some("neighbours"),
        cost: Cost::Process,
        needs: "the hardware address of the machine, on record since the cluster was proved in a network of this machine; `ip` or `arp`",
        ..row(Source::Neighbour, "neighbours", 0, 500)
    },
    Facts {
        systems: LINUX,
        cost: Cost::Processes,
        needs: "`/var/lib/libvirt/dnsmasq/*.status` (more by `libvirt_status`); where they say nothing, `virsh`",
        tells: "the question to this machine's libvirt, read-only",
        ..program(Source::Libvirt, "libvirt", "libvirt", "virsh", 10, 2000)
    },
    Facts {
        publishes: true,
        needs: "`docker`",
        tells: "the question to Docker's daemon, wherever its context says that it is",
        ..program(Source::Docker, "docker", "docker", "docker", 20, 2000)
    },
    Facts {
        publishes: true,
        needs: "`podman`",
        tells: "the question to Podman, on macOS and Windows to its machine",
        ..program(Source::Podman, "podman", "podman", "podman", 20, 2000)
    },
    Facts {
        systems: LINUX,
        // On Ubuntu `lxc` may be lxd-installer's, which installs LXD when it is run.
        markers: &[
            "/var/snap/lxd/common/lxd/unix.socket",
            "/var/snap/lxd/common/lxd-user/unix.socket",
            "/var/lib/lxd/unix.socket",
        ],
        needs: "`lxc` and the socket of LXD; `true` runs `lxc` without looking for the socket",
        tells: "the question to LXD, or to the remote that `lxc` uses by default",
        ..program(Source::Lxd, "lxd", "lxd", "lxc", 30, 2000)
    },
    Facts {
        needs: "`incus`",
        tells: "the question to Incus, or to the remote that `incus` uses by default",
        ..program(Source::Incus, "incus", "incus", "incus", 30, 2000)
    },
    Facts {
        needs: "`multipass`",
        tells: "the question to Multipass' daemon, which asks its machines",
        ..program(
            Source::Multipass,
            "multipass",
            "multipass",
            "multipass",
            30,
            2000,
        )
    },
    Facts {
        cost: Cost::Process,
        default: Default::Configured,
        needs: "`machine` of the cluster in config.toml",
        tells: "a login, or the question, to that machine only",
        ..row(Source::Machine, "machine", 30, 2400)
    },
    Facts {
        publishes: true,
        systems: UNIX,
        needs: "`limactl`",
        ..program(Source::Lima, "lima", "lima", "limactl", 40, 2000)
    },
    Facts {
        publishes: true,
        systems: WINDOWS,
        cost: Cost::Processes,
        needs: "`wsl.exe` and a distribution that runs",
        tells: "the question to the distributions that run",
        ..program(Source::Wsl, "wsl", "wsl", "wsl.exe", 40, 2200)
    },
    Facts {
        publishes: true,
        systems: UNIX,
        needs: "`colima`",
        ..program(Source::Colima, "colima", "colima", "colima", 60, 2200)
    },
    Facts {
        publishes: true,
        needs: "`minikube`",
        ..program(
            Source::Minikube,
            "minikube",
            "minikube",
            "minikube",
            60,
            2200,
        )
    },
    Facts {
        systems: WINDOWS,
        needs: "Hyper-V's PowerShell module, membership in Hyper-V Administrators, and integration services in the guest",
        tells: "the question to this machine's Hyper-V",
        ..program(
            Source::HyperV,
            "hyper-v",
            "hyper_v",
            "powershell.exe",
            80,
            2400,
        )
    },
    Facts {
        key: Some("sweep"),
        cost: Cost::Packets,
        needs: "a virtual switch of this machine that is up, and a cluster that had a private address; `--sweep` tries its local networks too",
        tells: "one connection to one port of each address",
        ..row(Source::Sweep, "sweep", 1000, 20_000)
    },
];

impl Source {
    /// Its row in the table.
    pub fn facts(self) -> &'static Facts {
        // The table holds every variant (see the test below); the first row is a harmless default.
        SOURCES
            .iter()
            .find(|facts| facts.source == self)
            .unwrap_or(&SOURCES[0])
    }

    /// Whether what it names is the user's own word, or was proved before: then it may be this machine.
    pub fn is_chosen(self) -> bool {
        matches!(
            self,
            Self::Entry
                | Self::At
                | Self::LastGood
                | Self::Member
                | Self::Configured
                | Self::Machine
        )
    }

    /// The source that config.toml calls so.
    pub fn of_key(key: &str) -> Option<Self> {
        let row = SOURCES.iter().find(|facts| facts.key == Some(key));
        row.map(|facts| facts.source)
    }

    /// The keys of `[sources]`, in alphabetical order.
    pub fn keys() -> Vec<&'static str> {
        let mut keys: Vec<_> = SOURCES.iter().filter_map(|facts| facts.key).collect();
        keys.sort_unstable();
        keys
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_source_has_its_row() {
        for source in [
            Source::Entry,
            Source::At,
            Source::LastGood,
            Source::Member,
            Source::Configured,
            Source::HostsIcs,
            Source::DnsmasqLeases,
            Source::DhcpdLeases,
            Source::Dns,
            Source::Mshome,
            Source::Libvirt,
            Source::Docker,
            Source::Podman,
            Source::Lxd,
            Source::Incus,
            Source::Multipass,
            Source::Machine,
            Source::Lima,
            Source::Wsl,
            Source::Colima,
            Source::Minikube,
            Source::HyperV,
            Source::Neighbour,
            Source::Mdns,
            Source::Sweep,
        ] {
            assert_eq!(source.facts().source, source);
        }
    }

    #[test]
    fn names_and_keys_are_unique_and_the_cheap_come_first() {
        let names: BTreeSet<_> = SOURCES.iter().map(|facts| facts.name).collect();
        assert_eq!(names.len(), SOURCES.len());
        let keys: BTreeSet<_> = Source::keys().into_iter().collect();
        assert_eq!(keys.len(), Source::keys().len());
        for key in keys {
            assert_eq!(Source::of_key(key).unwrap().facts().key, Some(key));
        }
        assert!(SOURCES.is_sorted_by_key(|facts| facts.stagger));
        // A sweep puts the deadline off.
        let longest = crate::Policy::default().deadline;
        assert!(
            SOURCES
                .iter()
                .filter(|facts| facts.source != Source::Sweep)
                .all(|facts| facts.stagger + facts.limit < longest)
        );
        assert!(SOURCES.iter().all(|facts| !facts.needs.is_empty()));
    }
}
