//! `dnsmasq.leases`: who got which address from dnsmasq, as Multipass (QEMU), LXD, Incus and libvirt run it.

use std::net::IpAddr;
use std::path::Path;

use crate::file;
use crate::found::Found;
use crate::mac::Mac;

/// More leases than the largest of its networks has addresses.
const MOST: usize = 1 << 16;

/// Reads the file's text, the newest lease first: `expiry mac address name client-id` a line (dnsmasq
/// `src/lease.c`, `lease_update_file`); `*` stands for an unknown name, expiry 0 for a lease without end. Of a
/// `DHCPv6` lease the second word is no hardware address. Leases of networks that are gone linger
/// (canonical/multipass `dnsmasq_server.cpp`), so of one machine's leases the newest comes first.
pub fn parse(text: &str) -> Vec<Found> {
    let mut leases: Vec<(u64, Found)> = text.lines().filter_map(line).take(MOST).collect();
    leases.sort_by_key(|(expiry, _)| std::cmp::Reverse(*expiry));
    leases.into_iter().map(|(_, found)| found).collect()
}

fn line(line: &str) -> Option<(u64, Found)> {
    let mut words = line.split_whitespace();
    let expiry: u64 = words.next()?.parse().ok()?;
    let mac = hardware(words.next()?);
    let address: IpAddr = words.next()?.trim_matches(['[', ']']).parse().ok()?;
    let name = words.next().filter(|name| *name != "*").unwrap_or_default();
    let expiry = if expiry == 0 { u64::MAX } else { expiry };
    Some((expiry, Found::at(address).named(name).mac(mac)))
}

/// `52:54:…`, or `06-52:54:…` with the type of hardware where that is not Ethernet.
fn hardware(word: &str) -> Option<Mac> {
    let (_, mac) = word.split_once('-').unwrap_or(("", word));
    Mac::parse(mac)
}

/// Reads and parses the file; `named`: the user says that it is there.
///
/// # Errors
/// A text that says why it cannot be read.
pub async fn collect(path: &Path, named: bool) -> Result<Vec<Found>, String> {
    let bytes = file::of_source(path, "dnsmasq.leases", named).await?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The form of dnsmasq 2.90's `lease_update_file`; the second of Multipass' own test data
    /// (canonical/multipass `tests/unit/qemu/linux/test_dnsmasq_server.cpp`), the rest with values changed.
    const REAL: &str = "\
1900000100 52:54:00:c8:ee:21 10.168.32.9 microk8s-vm ff:b5:5e:67:ff:00:02:00:00:ab:11:3c:47:4b:8b
0 52:54:00:bd:19:41 10.177.224.22 dummy_host 01:52:54:00:bd:19:41
1900000000 52:54:00:c8:ee:21 10.49.10.4 microk8s-vm *
1900000200 * 10.168.32.10 * *
duid 00:01:00:01:2c:4f:5a:6b:52:54:00:c8:ee:21
1900000050 13137313 fd42:1::7 vm6 00:01:00:01:2c:4f
";

    #[test]
    fn reads_real_leases_the_newest_first() {
        assert_eq!(
            shown(&parse(REAL)),
            [
                "10.177.224.22 dummy_host 52:54:00:bd:19:41",
                "10.168.32.10",
                "10.168.32.9 microk8s-vm 52:54:00:c8:ee:21",
                "fd42:1::7 vm6",
                "10.49.10.4 microk8s-vm 52:54:00:c8:ee:21",
            ]
        );
    }

    #[test]
    fn passes_over_garbage_and_is_bounded() {
        let text = "\n1\n1 2\n1 2 3\nx 52:54:00:00:00:01 10.0.0.1 a\n-1 a 10.0.0.1\n\u{0}\n99999999999999999999 a 10.0.0.1 b\n";
        assert_eq!(shown(&parse(text)), Vec::<String>::new());
        let many = "1 52:54:00:00:00:01 10.0.0.1 a\n".repeat(MOST + 1);
        assert_eq!(parse(&many).len(), MOST);
        let long = format!("1 * 10.0.0.1 {}", "x".repeat(1000));
        assert_eq!(shown(&parse(&long)), ["10.0.0.1"]);
    }
}
