//! The race: the entry's own address first, then every candidate at once, all judged.

mod deadline;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio::time::sleep_until;

use crate::candidate::Candidate;
use crate::search::Event;
use crate::search::Search;
use crate::source::Source;
use crate::sweep::Sweeping;
use deadline::Deadline;

/// How patient a race is.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long the entry's own address has before the sources are asked as well; a healthy server answers
    /// within it, so that nothing else is disturbed.
    pub head_start: Duration,
    /// How long to go on after the first candidate was proved, so that a second one (a sibling, a clone)
    /// is not overlooked.
    pub grace: Duration,
    /// When to give up.
    pub deadline: Duration,
    /// The most candidates to try; as many again if they fit what is on record.
    pub most: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            head_start: Duration::from_millis(200),
            grace: Duration::from_millis(80),
            deadline: Duration::from_millis(2950),
            most: 64,
        }
    }
}

/// How a race ended.
#[derive(Debug)]
pub struct Outcome<P, E> {
    /// Those proved, the first first.
    pub accepted: Vec<(Candidate, P)>,
    /// Those refused, each with its reason.
    pub rejected: Vec<(Candidate, E)>,
    /// Those still unanswered when the race was over.
    pub unfinished: Vec<Candidate>,
    /// Sources that could not be asked, with the cause.
    pub failed_sources: Vec<(Source, String)>,
    /// The sweep, if it came to that.
    pub swept: Option<Arc<Sweeping>>,
}

/// Probes the entry's own addresses and, as soon as those have failed or their head start is over, every
/// candidate the sources name.
///
/// Ends when an own address is proved; or when all own addresses are judged, a candidate is proved and the
/// grace is over; or when nothing is left to wait for; or at the deadline. So an own address that is only
/// slow is waited for even when a candidate is proved meanwhile: a server that works is never declared gone.
///
/// A sweep puts the deadline off until it is over ([`Source::Sweep`] has its own), and for what it found, as
/// long again. It does not put off any of the other ends.
pub async fn race<P, E, F>(
    own: &[Candidate],
    search: &Search,
    policy: &Policy,
    probe: impl Fn(SocketAddr, bool) -> F,
) -> Outcome<P, E>
where
    F: Future<Output = Result<P, E>>,
{
    let start = Instant::now();
    let mut deadline = Deadline::new(start, policy.deadline);
    let mut outcome = Outcome {
        accepted: Vec::new(),
        rejected: Vec::new(),
        unfinished: Vec::new(),
        failed_sources: Vec::new(),
        swept: None,
    };
    let mut tried: Vec<Candidate> = Vec::new();
    let mut running = FuturesUnordered::new();
    let judge = |index: usize, candidate: &Candidate, own: bool| {
        let probe = probe(candidate.address, own);
        async move { (index, own, probe.await) }
    };
    for candidate in own {
        running.push(judge(tried.len(), candidate, true));
        tried.push(candidate.clone());
    }
    let mut own_left = tried.len();
    let mut pending: Vec<bool> = vec![true; tried.len()];

    let (events, mut reports) = mpsc::unbounded_channel();
    let mut events = Some(events);
    // Held until the race ends: dropping it stops the sources.
    let mut sources = None;
    let mut sources_done = false;
    let mut first_proved: Option<Instant> = None;

    loop {
        if sources.is_none() && (own_left == 0 || start.elapsed() >= policy.head_start) {
            sources = events.take().map(|events| search.start(&events));
        }
        let grace_over =
            own_left == 0 && first_proved.is_some_and(|at| at.elapsed() >= policy.grace);
        if grace_over || (sources_done && running.is_empty()) || Instant::now() >= deadline.end() {
            break;
        }
        let wake = match (sources.is_none(), first_proved) {
            (true, _) => start + policy.head_start,
            (false, Some(at)) if own_left == 0 => at + policy.grace,
            (false, _) => deadline.end(),
        };
        tokio::select! {
            Some((index, own, result)) = running.next() => {
                pending[index] = false;
                own_left -= usize::from(own);
                match result {
                    Ok(proof) => {
                        outcome.accepted.push((tried[index].clone(), proof));
                        if own {
                            break;
                        }
                        first_proved.get_or_insert_with(Instant::now);
                    }
                    Err(reason) => outcome.rejected.push((tried[index].clone(), reason)),
                }
            }
            event = reports.recv(), if !sources_done => match event {
                None => sources_done = true,
                Some(Event::Failed(source, reason)) => outcome.failed_sources.push((source, reason)),
                Some(Event::SweepBegins(sweeping)) => {
                    if !sweeping.plan.targets.is_empty() {
                        deadline.sweep_begins(Instant::now(), Source::Sweep.facts().limit);
                        if let Some(told) = search.on_sweep {
                            told(&sweeping);
                        }
                    }
                    outcome.swept = Some(sweeping);
                }
                Some(Event::SweepEnds) => deadline.sweep_ends(),
                Some(Event::Found(candidate)) => {
                    let known = tried.iter().any(|known| known.address == candidate.address);
                    // What fits the record is asked although others came first in their dozens.
                    let swept = candidate.source == Source::Sweep;
                    let most = match (swept, search.likely.fits(&candidate)) {
                        // They are there, and come one after the other.
                        (true, _) => policy.most * 4,
                        (false, true) => policy.most * 2,
                        (false, false) => policy.most,
                    };
                    if !known && candidate.is_plausible() && tried.len() < most {
                        running.push(judge(tried.len(), &candidate, false));
                        tried.push(candidate);
                        pending.push(true);
                        if swept {
                            deadline.sweep_found(Instant::now());
                        }
                    }
                }
            },
            () = sleep_until(wake.min(deadline.end())) => {}
        }
    }
    let unfinished = tried
        .into_iter()
        .zip(pending)
        .filter(|(_, pending)| *pending);
    outcome.unfinished = unfinished.map(|(candidate, _)| candidate).collect();
    outcome
}
