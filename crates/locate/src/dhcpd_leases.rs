//! `/var/db/dhcpd_leases`: whom macOS' own DHCP server (bootpd) gave addresses, among them every VM on a
//! shared network (Multipass, Lima, minikube, UTM).

use std::net::IpAddr;
use std::path::Path;

use crate::file;
use crate::found::Found;
use crate::mac::Mac;

/// More leases than the largest of its networks has addresses.
const MOST: usize = 1 << 16;

#[derive(Default)]
struct Lease {
    address: Option<IpAddr>,
    name: String,
    mac: Option<Mac>,
    granted: u64,
}

/// Reads the file's text, the newest lease first, wherever it stands. `hw_address` begins with the type of
/// hardware, and macOS drops zeros in it; `ff,…` is a DUID and no hardware address.
pub fn parse(text: &str) -> Vec<Found> {
    let mut leases: Vec<Lease> = Vec::new();
    let mut lease: Option<Lease> = None;
    for line in text.lines().map(str::trim) {
        match (line, line.split_once('=')) {
            ("{", _) => lease = Some(Lease::default()),
            ("}", _) => leases.extend(lease.take().filter(|_| leases.len() < MOST)),
            (_, Some((key, value))) => {
                if let Some(lease) = &mut lease {
                    lease.set(key, value);
                }
            }
            _ => {}
        }
    }
    leases.sort_by_key(|lease| std::cmp::Reverse(lease.granted));
    let found = |lease: Lease| Some(Found::at(lease.address?).named(&lease.name).mac(lease.mac));
    leases.into_iter().filter_map(found).collect()
}

impl Lease {
    fn set(&mut self, key: &str, value: &str) {
        match key {
            "ip_address" => self.address = value.parse().ok(),
            "name" => value.clone_into(&mut self.name),
            "hw_address" => self.mac = value.strip_prefix("1,").and_then(Mac::parse),
            "lease" => {
                let hex = value.strip_prefix("0x").unwrap_or(value);
                self.granted = u64::from_str_radix(hex, 16).unwrap_or_default();
            }
            _ => {}
        }
    }
}

/// Reads and parses the file; `named`: the user says that it is there.
///
/// # Errors
/// A text that says why it cannot be read.
pub async fn collect(path: &Path, named: bool) -> Result<Vec<Found>, String> {
    let bytes = file::of_source(path, "dhcpd_leases", named).await?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The form of kubernetes/minikube `pkg/drivers/common/dhcp/lease_test.go`, values changed: the same
    /// machine twice, the newer lease first in the file; a DUID; an address of IPv6.
    const REAL: &str = "\
{
\tname=microk8s-vm
\tip_address=192.168.105.7
\thw_address=1,8e:1:99:9c:54:b1
\tidentifier=1,8e:1:99:9c:54:b1
\tlease=0x697e1268
}
{
\tname=microk8s-vm
\tip_address=192.168.64.3
\thw_address=1,8e:1:99:9c:54:b1
\tidentifier=1,8e:1:99:9c:54:b1
\tlease=0x597e1268
}
{
\tname=ubuntu
\tip_address=192.168.64.4
\thw_address=ff,f1:f5:dd:7f:0:2:0:0:ab:11:cb:fb:8c:6e:5c:11:f3:c4
\tidentifier=ff,f1:f5:dd:7f:0:2:0:0:ab:11:cb:fb:8c:6e:5c:11:f3:c4
\tlease=0x637a5edd
}
";

    #[test]
    fn reads_real_leases_the_newest_first() {
        assert_eq!(
            shown(&parse(REAL)),
            [
                "192.168.105.7 microk8s-vm 8e:01:99:9c:54:b1",
                "192.168.64.4 ubuntu",
                "192.168.64.3 microk8s-vm 8e:01:99:9c:54:b1",
            ]
        );
    }

    #[test]
    fn passes_over_garbage_and_is_bounded() {
        for text in [
            "",
            "{",
            "}",
            "ip_address=10.0.0.1\n}",
            "{\nip_address=10.0.0\n}",
            "{\nip_address=10.0.0.1\n",
            "{\nname=x\n}\n",
            "\u{0}{\n=\n}",
        ] {
            assert_eq!(shown(&parse(text)), Vec::<String>::new(), "{text:?}");
        }
        assert_eq!(
            shown(&parse(
                "{\nip_address=10.0.0.1\nlease=zz\nhw_address=7,1\n}"
            )),
            ["10.0.0.1"]
        );
        assert_eq!(
            parse(&"{\nip_address=10.0.0.1\n}\n".repeat(MOST + 1)).len(),
            MOST
        );
    }
}
