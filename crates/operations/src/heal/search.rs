//! Which sources are asked for an entry, and what each is given.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use identity::Authority;
use kubeconfig::server::Host;
use locate::Candidate;
use locate::Likely;
use locate::Mac;
use locate::Search;
use locate::Source;
use locate::likely::label;
use locate::mdns::is_local;
use locate::search::File;
use locate::search::Program;
use locate::source::SOURCES;
use locate::sweep::Sweep;

use super::look::Options;
use super::look::Reach;
use crate::followable::Followable;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::is_at;
use crate::settings::Hints;
use crate::state::State;
use crate::world::World;

/// More API servers than a cluster has, in all of its words that are on record.
const MOST_MEMBERS: usize = 16;

/// More places than a cluster comes back to. With the members they leave half of the race to the sources.
const MOST_PLACES: usize = 16;

/// What a tool calls the container or machine of a cluster that it calls so in the kubeconfig: kind
/// (kubernetes-sigs/kind `pkg/cluster/internal/kubeconfig`), k3d (k3d-io/k3d `pkg/types`), Lima, Colima,
/// minikube and everybody else.
const NAMES: [(&str, &str); 4] = [
    ("kind-", "-control-plane"),
    ("", "-serverlb"),
    ("", "-server-0"),
    ("", ""),
];

/// What to ask for an entry: with `--at` nothing else. An entry at a port of this machine is followed by the
/// word of those sources only that know such ports, so nobody else is asked. Nothing is asked for another one
/// that is not followed.
pub(super) fn search(
    world: &World,
    state: &State,
    target: &Target,
    authority: &Authority,
    options: &Options,
    follow: bool,
    failed_sources: &mut Vec<(Source, String)>,
) -> Search {
    let mut search = Search::nothing(target.server.port, Arc::clone(&world.resolver));
    search.find = Arc::new(world.find_program);
    search.own = locate::interfaces::own;
    search.known = options
        .at
        .iter()
        .map(|address| Candidate::new(*address, Source::At))
        .collect();
    if !options.at.is_empty() || options.reach == Reach::Own {
        return search;
    }
    let hints = world.settings.hints(&target.name);
    let published = Followable::of(&target.cluster, &target.server, &hints) == Followable::Tunnel;
    if !follow && !published {
        return search;
    }
    search.likely = likely(state, target, authority, &hints);
    if follow {
        learnt(&mut search, state, target, authority, &hints);
        search.files = files(world);
        let machine = hints.machine.as_deref().filter(|_| !options.thrifty);
        match machine.map(|place| world.machine(place, Source::Machine.facts().limit)) {
            Some(Ok(machine)) => search.machine = Some(machine),
            Some(Err(reason)) => failed_sources.push((Source::Machine, reason)),
            None => {}
        }
        search.mshome = mshome(world, &search.likely);
        on_the_network(&mut search, world, state, target, options);
        if world.settings.asks(Source::Dns) == Some(false) {
            search.names.clear();
        }
    }
    // Multipass was asked for its instance by name already, and answers slowly enough once.
    let by_name = search
        .machine
        .as_ref()
        .is_some_and(|machine| matches!(machine.place(), machines::Place::Multipass(_)));
    search.programs = programs(world, |source| {
        !options.thrifty
            && (follow || source.facts().publishes)
            && !(source == Source::Multipass && by_name)
    });
    search
}

/// What needs no asking, and the names that led to the entry's server before.
fn learnt(
    search: &mut Search,
    state: &State,
    target: &Target,
    authority: &Authority,
    hints: &Hints,
) {
    let configured = hints.candidates.iter();
    search
        .known
        .extend(configured.map(|address| Candidate::new(*address, Source::Configured)));
    let mut names: BTreeSet<String> = hints.host.clone().into_iter().collect();
    // Other clusters of the CA may have had hundreds of places; this one's come first.
    let here = state.endpoints(authority).find(|e| is_at(target, e));
    let uid = here.and_then(|endpoint| endpoint.uid.as_ref());
    let (ours, others): (Vec<_>, Vec<_>) = state
        .endpoints(authority)
        .partition(|endpoint| endpoint.uid.as_ref() == uid);
    for endpoint in ours.into_iter().chain(others).take(MOST_PLACES) {
        let mut candidate = Candidate::new(endpoint.address, Source::LastGood);
        candidate.name.clone_from(&endpoint.name);
        search.known.push(candidate);
        let by_name = matches!(
            endpoint.source,
            Source::Dns | Source::Mshome | Source::HostsIcs | Source::Mdns
        );
        if is_at(target, endpoint) && by_name {
            names.extend(endpoint.name.clone());
        }
    }
    search.known.extend(
        members(state, authority)
            .into_iter()
            .map(|address| Candidate::new(address, Source::Member)),
    );
    search.names = names.into_iter().collect();
}

