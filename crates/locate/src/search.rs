//! Asks the sources for candidates.

mod ask;
mod report;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use machines::Machine;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use self::ask::boxed;
use self::ask::by_file;
use self::ask::by_mac;
use self::ask::by_machine;
use self::ask::by_multicast;
use self::ask::by_name;
use self::ask::by_program;
use self::ask::by_sweep;
use self::ask::look_up;
use self::report::OwnAddresses;
use self::report::Report;
use crate::candidate::Candidate;
use crate::dns::Resolve;
use crate::likely::Likely;
use crate::mac::Mac;
use crate::source::Source;
use crate::sweep::Sweep;
use crate::sweep::Sweeping;
use crate::system::System;

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
