//! Which sources are asked for an entry, and what each is given.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use identity::Authority;
use locate::Candidate;
use locate::Search;
use locate::Source;

use super::look::Options;
use crate::kubeconfigs::Target;
use crate::second_fact::is_at;
use crate::state::State;
use crate::world::World;

/// More API servers than a cluster has, in all of its words that are on record.
const MOST_MEMBERS: usize = 32;

/// What to ask for an entry: with `--at` nothing else, and nothing at all for one that is not followed.
pub(super) fn search(
    world: &World,
    state: &State,
    target: &Target,
    authority: &Authority,
    options: &Options,
    follow: bool,
    failed_sources: &mut Vec<(Source, String)>,
) -> Search {
    let mut search = Search {
        port: target.server.port,
        known: options
            .at
            .iter()
            .map(|address| Candidate::new(*address, Source::At))
            .collect(),
        names: Vec::new(),
        hosts_ics: Vec::new(),
        multipass: None,
        machine: None,
        resolver: Arc::clone(&world.resolver),
    };
    if !follow || !options.at.is_empty() {
        return search;
    }
    let hints = world.settings.hints(&target.name);
    let mut names: BTreeSet<String> = hints.host.into_iter().collect();
    for endpoint in state.endpoints(authority) {
        let mut candidate = Candidate::new(endpoint.address, Source::LastGood);
        candidate.name.clone_from(&endpoint.name);
        search.known.push(candidate);
        if is_at(target, endpoint) && matches!(endpoint.source, Source::Dns | Source::HostsIcs) {
            names.extend(endpoint.name.clone());
        }
    }
    search.known.extend(
        members(state, authority)
            .into_iter()
            .map(|address| Candidate::new(address, Source::Member)),
    );
    search.known.extend(
        hints
            .candidates
            .iter()
            .map(|address| Candidate::new(*address, Source::Configured)),
    );
    search.names = names.into_iter().collect();
    search.hosts_ics = world
        .hosts_ics
        .iter()
        .chain(&world.settings.hosts_ics)
        .cloned()
        .collect();
    if options.thrifty {
        return search;
    }
    match hints
        .machine
        .as_deref()
        .map(|place| world.machine(place, Source::Machine.facts().limit))
    {
        Some(Ok(machine)) => search.machine = Some(machine),
        Some(Err(reason)) => failed_sources.push((Source::Machine, reason)),
        None => {}
    }
    // Multipass was asked for its instance by name already, and answers slowly enough once.
    let by_name = search
        .machine
        .as_ref()
        .is_some_and(|machine| matches!(machine.place(), machines::Place::Multipass(_)));
    search.multipass = world
        .multipass
        .clone()
        .filter(|_| world.settings.multipass != Some(false) && !by_name);
    search
}

/// What the cluster said of its API servers while it answered, the newest word first.
fn members(state: &State, authority: &Authority) -> BTreeSet<SocketAddr> {
    let said = state
        .endpoints(authority)
        .flat_map(|endpoint| &endpoint.members);
    said.copied().take(MOST_MEMBERS).collect()
}
