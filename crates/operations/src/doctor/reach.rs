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
use kubeconfig::redact;
use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use locate::Candidate;

use super::catalogue as kind;
use super::certificate;
use super::diagnose::Case;
use super::distribution::Distribution;
use super::distribution::Task;
use super::entries;
use super::entries::Entries;
use super::entries::SET_CLUSTER;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::route;
use super::route::Neighbour;
use super::stranger;
use crate::check;
use crate::credentials;
use crate::failure::Failure;
use crate::failure::Rung;
use crate::followable::Followable;
use crate::heal;
use crate::heal::Decision;
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
    if let Some(proxy) = cluster.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        behind_proxy(case, name, proxy, ladder).await;
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
            proved(case, entries, target, candidates, ladder).await
        }
        Some((target, _)) => {
            unproved(case, entries, target, &candidates, ladder).await;
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
                    let failed = candidates.iter().map(|c| c.address).zip(errors).collect();
                    not_there(case, entries, failed, None, ladder);
                }
            }
            None
        }
    }
}

/// The first success, or all errors in the order of what was asked.
async fn first_of<T>(
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
            let failed = candidates.iter().map(|c| c.address).zip(errors).collect();
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
    if let Trust::Authority { authority, .. } = &target.trust {
        let hinted = case.world.settings.hints(&target.name).shared_ca;
        let record = Record::of(target, authority, kubeconfigs, case.state, hinted);
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
    Some(Reached { candidate, proof })
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
    let rung = |error: &ProbeError| Failure::of_probe(error, "").rung;
    let Some((address, error)) = failed.iter().max_by_key(|(_, error)| rung(error)).cloned() else {
        return;
    };
    if rung(&error) < Rung::Identity {
        not_there(case, entries, failed, looked, ladder);
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

/// Nobody was connected to, or nobody who spoke.
fn not_there(
    case: &Case<'_>,
    entries: &Entries,
    failed: Vec<(SocketAddr, ProbeError)>,
    looked: Option<&Look>,
    ladder: &mut Ladder,
) {
    let rung = |error: &ProbeError| Failure::of_probe(error, "").rung;
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
        seen.push_str(&match own {
            Err(_) => "; this machine has no route there".to_owned(),
            Ok(_) if tables.neighbour == Some(Neighbour::Nobody) => {
                format!("; nobody answers ARP for it ({})", way(address))
            }
            Ok(_) => format!("; the way there: {}", way(address)),
        });
    } else {
        ladder.ok(Rung::Address, way(address));
    }
    let distribution = distribution(entries, None);
    let there = if kind.id == kind::NETWORK_UNREACHABLE.id {
        Mend::hand("bring the network up: the interface, VPN or virtual switch that leads there")
    } else {
        distribution.mend(case.world, entries.cluster_name(), task)
    };
    let (mend, more) = elsewhere(case, entries, looked, there);
    seen.push_str(&more);
    ladder.find(Finding::new(kind, seen, mend));
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
        Decision::Moved(answer) | Decision::Works(answer) | Decision::NeedsName(answer) => {
            let (candidate, proof) = answer.as_ref();
            let found = format!(
                "; the cluster answers at {} (by {})",
                proof.address, candidate.source
            );
            (heal(), found)
        }
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

/// The entry has no CA: nothing can be proved, and nothing secret is sent.
async fn unproved(
    case: &Case<'_>,
    entries: &Entries,
    target: &Target,
    candidates: &[Candidate],
    ladder: &mut Ladder,
) {
    let name = target.pin().sni().to_owned();
    let path = format!("{}/version", target.server.path.trim_end_matches('/'));
    let limits = case.options.limits;
    let plain = matches!(target.trust, Trust::Plain);
    let looks = candidates.iter().map(|candidate| async {
        let address = candidate.address;
        if plain {
            inspect::in_the_clear(address, &address.to_string(), &path, &limits).await
        } else {
            inspect(address, &name, &path, &limits).await
        }
    });
    let stranger = match first_of(looks).await {
        Ok(stranger) => stranger,
        Err(errors) => {
            let failed = candidates.iter().map(|c| c.address).zip(errors).collect();
            not_there(case, entries, failed, None, ladder);
            return;
        }
    };
    there(candidates.first(), &stranger, ladder);
    let shown = stranger.certificate.as_ref();
    let said = stranger.said.as_ref();
    match &target.trust {
        Trust::Plain if said.is_some_and(|said| said.wants_tls) => {
            let url = redact::url(&target.cluster.server).replacen("http://", "https://", 1);
            let port = format!(":{}", target.server.port);
            // The default port of http is none of https.
            let url = if target.server.port == 80 && !url.ends_with(&port) {
                format!("{url}{port}")
            } else {
                url
            };
            let flag = format!("--server={url}");
            let mend = case.ours(SET_CLUSTER, &[&target.name], &[&flag]);
            let seen = "400: Client sent an HTTP request to an HTTPS server";
            ladder.find(Finding::new(&kind::HTTP_TO_TLS, seen, mend));
        }
        Trust::Plain => {
            let mend = Mend::hand("use the server's https port");
            let seen = format!(
                "the server is {}",
                escape(&redact::url(&target.cluster.server))
            );
            ladder.find(Finding::new(&kind::PLAIN_HTTP, seen, mend));
        }
        _ if shown.is_none() => {
            let error = ProbeError::Tls("no TLS is spoken there".to_owned());
            stranger::in_the_clear(case, entries, &error, &stranger, None, ladder);
        }
        Trust::Insecure => {
            let seen = format!(
                "cluster {} says insecure-skip-tls-verify: true",
                escape(&target.name)
            );
            let mend = case.ours(&["heal"], &[&entries.context], &["--pin"]);
            ladder.find(Finding::new(&kind::INSECURE, seen, mend));
        }
        // No public CA may sign for names that are not on the Internet (CA/Browser Forum, Baseline
        // Requirements 4.2.2).
        _ if shown.is_some_and(|shown| shown.leaf.carries_cluster_names()) => {
            let issuer = shown.map(|shown| shown.issuer.clone()).unwrap_or_default();
            let seen = format!("x509: certificate signed by unknown authority ({issuer})");
            let mend = entries::give_ca(case, &target.name);
            ladder.find(Finding::new(&kind::NO_CA, seen, mend));
        }
        _ => {
            let issuer = shown.map(|shown| shown.issuer.clone()).unwrap_or_default();
            let seen = format!(
                "cluster {} has no CA; {issuer} signed for it",
                escape(&target.name)
            );
            let mend = entries::give_ca(case, &target.name);
            ladder.find(Finding::new(&kind::SYSTEM_CA, seen, mend));
        }
    }
    ladder.skip(Rung::Credential, "not sent: nothing proves who answers");
}

fn there(candidate: Option<&Candidate>, stranger: &Stranger, ladder: &mut Ladder) {
    let Some(candidate) = candidate else {
        return;
    };
    let time = milliseconds(stranger.connect);
    ladder.ok(Rung::Address, way(candidate.address));
    ladder.ok(Rung::Port, format!("{} in {time}", candidate.address));
}

async fn behind_proxy(case: &Case<'_>, cluster: &str, proxy: &str, ladder: &mut Ladder) {
    let shown = escape(&redact::url(proxy)).into_owned();
    let limits = case.options.limits;
    let mend = Mend::hand(format!(
        "start the proxy, or reach the server without it: `bowline config unset {}`",
        crate::failure::argument(&format!("clusters.{cluster}.proxy-url"))
    ));
    // Only to see whether anybody is there; what is said is for the proxy alone.
    let reached = match proxy_address(case, proxy).await {
        None => Ok(()),
        Some(Err(error)) => Err(error),
        Some(Ok(address)) => {
            let connecting = tokio::net::TcpStream::connect(address);
            match tokio::time::timeout(limits.connect, connecting).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("no answer".to_owned()),
            }
        }
    };
    let finding = match reached {
        Ok(()) => Finding::new(&kind::PROXIED, format!("proxy-url is {shown}"), mend),
        Err(error) => {
            let seen = format!("proxy-url is {shown}: {}", escape(&error));
            Finding::new(&kind::PROXY_UNREACHABLE, seen, mend)
        }
    };
    ladder.find(finding);
}

/// The address of a proxy; `None` where its URL cannot be read.
async fn proxy_address(case: &Case<'_>, proxy: &str) -> Option<Result<SocketAddr, String>> {
    let (scheme, rest) = proxy.split_once("://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        "socks5" | "socks5h" => 1080,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // Without scheme and user it is read as a server's address is.
    let server = Server::parse(&format!("https://{host}")).ok()?;
    let written = host.ends_with(&format!(":{}", server.port));
    let port = if written { server.port } else { default };
    match &server.host {
        kubeconfig::server::Host::Ip(address) => Some(Ok(SocketAddr::new(*address, port))),
        kubeconfig::server::Host::Name(name) => {
            let limit = locate::Source::Entry.facts().limit;
            let resolving = case.world.resolver.resolve(name.clone());
            Some(match tokio::time::timeout(limit, resolving).await {
                Ok(Ok(found)) => match found.first() {
                    Some(address) => Ok(SocketAddr::new(*address, port)),
                    None => Err(format!("{name} has no address")),
                },
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("the resolver does not answer".to_owned()),
            })
        }
    }
}

/// The way to an address in words.
fn way(address: SocketAddr) -> String {
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
