//! Recognises Hyper-V's Default Switch, whose addresses last until Windows boots again.

use std::net::IpAddr;

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
use super::route;
use super::route::Neighbour;

/// The prefix of the hardware addresses that Hyper-V gives.
const HYPER_V: [u8; 3] = [0x00, 0x15, 0x5d];

/// The domain of Internet Connection Sharing.
const ICS_DOMAIN: &str = ".mshome.net";

/// Says so where the address is one of the Default Switch, with the three ways to live with it.
pub(super) async fn recognise(
    case: &Case<'_>,
    entries: &Entries,
    server: &Server,
    candidates: &[Candidate],
    ladder: &mut Ladder,
) {
    let Some(evidence) = evidence(case, server, candidates).await else {
        return;
    };
    let follow = case.ours(&["heal"], &[&entries.context], &[]);
    let by_name = case.ours(&["heal"], &[&entries.context], &["--by-name"]);
    let mut finding = Finding::new(&kind::DEFAULT_SWITCH, evidence, by_name.clone());
    finding.alternatives = vec![
        Alternative {
            title: "follow the cluster when it moves (`k` does it by itself)",
            commands: follow.command.into_iter().collect(),
        },
        Alternative {
            title: "go by the machine's name, so that plain kubectl follows too",
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

async fn evidence(case: &Case<'_>, server: &Server, candidates: &[Candidate]) -> Option<String> {
    if let Host::Name(name) = &server.host {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        return name
            .ends_with(ICS_DOMAIN)
            .then(|| format!("{} is a name of Internet Connection Sharing", escape(&name)));
    }
    let address = candidates.first()?.address.ip();
    let records = super::name::ics(case).await;
    if let Some(record) = records.iter().find(|record| record.address == address) {
        return Some(format!(
            "hosts.ics has {address} as {}",
            escape(&record.name)
        ));
    }
    let IpAddr::V4(v4) = address else {
        return None;
    };
    // ICS takes its networks from 172.16.0.0/12.
    let in_range = matches!(v4.octets(), [172, 16..=31, ..]);
    let tables = route::tables(address);
    match tables.neighbour {
        Some(Neighbour::Mac(mac)) if in_range && mac.starts_with(&HYPER_V) => Some(format!(
            "{address} is in 172.16.0.0/12, and its hardware address is one of Hyper-V's"
        )),
        _ => None,
    }
}
