//! Nobody answers, or nobody who speaks.

use std::net::SocketAddr;

use identity::ProbeError;
use kubeconfig::redact::escape;

use super::catalogue as kind;
use super::diagnose::Case;
use super::distribution::Task;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::reach::distribution;
use super::reach::way;
use super::route;
use super::route::Neighbour;
use crate::failure::Failure;
use crate::failure::Rung;
use crate::followable::Followable;
use crate::heal::Decision;
use crate::heal::Look;

/// Nobody was connected to, or nobody who spoke.
pub(super) fn not_there(
    case: &Case<'_>,
    entries: &Entries,
    failed: &[(SocketAddr, ProbeError)],
    looked: Option<&Look>,
    ladder: &mut Ladder,
) {
    let rung = |error: &ProbeError| Failure::of_probe(error, "", None).rung;
    let Some((address, error)) = failed.iter().max_by_key(|(_, error)| rung(error)).cloned() else {
        return;
    };
    let tables = route::tables(address.ip());
    let own = route::own_address(address);
    let text = escape(&error.to_string()).into_owned();
    let (kind, task) = match &error {
        ProbeError::Refused => (&kind::PORT_REFUSED, Task::Start),
        ProbeError::Closed => (&kind::PORT_CLOSES, Task::RestartServer),
        ProbeError::Hung { .. } => (&kind::PORT_HUNG, Task::Resume),
        ProbeError::Http(_) => (&kind::HTTP_FAILED, Task::RestartServer),
        ProbeError::Unreachable(_) if own.is_err() => (&kind::NETWORK_UNREACHABLE, Task::Start),
        ProbeError::Unreachable(_) => (&kind::NO_ROUTE, Task::Start),
        // Nobody answers ARP either; kubectl waits for that and then says "no route to host".
        _ if tables.neighbour == Some(Neighbour::Nobody) => (&kind::NO_ROUTE, Task::Start),
        _ => (&kind::NO_ANSWER, Task::Start),
    };
    let mut seen = match failed.len() {
        1 => format!("{address}: {text}"),
        _ => failed
            .iter()
            .map(|(address, error)| format!("{address}: {}", escape(&error.to_string())))
            .collect::<Vec<_>>()
            .join("; "),
    };
    if kind.rung == Rung::Address {
        let nobody = tables.neighbour == Some(Neighbour::Nobody);
        seen.push_str(match own {
            Err(_) => "; this machine has no route there",
            Ok(_) if nobody => "; nobody answers ARP for it, ",
            Ok(_) => "; the way there: ",
        });
        if own.is_ok() {
            seen.push_str(&way(address));
        }
    } else {
        ladder.ok(Rung::Address, way(address));
    }
    let distribution = distribution(entries, None);
    let there = if kind.id == kind::NETWORK_UNREACHABLE.id {
        Mend::hand("bring the network up: the interface, VPN or virtual switch that leads there")
    } else {
        let mend = distribution.mend(case.world, entries.cluster_name(), task);
        if kind.rung == Rung::Address {
            or_let_through(mend)
        } else {
            mend
        }
    };
    let (mend, more) = elsewhere(case, entries, looked, there);
    seen.push_str(&more);
    ladder.find(Finding::new(kind, seen, mend));
}

/// From here, a machine that is off and packets that are lost on the way look the same.
fn or_let_through(mut mend: Mend) -> Mend {
    let more = "if it runs at that address, a firewall or VPN between keeps packets away";
    match mend.text.take() {
        Some(text) => mend.and(format!("{text}; {more}")),
        None => mend.and(more),
    }
}

/// What mends a server that is not there: following it where it was found elsewhere, else `there`.
pub(super) fn elsewhere(
    case: &Case<'_>,
    entries: &Entries,
    looked: Option<&Look>,
    there: Mend,
) -> (Mend, String) {
    let heal = || case.ours(&["heal"], &[&entries.context], &[]);
    let (Some((_, name, cluster)), Some(server)) = (&entries.cluster, &entries.server) else {
        return (there, String::new());
    };
    // Also of a tunnel: the port of a container moves, and is found.
    if let Some(Decision::Moved(answer) | Decision::Works(answer) | Decision::NeedsName(answer)) =
        looked.map(|look| &look.decision)
    {
        let (candidate, proof) = answer.as_ref();
        let found = format!(
            "; the cluster answers at {} (by {})",
            proof.address, candidate.source
        );
        return (heal(), found);
    }
    let hints = case.world.settings.hints(name);
    match Followable::of(cluster, server, &hints) {
        Followable::Yes => {}
        Followable::Tunnel => {
            let text =
                "start what forwards to the cluster (a tunnel, `kubectl port-forward`, Docker)";
            return (Mend::hand(text), String::new());
        }
        Followable::Name => return (Mend::hand("ask whoever runs that name"), String::new()),
        Followable::Proxy => return (Mend::hand("look at the proxy"), String::new()),
        Followable::Forbidden => {
            let text = "config.toml says follow = false for it: start the cluster, or remove that";
            return (Mend::hand(text), String::new());
        }
    }
    let Some(look) = looked else {
        return (if case.looks { there } else { heal() }, String::new());
    };
    match &look.decision {
        Decision::Failover(answer) => {
            let found = format!(
                "; another node of the cluster answers at {}, which `k` uses meanwhile",
                answer.1.address
            );
            (there, found)
        }
        Decision::Ambiguous(answers) | Decision::Unproven(answers) => {
            let at: Vec<_> = answers.iter().map(|(_, p)| p.address.to_string()).collect();
            let mend = case.ours(&["heal"], &[&entries.context], &["--at=ADDRESS"]);
            let mend = Mend::hand(format!(
                "say which one it is: `{}`",
                mend.command.unwrap_or_default()
            ));
            (mend, format!("; it may be the one at {}", at.join(" or ")))
        }
        _ => (there, "; it was found nowhere else".to_owned()),
    }
}
