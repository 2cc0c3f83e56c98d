//! Recognises Hyper-V's Default Switch, whose addresses last until Windows boots again.

use std::net::IpAddr;
use std::time::Duration;

use kubeconfig::redact::escape;
use kubeconfig::server::Host;
use kubeconfig::server::Server;
use locate::Candidate;

use super::catalogue as kind;
use super::diagnose::Case;
use super::entries::Entries;
use super::finding::Alternative;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::route;
use super::route::Neighbour;

/// The prefix of the hardware addresses that Hyper-V gives.
const HYPER_V: [u8; 3] = [0x00, 0x15, 0x5d];

/// The domain of Internet Connection Sharing.
const ICS_DOMAIN: &str = ".mshome.net";

/// How long the resolver may take to say whether a name could stand in the entry.
const RESOLVER: Duration = Duration::from_millis(500);

/// Says so where the address is one of the Default Switch, with the three ways to live with it.
pub(super) async fn recognise(
    case: &Case<'_>,
    entries: &Entries,
    server: &Server,
    candidates: &[Candidate],
    ladder: &mut Ladder,
) {
    let Some(Evidence { seen, name }) = evidence(case, server, candidates).await else {
        return;
    };
    let follow = case.ours(&["heal"], &[&entries.context], &[]);
    let by_name = case.ours(&["heal"], &[&entries.context], &["--by-name"]);
    let host = case.world.settings.hints(entries.cluster_name()).host;
    let leads_there = match (host.or(name), candidates.first()) {
        (Some(name), Some(candidate)) => leads(case, name, candidate.address.ip()).await,
        _ => false,
    };
    let mend = match &server.host {
        Host::Name(_) => Mend::hand(
            "nothing has to be mended: the entry goes by the machine's name, which kubectl follows",
        ),
        Host::Ip(_) if leads_there => by_name.clone(),
        // What does not resolve must not be written.
        Host::Ip(_) => follow.clone().and("when it has moved"),
    };
    let mut finding = Finding::new(&kind::DEFAULT_SWITCH, seen, mend);
    finding.alternatives = vec![
        Alternative {
            title: "follow the cluster when it moves (`k` does it by itself)",
            commands: follow.command.into_iter().collect(),
        },
        Alternative {
            title: if leads_there {
                "go by the machine's name, so that plain kubectl follows too"
            } else {
                "go by the machine's name once this machine resolves it, so that plain kubectl follows too"
            },
            commands: by_name.command.into_iter().collect(),
        },
        Alternative {
            title: "put the VM on an External switch, so that its address comes from your own network (PowerShell as administrator; VM is its name)",
            commands: [
                "Get-NetAdapter -Physical | Where-Object Status -eq Up",
                "New-VMSwitch -Name External -NetAdapterName 'Ethernet' -AllowManagementOS $true",
                "Stop-VM -Name VM",
                "Connect-VMNetworkAdapter -VMName VM -SwitchName External",
                "Start-VM -Name VM",
            ]
            .map(str::to_owned)
            .to_vec(),
        },
    ];
    ladder.find(finding);
}

/// What gives the switch away, and the machine's name where that says it.
struct Evidence {
    seen: String,
    name: Option<String>,
}

/// Whether the system's resolver, which kubectl uses, has this address for a name.
async fn leads(case: &Case<'_>, name: String, address: IpAddr) -> bool {
    let resolved = tokio::time::timeout(RESOLVER, case.world.resolver.resolve(name)).await;
    matches!(resolved, Ok(Ok(addresses)) if addresses.contains(&address))
}

async fn evidence(case: &Case<'_>, server: &Server, candidates: &[Candidate]) -> Option<Evidence> {
    if let Host::Name(name) = &server.host {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        return name.ends_with(ICS_DOMAIN).then(|| Evidence {
            seen: format!("{} is a name of Internet Connection Sharing", escape(&name)),
            name: None,
        });
    }
    let address = candidates.first()?.address.ip();
    let records = super::name::ics(case).await;
    if let Some(record) = records.iter().find(|record| record.address == address) {
        return Some(Evidence {
            seen: format!("hosts.ics has {address} as {}", escape(&record.name)),
            name: Some(record.name.clone()),
        });
    }
    let IpAddr::V4(v4) = address else {
        return None;
    };
    // ICS takes its networks from 172.16.0.0/12.
    let in_range = matches!(v4.octets(), [172, 16..=31, ..]);
    let tables = route::tables(address);
    match tables.neighbour {
        Some(Neighbour::Mac(mac)) if in_range && mac.starts_with(&HYPER_V) => Some(Evidence {
            seen: format!(
                "{address} is in 172.16.0.0/12, and its hardware address is one of Hyper-V's"
            ),
            name: None,
        }),
        _ => None,
    }
}
