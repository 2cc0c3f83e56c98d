//! What a look for a cluster found, in words.

use std::fmt::Write as _;

use identity::ProbeError;
use identity::Rejection;
use kubeconfig::redact::escape;
use locate::Candidate;
use locate::Source;
use locate::sweep::Refusal;
use locate::sweep::Sweeping;
use operations::Followable;
use operations::failure::Failure;
use operations::failure::heal;
use operations::heal::Decision;
use operations::heal::Look;
use operations::heal::decide::Answer;
use operations::kubeconfigs::Target;

use crate::exit;

/// One line that says what a decision is, without the program's name in front.
pub(crate) fn headline(context: &str, target: &Target, look: &Look) -> String {
    let context = escape(context);
    let server = &target.server;
    match &look.decision {
        Decision::Works(answer) => format!(
            "{context}: works at {} ({})",
            answer.1.address,
            milliseconds(look)
        ),
        Decision::NeedsName(answer) => format!(
            "{context}: the right cluster answers at {}, but kubectl refuses its certificate under {}",
            answer.1.address,
            escape(&target.pin().kubectl_name())
        ),
        Decision::NeedsNameUnwritten(answer, why) => format!(
            "{context}: the right cluster answers at {}, but kubectl refuses its certificate under {}; the entry is left as it is: {why}",
            answer.1.address,
            escape(&target.pin().kubectl_name())
        ),
        Decision::Moved(answer) => format!(
            "{context}: moved from {server} to {} (by {}, proved by {} in {})",
            answer.1.address,
            by(&answer.0),
            evidence(look),
            milliseconds(look)
        ),
        Decision::Failover(answer) => format!(
            "{context}: {server} is down; another node of the cluster answers at {} (by {}, proved by {}): used for now, never written",
            answer.1.address,
            by(&answer.0),
            evidence(look)
        ),
        Decision::Ambiguous(answers) => format!(
            "{context}: refused: {} answer with the cluster's CA, but the cluster does not list all of them; one may be a clone of the other",
            nodes(answers)
        ),
        Decision::Unproven(answers) => format!(
            "{context}: refused: {} may be another cluster of the same CA, and no second fact says that it is this one",
            nodes(answers)
        ),
        Decision::NotFollowed(_) | Decision::Lost if out_of_date(look).is_some() => {
            let failure = out_of_date(look).map(|error| Failure::of_probe(error, ""));
            let cause = failure.map(|failure| failure.cause).unwrap_or_default();
            format!("{context}: {server} answers, and kubectl refuses it: {cause}")
        }
        Decision::NotFollowed(why) => {
            format!("{context}: {server} does not answer, and is left as it is: {why}")
        }
        Decision::Lost => format!(
            "{context}: not found: {server} is not answered by this cluster, and nothing else was proved to be it ({})",
            milliseconds(look)
        ),
    }
}

/// What is wrong with the dates of the cluster's own server, where that is all that is wrong: a clock may be.
fn out_of_date(look: &Look) -> Option<&ProbeError> {
    let own = look
        .rejected
        .iter()
        .filter(|(candidate, _)| candidate.source == Source::Entry);
    let errors = own.map(|(_, error)| error);
    let mut dated = errors.filter(|error| {
        matches!(
            error,
            ProbeError::Rejected(
                Rejection::Expired { .. }
                    | Rejection::NotYetValid { .. }
                    | Rejection::AnchorOutOfDate { .. }
            )
        )
    });
    dated.next().filter(|_| look.decision.answer().is_none())
}

/// What would help, if anything: the command to type.
pub(crate) fn remedy(context: &str, look: &Look) -> Option<String> {
    if let Some(error) = out_of_date(look) {
        return Some(Failure::of_probe(error, context).remedy);
    }
    match &look.decision {
        Decision::Works(_) | Decision::NeedsName(_) | Decision::Moved(_) => None,
        Decision::NeedsNameUnwritten(answer, _) => Some(format!(
            "kubectl accepts it with --tls-server-name={}",
            answer.1.proved_name()
        )),
        Decision::Failover(answer) => Some(format!(
            "to make that node the entry's own: {}",
            heal(context, &format!("--at {}", answer.1.address))
        )),
        Decision::Unproven(_) => Some(
            "if its CA signs for this cluster only, say so in config.toml: shared_ca = false"
                .to_owned(),
        ),
        Decision::Ambiguous(_) => Some(format!(
            "if you know which one it is: {}",
            heal(context, "--at ADDRESS")
        )),
        Decision::NotFollowed(Followable::Forbidden) => {
            Some("to follow it, remove follow = false from config.toml".to_owned())
        }
        Decision::NotFollowed(_) | Decision::Lost => Some(format!(
            "if you know where it is: {}",
            heal(context, "--at ADDRESS")
        )),
    }
}

