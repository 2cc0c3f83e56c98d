//! The neighbour table of this machine: which hardware address was seen at which address. Reading it sends
//! no packet. A virtual machine keeps its hardware address when it gets another IP address.

mod collect;

use std::net::IpAddr;
use std::net::Ipv4Addr;

pub use collect::collect;

use crate::mac::Mac;

/// More neighbours than a kernel keeps (Linux: 1,024 of each family, `gc_thresh3`).
const MOST_NEIGHBOURS: usize = 4096;

/// The bit of a complete entry in `/proc/net/arp`: `ATF_COM` of Linux' `if_arp.h`.
const COMPLETE: u32 = 0x2;

/// Entries that nobody answered for; the hardware address, if one is shown, is the last one known.
const DEAD: [&str; 4] = ["FAILED", "INCOMPLETE", "NONE", "(incomplete)"];

/// One entry of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address.
    pub address: IpAddr,
    /// Its hardware address.
    pub mac: Mac,
    /// The interface it was seen at, where the table names it. A link-local address means nothing without.
    pub interface: Option<String>,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours(Vec<Neighbour>);

impl Neighbours {
    /// All of them, each address once for each interface.
    pub fn all(&self) -> &[Neighbour] {
        &self.0
    }

    /// Where a hardware address was seen: addresses that mean something by themselves, no link-local ones.
    pub fn addresses_of(&self, mac: Mac) -> Vec<IpAddr> {
        let of_mac = self.0.iter().filter(|neighbour| neighbour.mac == mac);
        let mut addresses: Vec<IpAddr> = Vec::new();
        for neighbour in of_mac {
            if !is_link_local(neighbour.address) && !addresses.contains(&neighbour.address) {
                addresses.push(neighbour.address);
            }
        }
        addresses
    }

    /// The hardware address at an address. None where two interfaces disagree: two networks use the same
    /// addresses, and nothing says which is meant.
    pub fn mac_of(&self, address: IpAddr) -> Option<Mac> {
        let mut macs = self
            .0
            .iter()
            .filter(|n| n.address == address)
            .map(|n| n.mac);
        let mac = macs.next()?;
        macs.all(|other| other == mac).then_some(mac)
    }

