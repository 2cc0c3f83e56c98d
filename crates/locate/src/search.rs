//! Asks the sources for candidates.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use machines::Machine;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::candidate::Candidate;
use crate::dns::Resolve;
use crate::hosts_ics;
use crate::machine;
use crate::multipass;
use crate::source::Source;

/// What to ask, and whom.
#[derive(Clone)]
pub struct Search {
    /// The port at which the cluster answers; the sources below know addresses only.
    pub port: u16,
    /// Candidates that need no asking: `--at`, last good addresses, config.toml.
    pub known: Vec<Candidate>,
    /// Names of the machine to resolve.
    pub names: Vec<String>,
    /// Where `hosts.ics` may be.
    pub hosts_ics: Vec<PathBuf>,
    /// The Multipass program, if there is one.
    pub multipass: Option<PathBuf>,
    /// The machine that the cluster runs on, if it is known.
    pub machine: Option<Machine>,
    /// The resolver.
    pub resolver: Arc<dyn Resolve>,
}

/// What a source said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A candidate.
    Found(Candidate),
    /// The source could not be asked; the text names the thing and the cause.
    Failed(Source, String),
}

impl Search {
    /// Starts all sources; each reports through `events`, which closes when the last is done. Dropping the
    /// returned set stops those that still run.
    pub fn start(&self, events: &UnboundedSender<Event>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for candidate in &self.known {
            let _ = events.send(Event::Found(candidate.clone()));
        }
        for path in &self.hosts_ics {
            let (path, port) = (path.clone(), self.port);
            tasks.spawn(ask(Source::HostsIcs, events.clone(), async move {
                let records = hosts_ics::collect(&path).await?;
                let candidate = |record: hosts_ics::Record| {
                    Candidate::new(SocketAddr::new(record.address, port), Source::HostsIcs)
                        .named(record.name)
                };
                Ok(records.into_iter().map(candidate).collect())
            }));
        }
        for name in &self.names {
            let (name, port, resolver) = (name.clone(), self.port, Arc::clone(&self.resolver));
            tasks.spawn(ask(Source::Dns, events.clone(), async move {
                let addresses = resolver
                    .resolve(name.clone())
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                let candidate = |address| {
                    Candidate::new(SocketAddr::new(address, port), Source::Dns).named(name.clone())
                };
                Ok(addresses.into_iter().map(candidate).collect())
            }));
        }
        if let Some(program) = &self.multipass {
            let (program, port) = (program.clone(), self.port);
            tasks.spawn(ask(Source::Multipass, events.clone(), async move {
                let instances = multipass::collect(&program).await?;
                let candidates = instances.into_iter().flat_map(|instance| {
                    let name = instance.name;
                    instance.addresses.into_iter().map(move |address| {
                        Candidate::new(SocketAddr::new(address, port), Source::Multipass)
                            .named(name.clone())
                    })
                });
                Ok(candidates.collect())
            }));
        }
        if let Some(machine) = &self.machine {
            let (machine, port) = (machine.clone(), self.port);
            tasks.spawn(ask(Source::Machine, events.clone(), async move {
                let addresses = machine::collect(&machine).await?;
                let candidate = |address| {
                    Candidate::new(SocketAddr::new(address, port), Source::Machine)
                        .named(machine.place().to_string())
                };
                Ok(addresses.into_iter().map(candidate).collect())
            }));
        }
        tasks
    }
}

/// Asks one source within its stagger and time limit.
async fn ask(
    source: Source,
    events: UnboundedSender<Event>,
    answer: impl Future<Output = Result<Vec<Candidate>, String>>,
) {
    let facts = source.facts();
    tokio::time::sleep(facts.stagger).await;
    let event = match timeout(facts.limit, answer).await {
        Ok(Ok(candidates)) => {
            for candidate in candidates {
                let _ = events.send(Event::Found(candidate));
            }
            return;
        }
        Ok(Err(reason)) => reason,
        Err(_) => format!("no answer within {}", seconds(facts.limit)),
    };
    let _ = events.send(Event::Failed(source, event));
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}
