//! Looks for the cluster behind an entry: race, second facts, decision. Changes nothing.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use identity::Authority;
use identity::Limits;
use identity::ProbeError;
use identity::api::Credentials;
use locate::Candidate;
use locate::Policy;
use locate::Source;
use locate::sweep::Sweeping;

use super::decide::Decision;
use super::decide::Facts;
use super::decide::decide;
use super::membership::Membership;
use super::search::search;
use crate::check;
use crate::followable::Followable;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Evidence;
use crate::second_fact::Record;
use crate::second_fact::is_at;
use crate::state::State;
use crate::world::World;

/// How long second facts have at least: an own address that accepts and says nothing takes all the time there
/// is, and a sibling that could not be asked would be taken for the node itself.
const FOR_SECOND_FACTS: Duration = Duration::from_secs(1);

/// How far to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// At the entry's own server only.
    Own,
    /// Everywhere, but addresses are not tried one by one.
    Unswept,
    /// Everywhere.
    #[default]
    Everywhere,
}

/// How to look.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--at`: look here, and nowhere else.
    pub at: Vec<SocketAddr>,
    /// How far to look.
    pub reach: Reach,
    /// How long each probe waits.
    pub limits: Limits,
    /// How patient the race is.
    pub policy: Policy,
    /// Ask only the sources that cost next to nothing: the others found nothing a moment ago.
    pub thrifty: bool,
    /// `--sweep`: try the addresses of local networks too, not only those of networks inside this machine.
    pub sweep: bool,
    /// Told when a sweep begins.
    pub on_sweep: Option<fn(&Sweeping)>,
}