/// What the machine may be called: by the user, by the sources that found it, by the tool that made it.
fn likely(state: &State, target: &Target, authority: &Authority, hints: &Hints) -> Likely {
    let mut names: BTreeSet<String> = hints.host.clone().into_iter().collect();
    let place = hints.machine.as_deref();
    let instance = place.and_then(|place| place.rsplit_once(':'));
    names.extend(instance.map(|(_, name)| name.to_owned()));
    names.extend(
        state
            .endpoints(authority)
            .filter_map(|endpoint| endpoint.name.clone()),
    );
    for (before, after) in NAMES {
        let bare = target.name.strip_prefix(before);
        names.extend(bare.map(|name| format!("{name}{after}")));
    }
    let macs: BTreeSet<Mac> = state
        .endpoints(authority)
        .filter_map(|endpoint| endpoint.mac)
        .collect();
    Likely {
        macs: macs.into_iter().collect(),
        names: names.into_iter().collect(),
    }
}

/// What looks at the networks that this machine is in.
fn on_the_network(
    search: &mut Search,
    world: &World,
    state: &State,
    target: &Target,
    options: &Options,
) {
    let on = |source| world.settings.asks(source) != Some(false);
    search.network = world.network;
    if on(Source::Neighbour) {
        search.macs.clone_from(&search.likely.macs);
    }
    if options.thrifty {
        return;
    }
    if on(Source::Mdns) {
        let own = match &target.server.host {
            Host::Name(name) => Some(name),
            Host::Ip(_) => None,
        };
        let names: BTreeSet<&String> = own.into_iter().chain(&search.names).collect();
        let local = names.into_iter().filter(|name| is_local(name));
        search.local = local.cloned().collect();
    }
    if options.reach == Reach::Everywhere
        && let Some(sweep) = sweep(world, state, target, options)
    {
        search.sweep = Some(sweep);
        search.on_sweep = options.on_sweep;
    }
}

/// What to sweep for, where a cluster may be swept for at all.
pub(super) fn sweep(
    world: &World,
    state: &State,
    target: &Target,
    options: &Options,
) -> Option<Sweep> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    let mut known = state.endpoints(authority).map(|known| known.address.ip());
    let old = target.literal().or_else(|| known.find(IpAddr::is_ipv4));
    // What is out in the world is not in a virtual machine here.
    let private = old.is_none_or(|old| matches!(old, IpAddr::V4(old) if old.is_private()));
    let asked = options.sweep;
    let on = world.settings.asks(Source::Sweep) != Some(false);
    (asked || (private && on)).then_some(Sweep { old, asked })
}

/// The names that Internet Connection Sharing may know, where it is: asked elsewhere, a DNS server of strangers
/// would hear them.
fn mshome(world: &World, likely: &Likely) -> Vec<String> {
    /// The names on record are few; each costs a question.
    const MOST: usize = 8;
    let facts = Source::Mshome.facts();
    let asked = world.settings.asks(Source::Mshome);
    if !asked.unwrap_or_else(|| facts.systems.contains(&world.system)) {
        return Vec::new();
    }
    let labels: BTreeSet<&str> = likely.names.iter().map(|name| label(name)).collect();
    let plain = |name: &&str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !name.is_empty() && name.len() <= 63 && name.bytes().all(plain)
    };
    let labels = labels.into_iter().filter(plain).take(MOST);
    labels.map(|name| format!("{name}.mshome.net")).collect()
}

/// The files of all sources that are not switched off: the usual ones, and those that the settings name.
fn files(world: &World) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for facts in SOURCES {
        let source = facts.source;
        if world.settings.asks(source) == Some(false) {
            continue;
        }
        let usual = match source {
            Source::HostsIcs => world.hosts_ics.clone(),
            source => (world.source_files)(source),
        };
        let mut add = |path: PathBuf, named| {
            if !files
                .iter()
                .any(|file| file.source == source && file.path == path)
            {
                files.push(File {
                    source,
                    path,
                    named,
                });
            }
        };
        for path in world.settings.files(source) {
            add(path.clone(), true);
        }
        for path in usual {
            add(path, false);
        }
    }
    files
}

/// The programs of all sources that are not switched off.
fn programs(world: &World, wanted: impl Fn(Source) -> bool) -> Vec<Program> {
    let with_program = SOURCES.iter().filter(|facts| facts.program.is_some());
    let asked = with_program.filter_map(|facts| {
        let switch = world.settings.asks(facts.source);
        let on = switch.unwrap_or(facts.default == locate::source::Default::On);
        (on && wanted(facts.source)).then_some(Program {
            source: facts.source,
            insisted: switch == Some(true),
        })
    });
    asked.collect()
}

/// What the cluster said of its API servers while it answered, the newest word first.
fn members(state: &State, authority: &Authority) -> BTreeSet<SocketAddr> {
    let said = state
        .endpoints(authority)
        .flat_map(|endpoint| &endpoint.members);
    said.copied().take(MOST_MEMBERS).collect()
}
