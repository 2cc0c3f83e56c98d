//! `hosts.ics`: the names that Windows' Internet Connection Sharing gives to the machines it serves, among
//! them every VM on Hyper-V's Default Switch (`%SystemRoot%\System32\drivers\etc\hosts.ics`).

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;

use crate::file;

/// More lines than any such file has; it keeps those of deleted VMs for a week. How many are asked is decided
/// once it is known which are likely.
const MOST_RECORDS: usize = 1 << 16;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The address.
    pub address: IpAddr,
    /// The name, such as `microk8s-vm.mshome.net`.
    pub name: String,
    /// The end of the lease, as the file has it: year, month, day, hour, minute, second, millisecond.
    /// `None` when the comment is damaged.
    pub expires: Option<Moment>,
    /// Whether the address is outside the network that the file's newest leases are in: the Default Switch
    /// gets a new one at each boot, and lines of older ones stay.
    pub stale: bool,
}

/// A `SYSTEMTIME` without its day of the week, in the order in which it compares.
pub type Moment = [u16; 7];

/// Reads the file's text: the likeliest address first. For each name the line with the newest lease wins;
/// names in a stale network come last. Lines that are not `address name # time` are passed over (files with
/// lines such as `28` are common, canonical/multipass#1918).
pub fn parse(text: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in text.lines().filter_map(line) {
        let name = record.name.to_ascii_lowercase();
        let room = records.len() < MOST_RECORDS;
        match places.get(&name).and_then(|&place| records.get_mut(place)) {
            Some(known) if known.expires < record.expires => *known = record,
            Some(_) => {}
            None if !room => {}
            None => {
                places.insert(name, records.len());
                records.push(record);
            }
        }
    }
    let network = newest_network(&records);
    for record in &mut records {
        record.stale = network.is_some_and(|network| network_of(record.address) != Some(network));
    }
    records.sort_by(|a, b| a.stale.cmp(&b.stale).then(b.expires.cmp(&a.expires)));
    records
}

/// The network of the host's own line, which has the longest lease (five years; guests get a week).
fn newest_network(records: &[Record]) -> Option<u32> {
    let host = records
        .iter()
        .filter(|record| record.expires.is_some())
        .max_by_key(|r| r.expires)?;
    network_of(host.address)
}

/// The Default Switch is a /20.
fn network_of(address: IpAddr) -> Option<u32> {
    match address {
        IpAddr::V4(address) => Some(address.to_bits() >> 12),
        IpAddr::V6(_) => None,
    }
}

fn line(line: &str) -> Option<Record> {
    let (entry, comment) = line.split_once('#').unwrap_or((line, ""));
    let mut words = entry.split_whitespace();
    let address: IpAddr = words.next()?.parse().ok()?;
    let name = words.next()?.trim_end_matches('.');
    let plain = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let usable = !address.is_unspecified()
        && !address.is_multicast()
        && address != IpAddr::V4(Ipv4Addr::BROADCAST);
    (plain && usable).then(|| Record {
        address,
        name: name.to_owned(),
        expires: moment(comment),
        stale: false,
    })
}

/// `Year Month DayOfWeek Day Hour Minute Second Millisecond`.
fn moment(comment: &str) -> Option<Moment> {
    let fields: Vec<u16> = comment
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let [
        year,
        month,
        _weekday,
        day,
        hour,
        minute,
        second,
        millisecond,
    ] = fields.try_into().ok()?;
    Some([year, month, day, hour, minute, second, millisecond])
}

/// Reads and parses the file.
///
/// # Errors
/// A text that says why it cannot be read; a file that does not exist is an empty list.
pub async fn collect(path: &Path) -> Result<Vec<Record>, String> {
    match file::read(path, "hosts.ics").await {
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From users' machines: the header is Windows' own, the lines are those of canonical/multipass#1918
    /// and canonical/microk8s#3388 with names changed.
    const REAL: &str = "\
# Copyright (c) 1993-2001 Microsoft Corp.
#
# This file has been automatically generated for use by Microsoft Internet
# Connection Sharing. It contains the mappings of IP addresses to host names
# for the home network. Please do not make changes to the HOSTS.ICS file.
# Any changes may result in a loss of connectivity between machines on the
# local network.
#

172.28.32.1 DESKTOP-J4J2BHB.mshome.net # 2027 7 0 25 2 8 23 232
172.28.42.219 dev01.mshome.net # 2022 8 2 2 2 8 23 232
172.23.138.107 primary.mshome.net # 2022 8 1 1 13 44 18 754
";

    fn show(text: &str) -> Vec<String> {
        let show = |r: Record| {
            format!(
                "{} {}{}",
                r.address,
                r.name,
                if r.stale { " stale" } else { "" }
            )
        };
        parse(text).into_iter().map(show).collect()
    }

    #[test]
    fn reads_a_real_file() {
        assert_eq!(
            show(REAL),
            [
                "172.28.32.1 DESKTOP-J4J2BHB.mshome.net",
                "172.28.42.219 dev01.mshome.net",
                "172.23.138.107 primary.mshome.net stale",
            ]
        );
    }

    #[test]
    fn the_newest_lease_of_a_name_wins_wherever_it_stands() {
        let text = "\
172.28.42.219 vm.mshome.net # 2022 8 2 2 2 8 23 232\r
172.28.40.7 VM.mshome.net # 2022 8 2 9 2 8 23 232\r
172.28.41.1 vm.mshome.net # 2022 8 2 9 2 8 23 231\r
";
        assert_eq!(show(text), ["172.28.40.7 VM.mshome.net"]);
    }

    #[test]
    fn passes_over_garbage() {
        let text = "28\n881\n\u{fffd}\u{0}\n1.2.3 a\n10.0.0.1\n10.0.0.2 a b # x y\n10.0.0.3 $(id) # 1\n0.0.0.0 z\n:: z\n224.0.0.1 z\n255.255.255.255 z\n10.0.0.4 vm. # 99999999 1 1 1 1 1 1 1\n";
        assert_eq!(show(text), ["10.0.0.2 a", "10.0.0.4 vm"]);
    }
}
