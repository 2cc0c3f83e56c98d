//! How much room the kernel's neighbour table has.

use std::path::Path;
use std::time::Duration;

use crate::system::System;

/// What Linux keeps at most, of all interfaces and all containers together (`gc_thresh3`).
const DEFAULT_LIMIT: usize = 1024;

/// Assumed where the table does not say: Linux never collects below this (`gc_thresh1`).
const DEFAULT_PRESENT: usize = 128;

/// For everybody else who wants to talk to somebody new meanwhile: an eighth of the table.
const RESERVE: usize = 8;

/// Slack over the time that a neighbour is asked for: timers are no more exact.
const SLACK: Duration = Duration::from_millis(100);

/// The neighbour table for IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many entries it holds at most (`gc_thresh3`). Above `gc_thresh2` the kernel forgets neighbours
    /// that it has not heard of for 5 s, which harms nobody; at the limit it refuses new ones to everyone.
    pub limit: usize,
    /// How many it has now.
    pub present: usize,
    /// How often it was full since the machine started, if that is told.
    pub fulls: Option<u64>,
    /// How long an address that does not answer stays in it and cannot be removed: it is asked for
    /// `mcast_solicit` times, `retrans_time` apart.
    pub hold: Duration,
}

impl Default for Room {
    /// Where nothing is told: in a container, and on systems other than Linux.
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            present: DEFAULT_PRESENT,
            fulls: None,
            hold: Duration::from_secs(3) + SLACK,
        }
    }
}

impl Room {
    /// How many addresses may be unanswered at the same time.
    pub fn budget(&self) -> usize {
        self.limit
            .saturating_sub(self.limit / RESERVE)
            .saturating_sub(self.present)
    }

    /// Looks now.
    pub fn read(system: &System) -> Self {
        system
            .proc
            .as_deref()
            .map(Self::read_proc)
            .unwrap_or_default()
    }

    fn read_proc(proc: &Path) -> Self {
        let mut room = Self::default();
        let sysctl = |name: &str| -> Option<u64> {
            let path = proc.join("sys/net/ipv4/neigh/default").join(name);
            std::fs::read_to_string(path).ok()?.trim().parse().ok()
        };
        if let Some(limit) = sysctl("gc_thresh3").and_then(|limit| usize::try_from(limit).ok()) {
            room.limit = limit;
        }
        // Within a minute whatever the administrator wrote: a sweep has no more time.
        let times = sysctl("mcast_solicit").unwrap_or(3).min(60);
        let apart = sysctl("retrans_time_ms").unwrap_or(1000).min(60_000);
        room.hold = Duration::from_millis((times * apart).min(60_000)) + SLACK;
        let stat = std::fs::read_to_string(proc.join("net/stat/arp_cache"));
        if let Some((present, fulls)) = stat.ok().as_deref().and_then(parse) {
            room.present = present;
            room.fulls = Some(fulls);
        }
        room
    }
}

/// Reads `/proc/net/stat/arp_cache`: a line of titles, then one line for each processor. The entries are
/// the same in each; what was counted is to be added up.
fn parse(text: &str) -> Option<(usize, u64)> {
    let mut lines = text.lines();
    let titles: Vec<&str> = lines.next()?.split_whitespace().collect();
    let column = |title| titles.iter().position(|known| *known == title);
    let (entries, fulls) = (column("entries")?, column("table_fulls")?);
    let mut present = None;
    let mut total: u64 = 0;
    for line in lines.take(4096) {
        let hex = |place| {
            let word = line.split_whitespace().nth(place)?;
            u64::from_str_radix(word, 16).ok()
        };
        present = present.max(Some(usize::try_from(hex(entries)?).ok()?));
        total = total.wrapping_add(hex(fulls)?);
    }
    Some((present?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a Linux 6.18 with two processors; the counts of the last column are changed.
    const STAT: &str = "\
entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls
00000012 00000005 00000008 00000000   00000004 00000000 00000000   00000000         00000000         00000000         00000000       00000000            0000000a
00000012 00000008 00000003 00000000   0000009c 00000086 00000000   00000000         00000000         00000317         00000000       00000000            00000001
";

    #[test]
    fn reads_what_linux_tells() {
        assert_eq!(parse(STAT), Some((18, 11)));
        for junk in [
            "",
            "entries table_fulls\n",
            "entries\n01\n",
            "entries table_fulls\nxx 01\n",
            "entries table_fulls\n01\n",
        ] {
            assert_eq!(parse(junk), None, "{junk:?}");
        }
    }

    #[test]
    fn the_table_is_read_below_proc() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let system = System {
            proc: Some(folder.path().to_owned()),
            ..System::default()
        };
        assert_eq!(Room::read(&system), Room::default());
        write("net/stat/arp_cache", STAT);
        write("sys/net/ipv4/neigh/default/gc_thresh3", "2048\n");
        write("sys/net/ipv4/neigh/default/mcast_solicit", "2\n");
        write("sys/net/ipv4/neigh/default/retrans_time_ms", "500\n");
        let room = Room::read(&system);
        assert_eq!((room.limit, room.present, room.fulls), (2048, 18, Some(11)));
        assert_eq!(room.hold, Duration::from_millis(1100));
        assert_eq!(room.budget(), 2048 - 256 - 18);
        write(
            "sys/net/ipv4/neigh/default/mcast_solicit",
            "18446744073709551615\n",
        );
        write("sys/net/ipv4/neigh/default/gc_thresh3", "-1\n");
        let room = Room::read(&system);
        assert_eq!(
            (room.limit, room.hold),
            (1024, Duration::from_millis(30_100))
        );
    }

    #[test]
    fn a_full_table_leaves_no_room() {
        let full = Room {
            present: 1000,
            ..Room::default()
        };
        assert_eq!(full.budget(), 0);
        assert_eq!(Room::default().budget(), 1024 - 128 - 128);
    }
}
