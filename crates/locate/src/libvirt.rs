//! libvirt's networks: the `.status` files that its DHCP helper writes, else `virsh net-dhcp-leases`.

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use crate::file;
use crate::found::Found;
use crate::json;
use crate::mac::Mac;
use crate::program;

/// More networks than a machine has, of which each costs a process.
const MOST_NETWORKS: usize = 8;
/// More leases than the largest network has addresses.
const MOST: usize = 1 << 16;

/// `qemu:///system` is where VMs have networks; without it, an ordinary user is led to a session of his own.
/// Read-only needs no password.
const SYSTEM: [&str; 3] = ["--connect", "qemu:///system", "--readonly"];

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lease {
    ip_address: String,
    #[serde(default)]
    mac_address: String,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    expiry_time: u64,
}

/// Reads a `.status` file (libvirt `src/network/leaseshelper.c`), the newest lease first. Empty means that
/// there is no lease.
///
/// # Errors
/// A text when it is something else.
pub fn parse_status(bytes: &[u8]) -> Result<Vec<Found>, String> {
    let mut leases: Vec<Lease> = json::objects(bytes, "libvirt's .status")
        .map_err(|_| "not what libvirt writes into a .status file".to_owned())?;
    leases.sort_by_key(|lease| std::cmp::Reverse(lease.expiry_time));
    let found = |lease: Lease| {
        let found = Found::at(lease.ip_address.parse().ok()?);
        Some(
            found
                .named(&lease.hostname)
                .mac(Mac::parse(&lease.mac_address)),
        )
    };
    Ok(leases.into_iter().filter_map(found).collect())
}

/// Reads the table of `virsh net-dhcp-leases`: `date time mac protocol address/prefix hostname client-id`,
/// `-` for what is unknown (libvirt `tools/virsh-network.c`). Header and rule are no leases.
pub fn parse_table(text: &str) -> Vec<Found> {
    let line = |line: &str| {
        let mut words = line.split_whitespace().skip(2);
        let mac = Mac::parse(words.next()?);
        let address = words.nth(1)?;
        let address: IpAddr = address.split('/').next()?.parse().ok()?;
        let name = words.next().filter(|name| *name != "-").unwrap_or_default();
        Some(Found::at(address).named(name).mac(mac))
    };
    text.lines().filter_map(line).take(MOST).collect()
}

/// Reads the files; where they say nothing, asks `virsh`, if there is one. `named` are those of the settings.
///
/// # Errors
/// A text that names file or program, and says what failed.
pub async fn collect(
    places: &[(PathBuf, bool)],
    virsh: Option<&Path>,
) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    let mut failure = None;
    for (place, named) in places {
        for path in file::beneath(place, ".status", MOST_NETWORKS).await {
            let read = file::of_source(&path, ".status of libvirt", *named).await;
            let parsed = read.and_then(|bytes| {
                parse_status(&bytes).map_err(|why| format!("{}: {why}", path.display()))
            });
            match parsed {
                Ok(leases) => found.extend(leases),
                Err(why) => failure = Some(why),
            }
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    match (virsh, failure) {
        (Some(virsh), _) => by_virsh(virsh).await,
        (None, Some(why)) => Err(why),
        (None, None) => Ok(found),
    }
}

async fn by_virsh(virsh: &Path) -> Result<Vec<Found>, String> {
    let ask = |arguments: Vec<String>| async move {
        let arguments: Vec<&str> = SYSTEM
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect();
        let output = program::run(virsh, &arguments).await?;
        Ok::<_, String>(String::from_utf8_lossy(&output).into_owned())
    };
    let listed = ask(vec!["net-list".to_owned(), "--name".to_owned()]).await?;
    let networks = listed
        .lines()
        .map(str::trim)
        // A name from outside must not be taken for an option.
        .filter(|name| !name.is_empty() && !name.starts_with('-'))
        .take(MOST_NETWORKS);
    let asked = networks.map(|name| ask(vec!["net-dhcp-leases".to_owned(), name.to_owned()]));
    let mut found = Vec::new();
    for table in futures_util::future::join_all(asked).await {
        found.extend(parse_table(&table?));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// libvirt's own `tests/nssdata/virbr0.status`, shortened; `client-id` as its leaseshelper adds it.
    const STATUS: &str = r#"[
    {
        "ip-address": "192.168.122.197",
        "mac-address": "52:54:00:a4:6f:91",
        "hostname": "fedora",
        "client-id": "ff:00:a4:6f:91:00:01",
        "expiry-time": 1900000000
    },
    {
        "ip-address": "192.168.122.2",
        "mac-address": "52:54:00:11:22:33",
        "expiry-time": 2000000000
    }
]
"#;

    /// libvirt 8, from users' posts; host names changed.
    const TABLE: &str = "
 Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID
------------------------------------------------------------------------------------------------------------
 2020-10-21 21:04:14   52:54:00:90:ca:e0   ipv4       192.168.122.240/24   -          01:52:54:00:90:ca:e0
 2025-04-18 22:20:15   52:54:00:37:3e:bc   ipv4       192.168.122.212/24   node1      ff:56:50:4d:98:00:02

";

    #[test]
    fn reads_status_files() {
        assert_eq!(
            shown(&parse_status(STATUS.as_bytes()).unwrap()),
            [
                "192.168.122.2 52:54:00:11:22:33",
                "192.168.122.197 fedora 52:54:00:a4:6f:91",
            ]
        );
        assert_eq!(parse_status(b"").unwrap(), []);
        assert_eq!(parse_status(b"[]").unwrap(), []);
        for text in ["x", "{}", "[3]", "[{\"ip-address\": 3}]"] {
            assert!(parse_status(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_the_table_of_virsh() {
        assert_eq!(
            shown(&parse_table(TABLE)),
            [
                "192.168.122.240 52:54:00:90:ca:e0",
                "192.168.122.212 node1 52:54:00:37:3e:bc",
            ]
        );
        assert_eq!(parse_table("error: x\n1 2 3 4 5 6\n\u{0}\n"), []);
    }
}
