//! A sweep as a source of candidates.

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::plan::Plan;
use super::plan::plan;
use super::run::Tally;
use super::run::run;
use crate::interfaces;
use crate::neighbours;
use crate::system::System;

/// Reading the neighbour table takes a millisecond; what it says only changes the order.
const FOR_NEIGHBOURS: Duration = Duration::from_millis(200);

/// What to sweep for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Where the cluster was.
    pub old: Option<IpAddr>,
    /// Whether the user asked for a sweep; without, only networks inside this machine are swept.
    pub asked: bool,
}

/// A sweep that was begun, for as long as anybody wants to know.
#[derive(Debug, Default)]
pub struct Sweeping {
    /// What is tried, and what is left alone.
    pub plan: Plan,
    /// What was done.
    pub tally: Tally,
}

impl fmt::Display for Sweeping {
    /// Interfaces as they are: escape it before printing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares = self.plan.shares.iter().filter(|share| share.tried > 0);
        for (place, share) in shares.enumerate() {
            write!(f, "{}{share}", if place == 0 { "" } else { ", " })?;
        }
        write!(f, ": {}", self.tally.counts())
    }
}

impl Sweeping {
    /// What is swept now.
    ///
    /// # Errors
    /// A text, if the system does not name its networks.
    pub async fn of(sweep: Sweep, system: &System) -> Result<Self, String> {
        let networks = interfaces::collect(system)?;
        let mut plan = plan(&networks, sweep.old, sweep.asked);
        // The kernel's own table, without a process.
        let quick = System {
            ip: None,
            arp: None,
            ..system.clone()
        };
        let table = timeout(FOR_NEIGHBOURS, neighbours::collect(&quick)).await;
        if let Ok(Ok(table)) = table {
            let alive: Vec<IpAddr> = table.all().iter().map(|known| known.address).collect();
            plan.prefer(&alive);
        }
        Ok(Self {
            plan,
            tally: Tally::default(),
        })
    }

    /// Sweeps, and tells each address that accepts a connection.
    ///
    /// # Errors
    /// A text that says why the sweep is not complete.
    pub async fn run(
        &self,
        port: u16,
        system: &System,
        limit: Duration,
        open: impl FnMut(SocketAddr),
    ) -> Result<(), String> {
        match timeout(limit, run(&self.plan, port, system, &self.tally, open)).await {
            Ok(ended) => ended.map(|_| ()),
            Err(_) => Err(format!(
                "not finished within {} s: {} of {} addresses tried",
                limit.as_secs(),
                self.tally.counts().tried,
                self.plan.targets.len()
            )),
        }
    }

    /// Why nothing is swept: each network that might have been, with the reason.
    pub fn refusals(&self) -> String {
        let one = |(network, refusal): &(interfaces::Network, super::Refusal)| {
            format!("{network}: {refusal}")
        };
        let all: Vec<String> = self.plan.refused.iter().map(one).collect();
        if all.is_empty() {
            "this machine is in no network with private IPv4 addresses".to_owned()
        } else {
            all.join("; ")
        }
    }
}