    fn add(&mut self, neighbour: Option<Neighbour>) {
        let Some(neighbour) = neighbour else { return };
        let usable = neighbour.mac.is_usable()
            && !neighbour.address.is_unspecified()
            && !neighbour.address.is_multicast()
            && !neighbour.address.is_loopback()
            && neighbour.address != IpAddr::V4(Ipv4Addr::BROADCAST);
        let same = |known: &Neighbour| {
            (known.address, &known.interface) == (neighbour.address, &neighbour.interface)
        };
        if usable && self.0.len() < MOST_NEIGHBOURS && !self.0.iter().any(same) {
            self.0.push(neighbour);
        }
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// Reads Linux' `/proc/net/arp`: IPv4 only.
pub fn parse_proc(text: &str) -> Neighbours {
    let mut table = Neighbours::default();
    for line in text.lines().take(MOST_NEIGHBOURS) {
        table.add(proc_line(line));
    }
    table
}

/// `IP address  HW type  Flags  HW address  Mask  Device`.
fn proc_line(line: &str) -> Option<Neighbour> {
    let mut words = line.split_whitespace();
    let address = words.next()?.parse().ok()?;
    let flags = words.nth(1)?.strip_prefix("0x")?;
    let complete = u32::from_str_radix(flags, 16).ok()? & COMPLETE != 0;
    let mac = Mac::parse(words.next()?)?;
    let interface = words.nth(1).map(str::to_owned);
    complete.then_some(Neighbour {
        address,
        mac,
        interface,
    })
}

/// Reads what `arp -an` (macOS), `arp -a` (Windows, in any language) and `ip neigh` (Linux, busybox) print.
/// All have an address, then a hardware address, in one line; headers and titles do not.
pub fn parse(text: &str) -> Neighbours {
    let mut table = Neighbours::default();
    for line in text.lines().take(4 * MOST_NEIGHBOURS) {
        table.add(table_line(line));
    }
    table
}

fn table_line(line: &str) -> Option<Neighbour> {
    let words: Vec<&str> = line.split_whitespace().take(16).collect();
    if words.iter().any(|word| DEAD.contains(word)) {
        return None;
    }
    // The address is the first word, or the second, in parentheses, after a name or `?`.
    let (place, (address, zone)) = words
        .iter()
        .take(2)
        .enumerate()
        .find_map(|(place, word)| Some((place, address_and_zone(word)?)))?;
    let rest = words.get(place + 1..)?;
    let mac = rest.iter().find_map(|word| Mac::parse(word))?;
    let named = |key: &str| rest.iter().skip_while(|word| **word != key).nth(1).copied();
    let interface = zone.or_else(|| named("on")).or_else(|| named("dev"));
    Some(Neighbour {
        address,
        mac,
        interface: interface.map(str::to_owned),
    })
}

/// `192.168.64.3`, `(192.168.64.3)`, `fe80::1%en0`.
fn address_and_zone(word: &str) -> Option<(IpAddr, Option<&str>)> {
    let word = word
        .strip_prefix('(')
        .and_then(|word| word.strip_suffix(')'))
        .unwrap_or(word);
    match word.split_once('%') {
        Some((address, zone)) => Some((address.parse().ok()?, Some(zone))),
        None => Some((word.parse().ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(table: &Neighbours) -> Vec<String> {
        let show = |n: &Neighbour| {
            format!(
                "{} {} {}",
                n.address,
                n.mac,
                n.interface.as_deref().unwrap_or("-")
            )
        };
        table.all().iter().map(show).collect()
    }

    /// The shape is that of Linux' `net/ipv4/arp.c`, `arp_format_neigh_entry`; taken from a Linux 6.18.
    const PROC: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.168.122.31   0x1         0x0         00:00:00:00:00:00     *        virbr0
192.168.122.32   0x1         0x0         52:54:00:a4:6f:92     *        virbr0
192.168.122.197  0x1         0x2         52:54:00:a4:6f:91     *        virbr0
192.168.122.198  0x1         0x6         52:54:00:A4:6F:93     *        virbr0
";

    #[test]
    fn reads_proc_without_what_nobody_answered_for() {
        assert_eq!(
            show(&parse_proc(PROC)),
            [
                "192.0.2.1 02:fc:00:00:00:05 eth0",
                "192.168.122.197 52:54:00:a4:6f:91 virbr0",
                "192.168.122.198 52:54:00:a4:6f:93 virbr0",
            ]
        );
    }

    /// Taken from `ip -6 neigh show` of iproute2 6.1.
    const IP: &str = "\
fd00::1 dev eth0 FAILED 
fd00::7 dev eth0 lladdr 52:54:00:a4:6f:91 REACHABLE 
fd00::8 dev eth0 lladdr 52:54:00:a4:6f:92 FAILED 
fe80::5054:ff:fea4:6f91 dev virbr0 lladdr 52:54:00:a4:6f:91 router STALE 
fd00::9 dev eth0  INCOMPLETE 
10.0.0.9 dev eth0 lladdr 52:54:00:a4:6f:93 used 0/0/0 probes 1 STALE
ff02::1 dev eth0 lladdr 33:33:00:00:00:01 NOARP
";

    #[test]
    fn reads_ip_neigh() {
        assert_eq!(
            show(&parse(IP)),
            [
                "fd00::7 52:54:00:a4:6f:91 eth0",
                "fe80::5054:ff:fea4:6f91 52:54:00:a4:6f:91 virbr0",
                "10.0.0.9 52:54:00:a4:6f:93 eth0",
            ]
        );
    }

    /// The shape that Multipass parses (`src/platform/backends/shared/macos/backend_utils.cpp`), and that of
    /// Apple's `network_cmds/arp.tproj/arp.c` for the rest.
    const MACOS: &str = "\
? (192.168.64.3) at 52:54:0:85:72:55 on bridge100 ifscope [bridge]
? (192.168.64.9) at (incomplete) on bridge100 ifscope [bridge]
router.lan (192.168.1.1) at 0:11:22:3:44:55 on en0 ifscope [ethernet]
? (192.168.1.255) at ff:ff:ff:ff:ff:ff on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
";

    #[test]
    fn reads_arp_of_macos() {
        assert_eq!(
            show(&parse(MACOS)),
            [
                "192.168.64.3 52:54:00:85:72:55 bridge100",
                "192.168.1.1 00:11:22:03:44:55 en0",
            ]
        );
    }

    /// The shape of Microsoft's documentation of `arp`; titles in two languages.
    const WINDOWS: &str = "\r
Interface: 192.168.1.10 --- 0x5\r
  Internet Address      Physical Address      Type\r
  192.168.1.1           00-11-22-33-44-55     dynamic   \r
  192.168.1.255         ff-ff-ff-ff-ff-ff     static    \r
  224.0.0.22            01-00-5e-00-00-16     static    \r
\r
Schnittstelle: 172.28.32.1 --- 0x1b\r
  Internetadresse       Physische Adresse     Typ\r
  172.28.42.219         00-15-5d-01-0a-09     dynamisch \r
  172.28.42.220         00-00-00-00-00-00     ung\u{fffd}ltig \r
";

    #[test]
    fn reads_arp_of_windows_in_any_language() {
        assert_eq!(
            show(&parse(WINDOWS)),
            [
                "192.168.1.1 00:11:22:33:44:55 -",
                "172.28.42.219 00:15:5d:01:0a:09 -",
            ]
        );
    }

    #[test]
    fn finds_a_machine_by_its_hardware_address() {
        let table = parse(IP);
        let mac = Mac::parse("52:54:0:a4:6f:91").unwrap();
        assert_eq!(
            table.addresses_of(mac),
            ["fd00::7".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(table.mac_of("fd00::7".parse().unwrap()), Some(mac));
        assert_eq!(table.mac_of("fd00::8".parse().unwrap()), None);
        let zoned = parse("fe80::1%en0 0:11:22:3:44:55 en0 23h59m59s S R\n");
        assert_eq!(show(&zoned), ["fe80::1 00:11:22:03:44:55 en0"]);
    }

    #[test]
    fn two_networks_with_the_same_addresses_name_nobody() {
        let table = parse(
            "10.0.0.2 dev a lladdr 52:54:00:00:00:01 STALE\n10.0.0.2 dev b lladdr 52:54:00:00:00:02 STALE\n",
        );
        assert_eq!(table.all().len(), 2);
        assert_eq!(table.mac_of("10.0.0.2".parse().unwrap()), None);
    }

    #[test]
    fn garbage_is_nobody_and_too_much_is_bounded() {
        let junk = "\u{0}\u{fffd}\n52:54:00:a4:6f:91\n10.0.0.1\n(10.0.0.1\n10.0.0.1 at\n% 52:54:00:a4:6f:91\n1.2.3.4%\n0.0.0.0 52:54:00:a4:6f:91\n127.0.0.1 52:54:00:a4:6f:91\n";
        assert_eq!(parse(junk), Neighbours::default());
        assert_eq!(parse_proc(junk), Neighbours::default());
        let line = |n: u32| format!("10.1.{}.{} 52:54:00:a4:6f:91", n / 250, n % 250 + 1);
        let many: Vec<String> = (0..5000).map(line).collect();
        assert_eq!(parse(&many.join("\n")).all().len(), MOST_NEIGHBOURS);
    }
}
