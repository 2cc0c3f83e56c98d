//! Asks one source of each kind: a file, a name, a program, a machine, the network.

use std::future::Future;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use machines::Machine;
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use super::File;
use super::Find;
use super::Program;
use crate::candidate::Candidate;
use crate::colima;
use crate::dhcpd_leases;
use crate::dns::Resolve;
use crate::dnsmasq;
use crate::docker;
use crate::found::Found;
use crate::hosts_ics;
use crate::hyper_v;
use crate::interfaces;
use crate::libvirt;
use crate::lima;
use crate::lxd;
use crate::mac::Mac;
use crate::machine;
use crate::mdns;
use crate::minikube;
use crate::multipass;
use crate::neighbours;
use crate::podman;
use crate::source::Source;
use crate::sweep::Sweep;
use crate::sweep::Sweeping;
use crate::system::System;
use crate::wsl;

pub(super) type Answer = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Found>, String>> + Send>>;

pub(super) fn boxed(
    answer: impl Future<Output = Result<Vec<Found>, String>> + Send + 'static,
) -> Answer {
    Box::pin(answer)
}

pub(super) async fn by_file(file: File) -> Result<Vec<Found>, String> {
    match file.source {
        Source::HostsIcs => {
            let records = hosts_ics::collect(&file.path).await?;
            let found = |record: hosts_ics::Record| Found::at(record.address).named(&record.name);
            Ok(records.into_iter().map(found).collect())
        }
        Source::DnsmasqLeases => dnsmasq::collect(&file.path, file.named).await,
        Source::DhcpdLeases => dhcpd_leases::collect(&file.path, file.named).await,
        other => Err(format!("{other} reads no file")),
    }
}

pub(super) async fn by_name(
    name: String,
    resolver: Arc<dyn Resolve>,
) -> Result<Vec<Found>, String> {
    let addresses = resolver
        .resolve(name.clone())
        .await
        .map_err(|error| format!("{name}: {error}"))?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

pub(super) async fn by_machine(machine: Machine) -> Result<Vec<Found>, String> {
    let name = machine.place().to_string();
    let addresses = machine::collect(&machine).await?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

/// What tells about the networks. Off this thread: it may look through PATH.
pub(super) async fn system(network: fn() -> System) -> System {
    tokio::task::spawn_blocking(network)
        .await
        .unwrap_or_default()
}

pub(super) async fn by_multicast(
    name: String,
    network: fn() -> System,
) -> Result<Vec<Found>, String> {
    let networks = interfaces::collect(&system(network).await)?;
    let addresses = mdns::resolve(&name, &networks).await?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

pub(super) async fn by_mac(macs: Vec<Mac>, network: fn() -> System) -> Result<Vec<Found>, String> {
    let table = neighbours::collect(&system(network).await).await?;
    let of_mac = |mac: Mac| {
        let addresses = table.addresses_of(mac).into_iter();
        addresses.map(move |address| Found::at(address).mac(Some(mac)))
    };
    Ok(macs.into_iter().flat_map(of_mac).collect())
}

/// Unlike the other sources, it tells what it finds as soon as it does. Where there is nothing to sweep, nothing is
/// held back for it.
pub(super) async fn by_sweep(
    sweep: Sweep,
    port: u16,
    network: fn() -> System,
    events: UnboundedSender<Event>,
) {
    let facts = Source::Sweep.facts();
    let tell = |event| {
        let _ = events.send(event);
    };
    let system = system(network).await;
    let sweeping = match Sweeping::of(sweep, &system).await {
        Ok(sweeping) => Arc::new(sweeping),
        Err(reason) => return tell(Event::Failed(Source::Sweep, reason)),
    };
    if sweeping.plan.targets.is_empty() {
        if sweep.asked {
            tell(Event::Failed(Source::Sweep, sweeping.refusals()));
        }
        return tell(Event::SweepBegins(sweeping));
    }
    tokio::time::sleep(facts.stagger).await;
    tell(Event::SweepBegins(Arc::clone(&sweeping)));
    let found = |address| tell(Event::Found(Candidate::new(address, Source::Sweep)));
    if let Err(reason) = sweeping.run(port, &system, facts.limit, found).await {
        tell(Event::Failed(Source::Sweep, reason));
    }
    tell(Event::SweepEnds);
}

/// Finds the program of a source, where it may be run.
pub(super) async fn look_up(program: Program, find: Find) -> Option<PathBuf> {
    // Off this thread: Windows' folders on WSL's PATH are slow.
    let looked = tokio::task::spawn_blocking(move || {
        let facts = program.source.facts();
        let marked = facts.markers.is_empty()
            || program.insisted
            || facts.markers.iter().any(|path| Path::new(path).exists());
        find(facts.program?).filter(|_| marked)
    });
    looked.await.unwrap_or_default()
}

pub(super) async fn by_program(
    source: Source,
    path: Option<PathBuf>,
    files: Vec<(PathBuf, bool)>,
) -> Result<Vec<Found>, String> {
    if source == Source::Libvirt {
        return libvirt::collect(&files, path.as_deref()).await;
    }
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    match source {
        Source::Docker => docker::collect(&path).await,
        Source::Podman => podman::collect(&path).await,
        Source::Lxd | Source::Incus => lxd::collect(&path).await,
        Source::Multipass => multipass::collect(&path).await,
        Source::Lima => lima::collect(&path).await,
        Source::Colima => colima::collect(&path).await,
        Source::Wsl => wsl::collect(&path).await,
        Source::Minikube => minikube::collect(&path).await,
        Source::HyperV => hyper_v::collect(&path).await,
        other => Err(format!("{other} runs no program")),
    }
}
