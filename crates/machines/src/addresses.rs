//! Where a machine may be reached: claims to be proved, the likely first.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::MachineError;
use crate::lxd;
use crate::machine::Machine;
use crate::machine::Privilege;
use crate::multipass;
use crate::place::Place;
use crate::quote::visible;
use crate::script::Script;

/// `hostname -I` is Debian's; busybox has another `hostname`, and macOS has neither.
const SCRIPT: Script = Script::new(
    "ask for addresses",
    "LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
echo :addresses
hostname -I 2>/dev/null || ip -o addr show scope global 2>/dev/null
echo :end
",
);

/// The most addresses that are kept.
const MOST: usize = 64;

/// Asks whoever knows.
pub(crate) async fn ask(machine: &Machine) -> Result<Vec<IpAddr>, MachineError> {
    let place = machine.place();
    Ok(match place {
        Place::Folder(_) => vec![],
        Place::Multipass(name) => sorted(multipass_info(machine, name).await?.addresses),
        Place::Lxd(name) => {
            sorted(lxd_list(machine, "lxc", machine.programs().lxc.as_deref(), name).await?)
        }
        Place::Incus(name) => {
            sorted(lxd_list(machine, "incus", machine.programs().incus.as_deref(), name).await?)
        }
        Place::Wsl(_) => sorted(inside(machine).await?),
        Place::Ssh { .. } => {
            let host = place.ssh_host().and_then(|host| host.parse().ok());
            let mut found: Vec<IpAddr> = host.into_iter().collect();
            for address in sorted(inside(machine).await?) {
                if !found.contains(&address) {
                    found.push(address);
                }
            }
            found
        }
        Place::Local => {
            let mut found = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
            // Without a shell or without Linux, this is all there is to say.
            if let Ok(own) = inside(machine).await {
                found.extend(sorted(own));
            }
            found
        }
    })
}

/// What Multipass says about the instance.
pub(crate) async fn multipass_info(
    machine: &Machine,
    name: &str,
) -> Result<multipass::Instance, MachineError> {
    let place = machine.place();
    let program = machine.programs().multipass.as_deref();
    let json = machine
        .ask("multipass", program, &["info", name, "--format", "json"])
        .await?;
    let instances = multipass::parse(&json).map_err(|why| MachineError::Garbled {
        place: place.clone(),
        why,
    })?;
    let instance = instances.into_iter().find(|instance| instance.name == name);
    instance.ok_or_else(|| MachineError::NoSuchMachine {
        place: place.clone(),
        said: "Multipass does not list it".to_owned(),
    })
}

/// `list` takes a pattern; of what it lists, one has the very name.
async fn lxd_list(
    machine: &Machine,
    called: &'static str,
    program: Option<&Path>,
    name: &str,
) -> Result<Vec<IpAddr>, MachineError> {
    let place = machine.place();
    let json = machine
        .ask(called, program, &["list", name, "--format", "json"])
        .await?;
    let instances = lxd::parse(&json).map_err(|why| MachineError::Garbled {
        place: place.clone(),
        why,
    })?;
    let wanted = name.rsplit(':').next().unwrap_or(name);
    let instance = instances
        .into_iter()
        .find(|instance| instance.name == wanted);
    let instance = instance.ok_or_else(|| MachineError::NoSuchMachine {
        place: place.clone(),
        said: format!("`{called}` does not list it"),
    })?;
    if !instance.runs() {
        return Err(MachineError::NotRunning {
            place: place.clone(),
            state: visible(&instance.status),
        });
    }
    Ok(instance.addresses)
}

/// Asks the machine itself.
async fn inside(machine: &Machine) -> Result<Vec<IpAddr>, MachineError> {
    let output = machine
        .run(SCRIPT, &Zeroizing::new(vec![]), Privilege::AsIs)
        .await?;
    if output.code != Some(0) {
        return Err(machine.failed(SCRIPT.name(), &output));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// The words that are addresses, between the marks of the script.
pub(crate) fn parse(output: &str) -> Vec<IpAddr> {
    output
        .lines()
        .skip_while(|line| line.trim() != ":addresses")
        .take_while(|line| line.trim() != ":end")
        .flat_map(words)
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// All words of `hostname -I`; of `ip -o addr` the one behind `inet` or `inet6`, without its prefix length
/// (the broadcast address comes later).
fn words(line: &str) -> Vec<&str> {
    let mut words = line.split_whitespace();
    if words.any(|word| word == "inet" || word == "inet6") {
        let address = words.next().unwrap_or_default();
        return vec![address.split('/').next().unwrap_or(address)];
    }
    line.split_whitespace().collect()
}

/// Without what leads nowhere; with what is the same on every machine at the end: Docker's bridge and
/// Calico's addresses (canonical/microk8s#4348).
pub(crate) fn sorted(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut kept: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if kept.len() < MOST && is_global(address) && !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept.sort_by_key(|address| is_of_containers(*address));
    kept
}

fn is_global(address: IpAddr) -> bool {
    // The rest of 127.0.0.0/8 is given to machines on purpose, as tests and demos do.
    let own =
        address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST);
    let special = own || address.is_unspecified() || address.is_multicast();
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !special && !link_local
}

/// Whether an address is of a network inside the node, which every node has alike: Docker's bridge, and the
/// pods of MicroK8s.
pub fn is_of_containers(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => matches!(address.octets(), [172, 17, 0, 1] | [10, 1, _, _]),
        IpAddr::V6(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(output: &str) -> String {
        let shown: Vec<_> = sorted(parse(output))
            .iter()
            .map(ToString::to_string)
            .collect();
        shown.join(" ")
    }

    /// Of an Ubuntu 22.04 guest with MicroK8s and Docker (canonical/microk8s#4348), an IPv6 address added.
    #[test]
    fn reads_hostname() {
        assert_eq!(
            shown(
                "hello 9.9.9.9\n:addresses\n172.17.0.1 10.1.76.0 169.254.1.1 172.28.40.7 \
                 fd00::7 fe80::1 172.28.40.7 \n:end\n"
            ),
            "172.28.40.7 fd00::7 172.17.0.1 10.1.76.0"
        );
    }

    /// Recorded from iproute2 6.1, numbers changed.
    #[test]
    fn reads_ip() {
        let output = "\
:addresses
2: eth0    inet 172.28.40.7/20 brd 172.28.47.255 scope global dynamic eth0\\       valid_lft 80000sec preferred_lft 80000sec
2: eth0    inet6 fd00::7/64 scope global dynamic mngtmpaddr noprefixroute \\       valid_lft 1734sec preferred_lft 1734sec
9: vxlan.calico    inet 10.1.76.0/32 scope global vxlan.calico\\       valid_lft forever preferred_lft forever
:end
";
        assert_eq!(shown(output), "172.28.40.7 fd00::7 10.1.76.0");
    }

    #[test]
    fn garbage_is_no_address() {
        assert_eq!(shown(""), "");
        assert_eq!(shown("10.0.0.1"), "");
        assert_eq!(shown(":addresses\nhostname: invalid option -- I\n:end"), "");
        assert_eq!(
            shown(":addresses\ninet\n0.0.0.0 127.0.0.1 ::1 224.0.0.1\n:end"),
            ""
        );
    }
}