/// What was found.
#[derive(Debug)]
pub struct Look {
    /// What it means.
    pub decision: Decision,
    /// What ties the peer of the decision to the entry; empty where there is none.
    pub evidence: Vec<Evidence>,
    /// Every candidate that was refused, with its reason.
    pub rejected: Vec<(Candidate, ProbeError)>,
    /// Candidates that had not answered when the race was over.
    pub unfinished: Vec<Candidate>,
    /// Sources that could not be asked, with the cause.
    pub failed_sources: Vec<(Source, String)>,
    /// Whether the CA signs, or may sign, for other clusters too.
    pub shared: bool,
    /// The sweep, if it came to that.
    pub swept: Option<Arc<Sweeping>>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why an entry cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its identity cannot be proved: {0}")]
pub struct Unprovable(pub &'static str);

/// A server that is known to be slow is not searched for while it may yet answer. One that is gone fails sooner, and
/// with that the search begins.
fn head_start(policy: Policy, target: &Target, state: &State, authority: &Authority) -> Duration {
    let known = state
        .endpoints(authority)
        .find(|known| is_at(target, known));
    let took = known.map_or(0, |known| known.latency);
    let enough = Duration::from_millis(took.saturating_add(took / 2));
    policy.head_start.max(enough.min(policy.deadline))
}

/// Finds the cluster behind an entry. `credentials` are used only on peers whose identity is proved: to
/// tell a sibling from a clone, and for shared CAs.
///
/// # Errors
/// [`Unprovable`] when the entry has no CA of its own to prove anything by.
pub async fn look(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    credentials: Option<&Credentials>,
    options: &Options,
) -> Result<Look, Unprovable> {
    let start = Instant::now();
    if let Some(why) = check::unprovable(target, &world.proxies) {
        return Err(Unprovable(why));
    }
    let Trust::Authority { authority, .. } = &target.trust else {
        return Err(Unprovable("it has no CA of its own"));
    };
    let hints = world.settings.hints(&target.name);
    let followable = Followable::of(&target.cluster, &target.server, &hints);
    let chosen = !options.at.is_empty();
    let record = Record::of(target, authority, kubeconfigs, state, hints.shared_ca);

    // One deadline for everything: DNS, race and second facts share it.
    let mut end = start + options.policy.deadline;
    let left = |end: Instant| end.saturating_duration_since(Instant::now());
    let time_left = |limits: Limits, end: Instant| Limits {
        connect: limits.connect.min(left(end)),
        total: limits.total.min(left(end)),
    };
    let head_start = head_start(options.policy, target, state, authority);
    let race_left = |end: Instant| Policy {
        deadline: left(end),
        head_start,
        ..options.policy
    };
    let (own, mut failed_sources) =
        match check::own_candidates(target, world.resolver.as_ref()).await {
            Ok(own) => (own, Vec::new()),
            Err(reason) => (Vec::new(), vec![(Source::Dns, reason)]),
        };
    let follow = followable == Followable::Yes || (chosen && followable != Followable::Forbidden);
    let search = search(
        world,
        state,
        target,
        authority,
        options,
        follow,
        &mut failed_sources,
    );
    let limits = options.limits;
    let mut outcome = locate::race(&own, &search, &race_left(end), |address, own| {
        check::probe(target, address, own, &limits)
    })
    .await;
    failed_sources.append(&mut outcome.failed_sources);
    let swept = outcome.swept.as_ref();
    if swept.is_some_and(|swept| !swept.plan.targets.is_empty()) {
        // It put the deadline off for itself, so also for the second facts of what it found.
        end = Instant::now() + options.policy.deadline;
    }
    if !outcome.accepted.is_empty() {
        end = end.max(Instant::now() + FOR_SECOND_FACTS);
    }

    let mut facts = Facts {
        followable,
        chosen,
        old: target.literal(),
        own: None,
        others: Vec::new(),
        recorded: record.leaf,
        siblings: siblings(target, authority, kubeconfigs, state),
        listed: false,
        has_others: false,
    };
    let mut accepted = outcome.accepted;
    let mut asked_all = false;
    let mut evidence: BTreeMap<SocketAddr, Vec<Evidence>> = BTreeMap::new();
    while let Some((candidate, proof)) = accepted.pop() {
        let own = candidate.source == Source::Entry;
        let found = record
            .evidence(
                target,
                authority,
                &proof,
                credentials,
                time_left(limits, end),
            )
            .await;
        let confirmed = found.is_some();
        evidence.insert(candidate.address, found.unwrap_or_default());
        if own && (confirmed || record.leaf.is_none()) {
            facts.own = Some((candidate, proof));
            continue;
        }
        let judged = candidate.address;
        facts.others.push(((candidate, proof), confirmed));
        if own && !asked_all {
            // It ended the race, in which nobody else was asked. Nor may it end the next one, before slower
            // sources have named anybody: an address where the cluster was before is mostly its own.
            asked_all = true;
            let mut search = search.clone();
            search.known.retain(|known| known.address != judged);
            search.sweep = None;
            let others = locate::race(&[], &search, &race_left(end), |address, own| {
                check::probe(target, address, own, &limits)
            })
            .await;
            accepted.extend(others.accepted);
            outcome.rejected.extend(others.rejected);
            outcome.unfinished.extend(others.unfinished);
            failed_sources.extend(others.failed_sources);
        }
    }
    ask_members(
        &mut facts,
        &Membership {
            target,
            authority,
            credentials,
            limits: time_left(limits, end),
        },
    )
    .await;
    let decision = decide(facts);
    let evidence = decision
        .answer()
        .and_then(|(candidate, _)| evidence.remove(&candidate.address))
        .unwrap_or_default();
    Ok(Look {
        decision,
        evidence,
        rejected: outcome.rejected,
        unfinished: outcome.unfinished,
        failed_sources,
        shared: record.shared,
        swept: outcome.swept,
        elapsed: start.elapsed(),
    })
}

/// Asks the cluster which API servers it has, where the decision depends on it.
async fn ask_members(facts: &mut Facts, membership: &Membership<'_>) {
    if facts.own.is_some() || facts.chosen {
        return;
    }
    let ours: Vec<_> = facts
        .others
        .iter()
        .filter(|((_, proof), confirmed)| *confirmed && proof.identifies())
        .map(|(answer, _)| answer)
        .collect();
    let machines: BTreeSet<_> = ours
        .iter()
        .map(|(_, proof)| proof.leaf.fingerprint)
        .collect();
    if machines.len() > 1 {
        facts.listed = membership.all_listed(&ours).await;
    } else if let (None, Some((_, proof))) = (facts.recorded, ours.first()) {
        facts.has_others = membership.has_others(proof).await;
    }
}

/// The keys of the nodes that other entries' servers are, as far as they are on record.
fn siblings(
    target: &Target,
    authority: &Authority,
    kubeconfigs: &Kubeconfigs,
    state: &State,
) -> Vec<identity::SpkiHash> {
    let others: Vec<Target> = kubeconfigs.namesakes(target).collect();
    let endpoints = state.endpoints(authority);
    endpoints
        .filter(|endpoint| others.iter().any(|other| is_at(other, endpoint)))
        .map(|e| e.leaf)
        .collect()
}
