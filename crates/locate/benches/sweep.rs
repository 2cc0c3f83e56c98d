//! The figures of the sweep, each with its target: time, recall, and what it does to the kernel's neighbour
//! table. In a network namespace of its own, over a bridge with forty machines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that measures"
)]

#[cfg(target_os = "linux")]
#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
    #[cfg(not(target_os = "linux"))]
    println!("NOT MEASURED: this needs the network namespaces of Linux.");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::Ipv4Addr;
    use std::net::SocketAddr;
    use std::time::Duration;
    use std::time::Instant;

    use locate::System;
    use locate::interfaces;
    use locate::sweep::Counts;
    use locate::sweep::Tally;
    use locate::sweep::plan;
    use locate::sweep::run;

    use crate::support::netns;
    use crate::support::netns::Machine;
    use crate::support::netns::NeighbourTable;

    const PORT: u16 = 16443;
    const LIVE: u32 = 40;

    pub(super) fn main() {
        if netns::inside().is_some() {
            measure("/24", "virbr0", "10.66.0.1", 24, Duration::from_secs(2));
            measure("/20", "virbr1", "172.28.32.1", 20, Duration::from_secs(20));
            return;
        }
        if let Err(reason) = netns::possible(&[]) {
            println!("NOT MEASURED: sweep: {reason}");
            return;
        }
        let table = NeighbourTable::mine();
        let me = std::env::current_exe().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let status = netns::namespace(&[me.to_str().unwrap()])
            .env(netns::INSIDE, folder.path())
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
        match table.overflows() {
            Some(overflows) => figure(
                "sweep, neighbour table overflows",
                overflows,
                "0",
                overflows == 0,
            ),
            None => {
                println!("NOT MEASURED: neighbour table overflows: not shown in this container");
            }
        }
    }

    fn figure(what: &str, value: impl std::fmt::Display, target: &str, met: bool) {
        let met = if met { "met" } else { "MISSED" };
        println!("{what:<46} {value:>14}   target {target:<12} {met}");
    }

    /// Packets that this machine sent into a bridge.
    fn sent(bridge: &str) -> u64 {
        let path = format!("/sys/class/net/{bridge}/statistics/tx_packets");
        std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }

    /// Processor time of this process, in hundredths of a second.
    fn processor() -> u64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    fn measure(name: &str, bridge: &str, own: &str, prefix: u8, limit: Duration) {
        netns::bridge(bridge, &format!("{own}/{prefix}"));
        let machine = Machine::plugged_into(bridge, "52:54:00:a4:6f:91");
        let own: Ipv4Addr = own.parse().unwrap();
        let size = 1 << (32 - prefix);
        // Evenly over the network; the last of them listens.
        let live: Vec<Ipv4Addr> = (1..=LIVE)
            .map(|n| Ipv4Addr::from(own.to_bits() + n * (size / (LIVE + 1)) - 1))
            .collect();
        machine.add(
            &live
                .iter()
                .map(|address| format!("{address}/{prefix}"))
                .collect::<Vec<_>>(),
        );
        let target = SocketAddr::from((live[live.len() / 2], PORT));
        let _listener = machine.listen(target);

        let networks = interfaces::collect(&System::linux()).unwrap();
        let mut plan = plan(&networks, None, false);
        // Of this bridge alone.
        let share = plan
            .shares
            .iter()
            .position(|share| share.network.interface == bridge);
        plan.targets.retain(|target| Some(target.share) == share);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let tally = Tally::default();
        let mut told = None;
        let (packets, processor_before, start) = (sent(bridge), processor(), Instant::now());
        let counts: Counts = runtime
            .block_on(run(&plan, PORT, &System::linux(), &tally, |address| {
                assert_eq!(address, target);
                told = Some(start.elapsed());
            }))
            .unwrap();
        let took = start.elapsed();
        let packets = sent(bridge) - packets;
        let processor = processor() - processor_before;

        let what = format!("sweep of a {name}, {} addresses", counts.tried);
        let target = format!("<= {} s", limit.as_secs());
        figure(
            &what,
            format!("{:.2} s", took.as_secs_f32()),
            &target,
            took <= limit,
        );
        let found = counts.open + counts.refused;
        figure(
            &format!("sweep of a {name}, machines found"),
            format!("{found} of {LIVE}"),
            "all",
            found == LIVE && told.is_some(),
        );
        let told = told.unwrap_or_default();
        println!(
            "{:<46} {:>14}",
            format!("sweep of a {name}, the right one told after"),
            format!("{:.2} s", told.as_secs_f32())
        );
        println!(
            "{:<46} {packets:>14}   estimated {}",
            format!("sweep of a {name}, packets sent"),
            counts.packets()
        );
        println!(
            "{:<46} {:>14}",
            format!("sweep of a {name}, processor time"),
            format!("{}0 ms", processor)
        );
    }
}
