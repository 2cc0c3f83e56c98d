//! Asks the sources for candidates.

use std::future::Future;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use machines::Machine;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::timeout;

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
use crate::likely::Likely;
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

/// The most candidates of one source that are not likely ones: no source may fill the race alone.
const MOST_OF_A_SOURCE: usize = 32;
/// The most likely ones.
const MOST_LIKELY: usize = 64;

/// The most that are told of those that are this machine itself.
const MOST_HERE: usize = 4;

/// Finds a program on PATH by its name.
pub type Find = Arc<dyn Fn(&str) -> Option<PathBuf> + Send + Sync>;

/// What to ask, and whom.
#[derive(Clone)]
pub struct Search {
    /// The port at which the cluster answers; most sources know addresses only.
    pub port: u16,
    /// Candidates that need no asking: `--at`, last good addresses, config.toml.
    pub known: Vec<Candidate>,
    /// Names of the machine to resolve.
    pub names: Vec<String>,
    /// Names of the machine under `.mshome.net` to resolve.
    pub mshome: Vec<String>,
    /// Names of the machine under `.local`, for multicast DNS.
    pub local: Vec<String>,
    /// Hardware addresses of the machine, to be looked up in the neighbour table.
    pub macs: Vec<Mac>,
    /// The sweep, if there may be one.
    pub sweep: Option<Sweep>,
    /// Told when the sweep begins, since somebody waits for it.
    pub on_sweep: Option<fn(&Sweeping)>,
    /// Tells about the networks of this machine. Called only where one of the last three needs it.
    pub network: fn() -> System,
    /// Files to read.
    pub files: Vec<File>,
    /// Programs to run, if there are any.
    pub programs: Vec<Program>,
    /// Finds those programs. Called only once the search starts: PATH may be long, and slow.
    pub find: Find,
    /// The machine that the cluster runs on, if it is known.
    pub machine: Option<Machine>,
    /// The resolver.
    pub resolver: Arc<dyn Resolve>,
    /// What is on record about the machine: such candidates come first, and are never cut off.
    pub likely: Likely,
    /// Tells this machine's own addresses ([`crate::interfaces::own`]). Called once a source names an address.
    pub own: fn() -> Vec<IpAddr>,
}

/// A file that a source reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The source.
    pub source: Source,
    /// The file.
    pub path: PathBuf,
    /// Whether the user named it: then it ought to be there.
    pub named: bool,
}

/// A program that a source runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// The source.
    pub source: Source,
    /// Whether the user wants it to be run wherever it is found.
    pub insisted: bool,
}

/// What a source said.
#[derive(Clone, Debug)]
pub enum Event {
    /// A candidate.
    Found(Candidate),
    /// The source could not be asked; the text names the thing and the cause.
    Failed(Source, String),
    /// A sweep begins; if its plan is empty, it is only told why.
    SweepBegins(Arc<Sweeping>),
    /// The sweep is over.
    SweepEnds,
}

impl Search {
    /// Asks nobody.
    pub fn nothing(port: u16, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            port,
            known: Vec::new(),
            names: Vec::new(),
            mshome: Vec::new(),
            local: Vec::new(),
            macs: Vec::new(),
            sweep: None,
            on_sweep: None,
            network: System::default,
            files: Vec::new(),
            programs: Vec::new(),
            find: Arc::new(|_| None),
            machine: None,
            resolver,
            likely: Likely::default(),
            own: Vec::new,
        }
    }

    /// Starts all sources; each reports through `events`, which closes when the last is done. Dropping the
    /// returned set stops those that still run.
    pub fn start(&self, events: &UnboundedSender<Event>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for candidate in &self.known {
            let _ = events.send(Event::Found(candidate.clone()));
        }
        let own = OwnAddresses {
            ask: self.own,
            told: Arc::default(),
        };
        let report = |source| Report {
            source,
            port: self.port,
            likely: self.likely.clone(),
            own: own.clone(),
            events: events.clone(),
        };
        let mut ask = |source, answer| {
            tasks.spawn(report(source).on(answer));
        };
        for file in self.files.iter().filter(|f| f.source != Source::Libvirt) {
            ask(file.source, boxed(by_file(file.clone())));
        }
        for (source, names) in [(Source::Dns, &self.names), (Source::Mshome, &self.mshome)] {
            for name in names {
                let answer = by_name(name.clone(), Arc::clone(&self.resolver));
                ask(source, boxed(answer));
            }
        }
        for name in &self.local {
            ask(
                Source::Mdns,
                boxed(by_multicast(name.clone(), self.network)),
            );
        }
        if !self.macs.is_empty() {
            ask(
                Source::Neighbour,
                boxed(by_mac(self.macs.clone(), self.network)),
            );
        }
        if let Some(machine) = self.machine.clone() {
            ask(Source::Machine, boxed(by_machine(machine)));
        }
        for &program in &self.programs {
            let (report, find) = (report(program.source), Arc::clone(&self.find));
            let files = match program.source {
                Source::Libvirt => self.libvirt_files(),
                _ => Vec::new(),
            };
            tasks.spawn(async move {
                let path = look_up(program, find).await;
                // Most machines have few of the programs: one that is not there is no failure, and nothing
                // is held back for it.
                if path.is_some() || !files.is_empty() {
                    let answer = by_program(program.source, path, files);
                    report.on(boxed(answer)).await;
                }
            });
        }
        if let Some(sweep) = self.sweep {
            tasks.spawn(by_sweep(sweep, self.port, self.network, events.clone()));
        }
        tasks
    }

    fn libvirt_files(&self) -> Vec<(PathBuf, bool)> {
        let files = self.files.iter().filter(|f| f.source == Source::Libvirt);
        files.map(|file| (file.path.clone(), file.named)).collect()
    }
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Found>, String>> + Send>>;

