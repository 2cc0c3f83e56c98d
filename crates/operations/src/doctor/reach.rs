//! The rungs of address, port and identity: what answers, and is it the cluster?

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use identity::Limits;
use identity::ProbeError;
use identity::Proof;
use identity::inspect;
use identity::inspect::Stranger;
use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use locate::Candidate;

use super::absent::not_there;
use super::catalogue as kind;
use super::certificate;
use super::diagnose::Case;
use super::distribution::Distribution;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::proxy;
use super::route;
use super::stranger;
use super::unproved;
use crate::check;
use crate::credentials;
use crate::failure::Failure;
use crate::failure::Rung;
use crate::heal;
use crate::heal::Look;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Record;

/// A name with more addresses is not looked at in all of them.
const MOST_ADDRESSES: usize = 8;

/// How long the entry's own server may take before the cluster is looked for elsewhere.
const HEAD_START: Duration = Duration::from_millis(250);

/// An answer that takes longer is spoken of.
const SLOW: Duration = Duration::from_secs(1);

/// A peer that was proved to be the cluster.
pub(super) struct Reached {
    pub(super) candidate: Candidate,
    pub(super) proof: Proof,
    /// Whether the CA signs, or may sign, for other clusters too.
    pub(super) shared: bool,
}

/// Connects, and says what was met.
pub(super) async fn reach(
    case: &Case<'_>,
    entries: &Entries,
    server: &Server,
    mut candidates: Vec<Candidate>,
    ladder: &mut Ladder,
) -> Option<Reached> {
    candidates.truncate(MOST_ADDRESSES);
    let Some((_, name, cluster)) = &entries.cluster else {
        return None;
    };
    if let Some(url) = cluster.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        proxy::behind_proxy(case, name, url, ladder).await;
        return None;
    }
    if case.world.proxies.apply_to(server) {
        let mend = Mend::hand("to reach it directly, name the server in NO_PROXY");
        let seen = "HTTPS_PROXY stands before it";
        ladder.find(Finding::new(&kind::PROXIED, seen, mend));
        return None;
    }
    match entries
        .target
        .as_ref()
        .map(|target| (target, &target.trust))
    {
        Some((target, Trust::Authority { .. })) => {
            Box::pin(proved(case, entries, target, candidates, ladder)).await
        }
        Some((target, _)) => {
            unproved::look(case, entries, target, &candidates, ladder).await;
            None
        }
        // The CA is unusable: who is there can still be asked for.
        None => {
            let addresses = candidates.iter().map(|candidate| candidate.address);
            let looks = addresses.map(|address| {
                inspect(
                    address,
                    identity::PINNED_NAME,
                    "/version",
                    &case.options.limits,
                )
            });
            let looked = first_of(looks).await;
            match looked {
                Ok(stranger) => there(candidates.first(), &stranger, ladder),
                Err(errors) => {
                    let failed: Vec<_> = candidates.iter().map(|c| c.address).zip(errors).collect();
                    not_there(case, entries, &failed, None, ladder);
                }
            }
            None
        }
    }
}

/// The first success, or all errors in the order of what was asked.
pub(super) async fn first_of<T>(
    all: impl Iterator<Item = impl Future<Output = Result<T, ProbeError>>>,
) -> Result<T, Vec<ProbeError>> {
    let mut running: FuturesUnordered<_> = all
        .enumerate()
        .map(|(index, one)| async move { (index, one.await) })
        .collect();
    let mut errors = Vec::new();
    while let Some((index, result)) = running.next().await {
        match result {
            Ok(value) => return Ok(value),
            Err(error) => errors.push((index, error)),
        }
    }
    errors.sort_by_key(|(index, _)| *index);
    Err(errors.into_iter().map(|(_, error)| error).collect())
}

