//! `/proc/net/route` and `/proc/net/arp` (proc(5)).

use std::net::Ipv4Addr;

use super::Neighbour;
use super::Tables;

pub(super) fn tables(to: Ipv4Addr) -> Tables {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let (interface, gateway) = route(&read("/proc/net/route"), to).unzip();
    Tables {
        interface,
        gateway: gateway.filter(|gateway| !gateway.is_unspecified()),
        neighbour: neighbour(&read("/proc/net/arp"), to),
    }
}

/// The interface and gateway of the most specific route, the one of the lowest metric among equals.
fn route(text: &str, to: Ipv4Addr) -> Option<(String, Ipv4Addr)> {
    let mut best: Option<(u32, u32, String, Ipv4Addr)> = None;
    for line in text.lines().skip(1) {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let [
            interface,
            destination,
            gateway,
            flags,
            _,
            _,
            metric,
            mask,
            ..,
        ] = words.as_slice()
        else {
            continue;
        };
        // In the byte order of the machine, which stands for network order in memory.
        let hex = |text: &str| Some(u32::from_str_radix(text, 16).ok()?.to_ne_bytes());
        let (Some(destination), Some(gateway), Some(mask)) =
            (hex(destination), hex(gateway), hex(mask))
        else {
            continue;
        };
        let is_up = u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        let mask = u32::from_be_bytes(mask);
        if !is_up || to.to_bits() & mask != u32::from_be_bytes(destination) {
            continue;
        }
        let metric = metric.parse().unwrap_or(u32::MAX);
        let better = best
            .as_ref()
            .is_none_or(|(known, cost, ..)| mask > *known || (mask == *known && metric < *cost));
        if better {
            best = Some((mask, metric, (*interface).to_owned(), gateway.into()));
        }
    }
    best.map(|(.., interface, gateway)| (interface, gateway))
}

fn neighbour(text: &str, of: Ipv4Addr) -> Option<Neighbour> {
    text.lines().skip(1).find_map(|line| {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let [address, _, flags, mac, ..] = words.as_slice() else {
            return None;
        };
        if address.parse() != Ok(of) {
            return None;
        }
        // ATF_COM: the entry is complete.
        let flags = u32::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
        if flags & 2 == 0 {
            return Some(Neighbour::Nobody);
        }
        let mut bytes = mac.split(':').map(|byte| u8::from_str_radix(byte, 16));
        let mut mac = [0; 6];
        for byte in &mut mac {
            *byte = bytes.next()?.ok()?;
        }
        Some(Neighbour::Mac(mac))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The form of Linux 6.18 on a little-endian machine.
    #[test]
    #[cfg(target_endian = "little")]
    fn the_most_specific_route_counts() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            virbr0\t007AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            down0\t057AA8C0\t00000000\t0000\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n\
            short\n";
        let at = |address: [u8; 4]| route(text, address.into());
        assert_eq!(
            at([192, 168, 122, 5]),
            Some(("virbr0".to_owned(), [0, 0, 0, 0].into()))
        );
        assert_eq!(
            at([8, 8, 8, 8]),
            Some(("eth0".to_owned(), [192, 168, 0, 1].into()))
        );
        assert_eq!(route("", [8, 8, 8, 8].into()), None);
    }

    #[test]
    fn a_neighbour_that_nobody_is_differs_from_none() {
        let text = "IP address       HW type     Flags       HW address            Mask     Device\n\
            172.28.40.7      0x1         0x2         00:15:5d:01:02:03     *        eth0\n\
            172.28.40.8      0x1         0x0         00:00:00:00:00:00     *        eth0\n\
            172.28.40.9      0x1         0x2         nonsense              *        eth0\n";
        let of = |last| neighbour(text, [172, 28, 40, last].into());
        assert_eq!(of(7), Some(Neighbour::Mac([0, 0x15, 0x5d, 1, 2, 3])));
        assert_eq!(of(8), Some(Neighbour::Nobody));
        assert_eq!(of(9), None);
        assert_eq!(of(10), None);
    }
}