fn boxed(answer: impl Future<Output = Result<Vec<Found>, String>> + Send + 'static) -> Answer {
    Box::pin(answer)
}

async fn by_file(file: File) -> Result<Vec<Found>, String> {
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

async fn by_name(name: String, resolver: Arc<dyn Resolve>) -> Result<Vec<Found>, String> {
    let addresses = resolver
        .resolve(name.clone())
        .await
        .map_err(|error| format!("{name}: {error}"))?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

async fn by_machine(machine: Machine) -> Result<Vec<Found>, String> {
    let name = machine.place().to_string();
    let addresses = machine::collect(&machine).await?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

/// What tells about the networks. Off this thread: it may look through PATH.
async fn system(network: fn() -> System) -> System {
    tokio::task::spawn_blocking(network)
        .await
        .unwrap_or_default()
}

async fn by_multicast(name: String, network: fn() -> System) -> Result<Vec<Found>, String> {
    let networks = interfaces::collect(&system(network).await)?;
    let addresses = mdns::resolve(&name, &networks).await?;
    let found = |address| Found::at(address).named(&name);
    Ok(addresses.into_iter().map(found).collect())
}

async fn by_mac(macs: Vec<Mac>, network: fn() -> System) -> Result<Vec<Found>, String> {
    let table = neighbours::collect(&system(network).await).await?;
    let of_mac = |mac: Mac| {
        let addresses = table.addresses_of(mac).into_iter();
        addresses.map(move |address| Found::at(address).mac(Some(mac)))
    };
    Ok(macs.into_iter().flat_map(of_mac).collect())
}

/// Unlike the other sources, it tells what it finds as soon as it does. Where there is nothing to sweep, nothing is
/// held back for it.
async fn by_sweep(
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
async fn look_up(program: Program, find: Find) -> Option<PathBuf> {
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

async fn by_program(
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

/// This machine's own addresses, asked for once.
#[derive(Clone)]
struct OwnAddresses {
    ask: fn() -> Vec<IpAddr>,
    told: Arc<OnceCell<Vec<IpAddr>>>,
}

impl OwnAddresses {
    async fn get(&self) -> &[IpAddr] {
        let ask = self.ask;
        // Off this thread: a machine with many containers has many.
        let asked = || async move {
            let asked = tokio::task::spawn_blocking(ask);
            asked.await.unwrap_or_default()
        };
        self.told.get_or_init(asked).await
    }
}

/// Reports what one source says.
struct Report {
    source: Source,
    port: u16,
    likely: Likely,
    own: OwnAddresses,
    events: UnboundedSender<Event>,
}

impl Report {
    /// Asks within the source's stagger and time limit.
    async fn on(self, answer: Answer) {
        let facts = self.source.facts();
        tokio::time::sleep(facts.stagger).await;
        let reason = match timeout(facts.limit, answer).await {
            Ok(Ok(found)) => {
                let (candidates, here) = self.candidates(found).await;
                for candidate in candidates {
                    let _ = self.events.send(Event::Found(candidate));
                }
                for candidate in here {
                    let reason = leads_back(&candidate);
                    let _ = self.events.send(Event::Failed(self.source, reason));
                }
                return;
            }
            Ok(Err(reason)) => reason,
            Err(_) => format!("no answer within {}", seconds(facts.limit)),
        };
        let _ = self.events.send(Event::Failed(self.source, reason));
    }

    /// The likely ones first, those that every machine has alike last, each group in the order of the source.
    /// After them, the likely ones that are this machine itself: a relay on it would prove as the cluster, and the
    /// entry would be tied to it. Those that know what they publish here are believed.
    async fn candidates(&self, found: Vec<Found>) -> (Vec<Candidate>, Vec<Candidate>) {
        let (mut likely, mut others, mut inner) = (Vec::new(), Vec::new(), Vec::new());
        let mut here = Vec::new();
        let may_be_here = self.source.is_chosen() || self.source.facts().publishes;
        let own: &[IpAddr] = match may_be_here || found.is_empty() {
            true => &[],
            false => self.own.get().await,
        };
        for found in found {
            // `::ffff:10.0.0.1` is an IPv4 address.
            let address = found.address.to_canonical();
            let of_containers = is_of_containers(address);
            let candidate = Candidate {
                address: SocketAddr::new(address, found.port.unwrap_or(self.port)),
                source: self.source,
                name: found.name,
                mac: found.mac,
            };
            if !candidate.is_plausible() {
                continue;
            }
            if own.contains(&address) {
                // A source names the host mostly, too: worth a word only where it is taken for the cluster's.
                if self.likely.fits(&candidate) && here.len() < MOST_HERE {
                    here.push(candidate);
                }
                continue;
            }
            let group = if of_containers {
                &mut inner
            } else if self.likely.fits(&candidate) {
                &mut likely
            } else {
                &mut others
            };
            if !group
                .iter()
                .any(|known: &Candidate| known.address == candidate.address)
                && group.len() < MOST_LIKELY
            {
                group.push(candidate);
            }
        }
        others.extend(inner);
        others.truncate(MOST_OF_A_SOURCE);
        likely.extend(others);
        (likely, here)
    }
}

fn leads_back(candidate: &Candidate) -> String {
    format!(
        "{} is at {}, it says, which is this machine itself: passed over",
        candidate.name.as_deref().unwrap_or("the machine"),
        candidate.address.ip()
    )
}

fn is_of_containers(address: IpAddr) -> bool {
    machines::is_of_containers(address)
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(likely: Likely) -> Report {
        Report {
            source: Source::Multipass,
            port: 16443,
            likely,
            own: OwnAddresses {
                ask: || vec!["192.168.7.2".parse().unwrap()],
                told: Arc::default(),
            },
            events: tokio::sync::mpsc::unbounded_channel().0,
        }
    }

    #[tokio::test]
    async fn what_leads_back_to_this_machine_is_passed_over() {
        let found = || {
            vec![
                Found::at("192.168.7.2".parse().unwrap()).named("laptop"),
                Found::at("::ffff:192.168.7.2".parse().unwrap()).named("vm"),
                Found::at("::ffff:192.168.7.3".parse().unwrap()).named("vm"),
            ]
        };
        let likely = Likely {
            macs: vec![],
            names: vec!["vm".to_owned()],
        };
        let (candidates, here) = report(likely).candidates(found()).await;
        let shown = |list: Vec<Candidate>| -> Vec<String> {
            list.iter().map(|c| c.address.to_string()).collect()
        };
        assert_eq!(shown(candidates), ["192.168.7.3:16443"]);
        assert_eq!(
            here.iter().map(leads_back).collect::<Vec<_>>(),
            ["vm is at 192.168.7.2, it says, which is this machine itself: passed over"]
        );
        for source in [Source::Docker, Source::Machine] {
            let report = Report {
                source,
                ..report(Likely::default())
            };
            let (candidates, here) = report.candidates(found()).await;
            assert_eq!(
                shown(candidates),
                ["192.168.7.2:16443", "192.168.7.3:16443"]
            );
            assert_eq!(here, []);
        }
    }

    #[tokio::test]
    async fn likely_ones_come_first_however_many_there_are_before_them() {
        let mut found: Vec<Found> = (0..2000_u32)
            .map(|i| Found::at(IpAddr::V4((0x0a02_0000 + i).into())).named("other"))
            .collect();
        found.insert(0, Found::at("172.17.0.1".parse().unwrap()));
        found.insert(0, Found::at("127.0.0.1".parse().unwrap()));
        found.push(Found::at("172.28.40.7".parse().unwrap()).named("microk8s-vm"));
        let likely = Likely {
            macs: vec![],
            names: vec!["microk8s-vm.mshome.net".to_owned()],
        };
        let (candidates, _) = report(likely).candidates(found).await;
        let shown: Vec<_> = candidates.iter().map(|c| c.address.to_string()).collect();
        assert_eq!(shown.len(), MOST_OF_A_SOURCE + 1);
        assert_eq!(shown[..2], ["172.28.40.7:16443", "10.2.0.0:16443"]);
    }

    #[tokio::test]
    async fn addresses_of_container_networks_come_last_and_nothing_twice() {
        let found = ["172.17.0.1", "172.28.40.7", "172.28.40.7", "10.1.76.0"];
        let found = found.map(|text| Found::at(text.parse().unwrap())).to_vec();
        let (candidates, _) = report(Likely::default()).candidates(found).await;
        let shown: Vec<_> = candidates.iter().map(|c| c.address.to_string()).collect();
        assert_eq!(
            shown,
            ["172.28.40.7:16443", "172.17.0.1:16443", "10.1.76.0:16443"]
        );
    }
}