/// The networks that a sweep would try if it were asked to, where nothing was found.
pub(crate) fn sweep_offer(context: &str, look: &Look) -> Option<String> {
    if !matches!(look.decision, Decision::Lost) {
        return None;
    }
    let refused = &look.swept.as_ref()?.plan.refused;
    let offered = refused.iter().filter(|(_, why)| *why == Refusal::NotAsked);
    let networks: Vec<String> = offered.map(|(network, _)| network.to_string()).collect();
    if networks.is_empty() {
        return None;
    }
    Some(format!(
        "to try each address of {}: {}",
        escape(&networks.join(", ")),
        heal(context, "--sweep")
    ))
}

/// Every candidate with the reason why it was refused, and every source that could not be asked.
pub(crate) fn reasons(look: &Look) -> String {
    let mut text = String::new();
    for (candidate, error) in &look.rejected {
        let _ = writeln!(
            text,
            "  {} (by {}): {error}",
            candidate.address,
            by(candidate)
        );
    }
    for candidate in &look.unfinished {
        let _ = writeln!(
            text,
            "  {} (by {}): no answer in time",
            candidate.address,
            by(candidate)
        );
    }
    for (source, reason) in &look.failed_sources {
        let _ = writeln!(text, "  {source}: {}", escape(reason));
    }
    if let Some(swept) = &look.swept
        && !swept.plan.targets.is_empty()
    {
        let _ = writeln!(text, "  {}: {}", Source::Sweep, escape(&swept.to_string()));
    }
    if text.is_empty() {
        text.push_str("  no source named a candidate\n");
    }
    text
}

/// Says that a sweep begins, and how long it may take: about 128 addresses at once, then 250 a second
/// ([`locate::sweep`]).
pub(crate) fn sweep_begins(sweeping: &Sweeping) {
    let many = sweeping.plan.targets.len();
    let places: Vec<_> = sweeping
        .plan
        .shares
        .iter()
        .filter(|share| share.tried > 0)
        .map(ToString::to_string)
        .collect();
    super::note(&format!(
        "nothing else knows where it is: trying {many} addresses, {}; up to {} s, Ctrl-C stops it",
        escape(&places.join(", ")),
        (many.saturating_sub(128) / 250 + 2).min(20)
    ));
}

/// The exit code that a decision means for `heal`.
pub(crate) fn code(look: &Look) -> u8 {
    match &look.decision {
        Decision::Works(_) | Decision::NeedsName(_) | Decision::Moved(_) => exit::OK,
        Decision::Failover(_) | Decision::NotFollowed(_) => exit::NOT_FOUND,
        Decision::NeedsNameUnwritten(..) | Decision::Ambiguous(_) | Decision::Unproven(_) => {
            exit::NOT_PROVED
        }
        Decision::Lost => {
            let somebody = look.rejected.iter().any(|(_, error)| {
                matches!(
                    error,
                    ProbeError::Rejected(_) | ProbeError::NotAnApiServer { .. }
                )
            });
            if somebody {
                exit::NOT_PROVED
            } else {
                exit::NOT_FOUND
            }
        }
    }
}

fn by(candidate: &Candidate) -> String {
    match &candidate.name {
        Some(name) => format!("{}, {}", candidate.source, escape(name)),
        None => candidate.source.to_string(),
    }
}

/// What matched: `its CA key and the node's key`.
fn evidence(look: &Look) -> String {
    let matched: Vec<_> = look.evidence.iter().map(ToString::to_string).collect();
    matched.join(" and ")
}

fn nodes(answers: &[Answer]) -> String {
    let nodes: Vec<_> = answers
        .iter()
        .map(|(candidate, proof)| format!("{} (key {})", candidate.address, proof.leaf.key.short()))
        .collect();
    nodes.join(" and ")
}

fn milliseconds(look: &Look) -> String {
    format!("{} ms", look.elapsed.as_millis())
}
