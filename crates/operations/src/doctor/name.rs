//! The second rung: the addresses of the server's name, and who says so.

use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;

use kubeconfig::redact::escape;
use kubeconfig::server::Host;
use kubeconfig::server::Server;
use locate::Candidate;
use locate::Source;
use tokio::time::timeout;

use super::catalogue as kind;
use super::diagnose::Case;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use crate::failure::Rung;
use crate::followable::Followable;

/// A hosts file larger than this is a list of advertisers.
const MOST_BYTES: u64 = 8 << 20;

/// The addresses of the entry's server; `None` where there is none.
pub(super) async fn resolve(
    case: &Case<'_>,
    entries: &Entries,
    server: &Server,
    ladder: &mut Ladder,
) -> Option<Vec<Candidate>> {
    let at = |address: IpAddr| Candidate::new(SocketAddr::new(address, server.port), Source::Entry);
    let name = match &server.host {
        Host::Ip(address) => {
            ladder.ok(Rung::Name, "the server is an address");
            return Some(vec![at(*address)]);
        }
        Host::Name(name) => name,
    };
    let limit = Source::Entry.facts().limit;
    let resolved = timeout(limit, case.world.resolver.resolve(name.clone())).await;
    let others = others(case, name).await;
    let shown = escape(name);
    let mut said = String::new();
    for (who, address) in &others {
        let _ = write!(said, "; {who} says {address}");
    }
    let mend = || {
        let Some(cluster) = entries.cluster.as_ref() else {
            return Mend::hand("ask whoever runs that name");
        };
        let hints = case.world.settings.hints(&cluster.1);
        match Followable::of(&cluster.2, server, &hints) {
            Followable::Yes => case.ours(&["heal"], &[&entries.context], &[]),
            _ => Mend::hand("ask whoever runs that name"),
        }
    };
    match resolved {
        Err(_) => {
            let seen = format!(
                "{shown}: the system's resolver did not answer within {} s{said}",
                limit.as_secs_f32()
            );
            ladder.find(Finding::new(&kind::RESOLVER_SILENT, seen, mend()));
            None
        }
        Ok(Err(error)) => {
            let seen = format!("lookup {shown}: {}{said}", plain(&error));
            ladder.find(Finding::new(&kind::NAME_UNRESOLVED, seen, mend()));
            None
        }
        Ok(Ok(addresses)) if addresses.is_empty() => {
            let seen = format!("lookup {shown}: no address{said}");
            ladder.find(Finding::new(&kind::NAME_UNRESOLVED, seen, mend()));
            None
        }
        Ok(Ok(addresses)) => {
            let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let by_hand = others
                .iter()
                .any(|(who, address)| *who != "hosts.ics" && addresses.contains(address));
            let who = if by_hand {
                "the hosts file"
            } else {
                "the system's resolver"
            };
            ladder.ok(
                Rung::Name,
                format!("{shown} is {} by {who}", list.join(" and ")),
            );
            let differing: Vec<_> = others
                .iter()
                .filter(|(_, address)| !addresses.contains(address))
                .collect();
            if let Some((who, address)) = differing.first() {
                let seen = format!(
                    "{shown} is {} by the system's resolver, {address} by {who}",
                    list.join(", ")
                );
                ladder.find(Finding::new(&kind::NAME_DISAGREES, seen, mend()));
            }
            Some(
                addresses
                    .into_iter()
                    .map(|a| at(a).named(name.clone()))
                    .collect(),
            )
        }
    }
}

/// The text of a resolver's error without what Rust puts before it.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&text);
    escape(text).into_owned()
}

/// What the files say that may know the name: those that a hand writes, and that of Internet Connection
/// Sharing.
async fn others(case: &Case<'_>, name: &str) -> Vec<(&'static str, IpAddr)> {
    let mut found = Vec::new();
    for file in &case.options.hosts_files {
        found.extend(
            by_hand(file, name)
                .into_iter()
                .map(|a| ("the hosts file", a)),
        );
    }
    for record in ics(case).await {
        if !record.stale && record.name.eq_ignore_ascii_case(name.trim_end_matches('.')) {
            found.push(("hosts.ics", record.address));
        }
    }
    found
}

/// The records of every `hosts.ics` there is.
pub(super) async fn ics(case: &Case<'_>) -> Vec<locate::hosts_ics::Record> {
    let mut records = Vec::new();
    for path in case
        .world
        .hosts_ics
        .iter()
        .chain(&case.world.settings.hosts_ics)
    {
        records.extend(locate::hosts_ics::collect(path).await.unwrap_or_default());
    }
    records
}

fn by_hand(file: &Path, name: &str) -> Vec<IpAddr> {
    let small = std::fs::metadata(file).is_ok_and(|meta| meta.len() <= MOST_BYTES);
    let bytes = small.then(|| std::fs::read(file).ok()).flatten();
    addresses(&String::from_utf8_lossy(&bytes.unwrap_or_default()), name)
}

/// The addresses that a hosts file (hosts(5)) gives to a name.
fn addresses(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.trim_end_matches('.');
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut found: Vec<IpAddr> = Vec::new();
    for line in lines {
        let mut words = line.split_ascii_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse) else {
            continue;
        };
        if words.any(|word| word.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_files_as_they_are() {
        let text = "127.0.0.1 localhost\n\
            # 10.0.0.1 node\n\
            10.0.0.2\tvm Node other # node2\r\n\
            10.0.0.2 node\n\
            ::2 node\n\
            nonsense node\n\
            10.0.0.3 nodes\n\
            10.0.0.4";
        let found: Vec<_> = addresses(text, "node.")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["10.0.0.2", "::2"]);
        assert!(addresses(text, "node2").is_empty());
    }
}