/// The entry has a CA: the peer is proved by it, or it is said who it is instead.
async fn proved(
    case: &Case<'_>,
    entries: &Entries,
    target: &Target,
    candidates: Vec<Candidate>,
    ladder: &mut Ladder,
) -> Option<Reached> {
    let limits = case.options.limits;
    let probing = first_of(candidates.iter().map(|candidate| async {
        let proof = check::probe(target, candidate.address, true, &limits).await?;
        Ok((candidate.clone(), proof))
    }));
    let usable = entries.user.as_ref();
    let usable = usable.and_then(|(file, user)| credentials::of(file, user).ok());
    let options = heal::Options::default();
    let kubeconfigs = &case.files.kubeconfigs;
    let looking = heal::look(
        case.world,
        case.state,
        kubeconfigs,
        target,
        usable.as_ref(),
        &options,
    );
    let (probed, looked) = if case.looks {
        race(probing, looking).await
    } else {
        (probing.await, None)
    };
    let (candidate, proof) = match probed {
        Ok(answer) => answer,
        Err(errors) => {
            let failed: Vec<_> = candidates.iter().map(|c| c.address).zip(errors).collect();
            refused(case, entries, target, failed, looked.as_ref(), ladder).await;
            return None;
        }
    };
    let route = way(candidate.address);
    ladder.ok(Rung::Address, route);
    ladder.ok(
        Rung::Port,
        format!("{} in {}", candidate.address, milliseconds(proof.connect)),
    );
    if proof.latency > SLOW {
        let seen = format!(
            "{} took {} to connect and {} to answer",
            candidate.address,
            milliseconds(proof.connect),
            milliseconds(proof.latency)
        );
        let mend = Mend::hand("nothing has to be mended; kubectl waits");
        ladder.find(Finding::new(&kind::SLOW, seen, mend));
    }
    let mut shared = false;
    if let Trust::Authority { authority, .. } = &target.trust {
        let hinted = case.world.settings.hints(&target.name).shared_ca;
        let record = Record::of(target, authority, kubeconfigs, case.state, hinted);
        shared = record.shared;
        let credentials = usable.as_ref();
        if record
            .contradicts(target, authority, &proof, credentials, limits)
            .await
        {
            let seen = format!(
                "{} has the CA, but not the key of the node on record",
                candidate.address
            );
            let mend = case.ours(&["heal"], &[&entries.context], &[]);
            ladder.find(Finding::new(&kind::MAYBE_OTHER, seen, mend));
            return None;
        }
    }
    ladder.ok(
        Rung::Identity,
        format!(
            "it is the cluster by its CA key; node {}",
            proof.leaf.key.short()
        ),
    );
    certificate::name(
        case,
        entries,
        target,
        &proof.leaf,
        proof.kubectl_accepts,
        ladder,
    );
    let distribution = distribution(entries, Some(&proof.leaf));
    certificate::dates(case, entries, &proof.leaf, None, distribution, ladder);
    Some(Reached {
        candidate,
        proof,
        shared,
    })
}

/// Probes; when that fails or takes long, looks elsewhere too.
async fn race<T>(
    probing: impl Future<Output = Result<T, Vec<ProbeError>>>,
    looking: impl Future<Output = Result<Look, heal::look::Unprovable>>,
) -> (Result<T, Vec<ProbeError>>, Option<Look>) {
    tokio::pin!(probing, looking);
    let early = tokio::time::timeout(HEAD_START, &mut probing).await;
    match early {
        Ok(Ok(proved)) => (Ok(proved), None),
        Ok(failed) => (failed, looking.await.ok()),
        Err(_) => {
            let both = async {
                tokio::select! {
                    biased;
                    answer = &mut probing => match answer {
                        Ok(proof) => (Ok(proof), None),
                        failed => (failed, looking.await.ok()),
                    },
                    looked = &mut looking => (probing.await, looked.ok()),
                }
            };
            both.await
        }
    }
}

/// No peer was proved: which rung breaks, and who is there instead?
async fn refused(
    case: &Case<'_>,
    entries: &Entries,
    target: &Target,
    failed: Vec<(SocketAddr, ProbeError)>,
    looked: Option<&Look>,
    ladder: &mut Ladder,
) {
    // The failure that got furthest up the ladder says most.
    let rung = |error: &ProbeError| Failure::of_probe(error, "", None).rung;
    let Some((address, error)) = failed.iter().max_by_key(|(_, error)| rung(error)).cloned() else {
        return;
    };
    if rung(&error) < Rung::Identity {
        not_there(case, entries, &failed, looked, ladder);
        return;
    }
    ladder.ok(Rung::Address, way(address));
    let name = target.pin().sni().to_owned();
    let path = format!("{}/version", target.server.path.trim_end_matches('/'));
    let limits = Limits {
        total: Duration::from_millis(1500),
        ..case.options.limits
    };
    let stranger = inspect(address, &name, &path, &limits).await.ok();
    match &stranger {
        Some(stranger) => {
            let time = milliseconds(stranger.connect);
            ladder.ok(Rung::Port, format!("{address} in {time}"));
        }
        None => ladder.ok(Rung::Port, address.to_string()),
    }
    stranger::judge(
        &stranger::Met {
            case,
            entries,
            target,
            address,
            error: &error,
            stranger: stranger.as_ref(),
            looked,
        },
        ladder,
    );
}

pub(super) fn there(candidate: Option<&Candidate>, stranger: &Stranger, ladder: &mut Ladder) {
    let Some(candidate) = candidate else {
        return;
    };
    let time = milliseconds(stranger.connect);
    ladder.ok(Rung::Address, way(candidate.address));
    ladder.ok(Rung::Port, format!("{} in {time}", candidate.address));
}

/// The way to an address in words.
pub(super) fn way(address: SocketAddr) -> String {
    let Ok(own) = route::own_address(address) else {
        return "no route".to_owned();
    };
    if address.ip().is_loopback() {
        return format!("from {own}, within this machine");
    }
    let tables = route::tables(address.ip());
    let interface = tables
        .interface
        .map(|name| format!(" on {}", escape(&name)))
        .unwrap_or_default();
    let gateway = tables
        .gateway
        .map(|gateway| format!(" through {gateway}"))
        .unwrap_or_default();
    format!("from {own}{interface}{gateway}")
}

pub(super) fn distribution(entries: &Entries, leaf: Option<&identity::Leaf>) -> Distribution {
    let authority = entries
        .target
        .as_ref()
        .and_then(|target| match &target.trust {
            Trust::Authority { authority, .. } => Some(authority),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        });
    Distribution::of(authority, leaf)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
