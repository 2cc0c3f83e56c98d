//! Addresses that changed, and what did not follow.

use std::net::IpAddr;

use super::Evidence;
use super::Rule;
use super::Subject;
use super::certificates::certificates;
use super::certificates::checks_kubelets;
use crate::certs::Role;
use crate::dqlite::Member;
use crate::node;
use crate::repair;
use crate::severity::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "server-cert-address",
        severity: Severity::Medium,
        title: "The server certificate lacks an address of the node",
        consequence: "Clients that use that address refuse the certificate. A node alone signs it anew within seconds; one that does not has a fixed address in its flags, or is stopped.",
        remedy: "bowline node repair",
        fixable: false,
        check: server_address,
    },
    Rule {
        id: "no-cert-reissue",
        severity: Severity::Medium,
        title: "The node's address changed, and its certificates do not follow",
        consequence: "A node of a cluster does not sign its certificates anew (lock no-cert-reissue): clients that use the new address refuse them.",
        remedy: "bowline node repair",
        fixable: false,
        check: locked_address,
    },
    Rule {
        id: "recorded-address",
        severity: Severity::High,
        title: "The node's files have an address that it no longer has",
        consequence: "dqlite cannot bind to it, or the kubelet registers with it: the node does not come up after its next start.",
        remedy: "bowline node repair",
        fixable: false,
        check: recorded_address,
    },
    Rule {
        id: "kubelet-cert-address",
        severity: Severity::Medium,
        title: "The kubelet's certificate lacks the node's address",
        consequence: "`kubectl logs`, `exec` and `port-forward` fail for pods of the node (canonical/microk8s#5383): the certificate keeps the addresses of the day it was made.",
        remedy: "sudo microk8s refresh-certs -e ca.crt",
        fixable: false,
        check: kubelet_address,
    },
];

/// The server certificate and the addresses that it lacks.
fn uncovered(subject: &Subject<'_>) -> Option<(Vec<IpAddr>, String)> {
    if subject.node.role == node::Role::Worker {
        return None;
    }
    let (_, certificate, name) =
        certificates(subject).find(|(file, ..)| file.role == Role::Server)?;
    let missing = certificate.missing(subject.present.addresses);
    let shown: Vec<String> = missing.iter().map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| {
        (
            missing,
            format!("{name} does not cover {}", shown.join(", ")),
        )
    })
}

fn is_locked(subject: &Subject<'_>) -> bool {
    subject.node.locks.has("no-cert-reissue")
}

fn server_address(subject: &Subject<'_>) -> Vec<Evidence> {
    let found = uncovered(subject).filter(|_| !is_locked(subject));
    found
        .map(|(_, text)| Evidence::new("certs/server.crt", text))
        .into_iter()
        .collect()
}

fn locked_address(subject: &Subject<'_>) -> Vec<Evidence> {
    let found = uncovered(subject).filter(|_| is_locked(subject));
    found
        .map(|(_, text)| {
            Evidence::new(
                "certs/server.crt",
                format!("var/lock/no-cert-reissue; {text}"),
            )
        })
        .into_iter()
        .collect()
}

fn recorded_address(subject: &Subject<'_>) -> Vec<Evidence> {
    let addresses = subject.present.addresses;
    let Some(recorded) = repair::recorded_address(subject.node) else {
        return Vec::new();
    };
    if addresses.is_empty()
        || addresses
            .iter()
            .any(|own| own.to_canonical() == recorded.to_canonical())
    {
        return Vec::new();
    }
    let own: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let member = subject.node.own_member.as_ref().and_then(Member::socket);
    let file = if member.is_some_and(|socket| socket.ip() == recorded) {
        "var/kubernetes/backend/info.yaml"
    } else {
        "args/kubelet"
    };
    vec![Evidence::new(
        file,
        format!("the files say {recorded}, the node has {}", own.join(", ")),
    )]
}

/// Kubernetes reaches the kubelet at `--node-ip`, or else at the address of the default route, which comes
/// first among the present ones.
fn kubelet_address(subject: &Subject<'_>) -> Vec<Evidence> {
    if !checks_kubelets(subject) {
        return Vec::new();
    }
    let flag = subject
        .node
        .args
        .get("kubelet")
        .and_then(|args| args.get("node-ip"));
    let fixed = flag.and_then(|text| text.split(',').next()?.trim().parse().ok());
    let Some(address) = fixed.or_else(|| subject.present.addresses.first().copied()) else {
        return Vec::new();
    };
    let kubelet = certificates(subject).find(|(file, ..)| file.role == Role::Kubelet);
    let lacking = kubelet.filter(|(_, certificate, _)| !certificate.missing(&[address]).is_empty());
    lacking
        .map(|(_, certificate, name)| {
            let covered: Vec<String> = certificate
                .addresses
                .iter()
                .map(ToString::to_string)
                .collect();
            let covered = if covered.is_empty() {
                "none".to_owned()
            } else {
                covered.join(", ")
            };
            Evidence::new(
                name,
                format!("{name} does not cover {address}; it covers {covered}"),
            )
        })
        .into_iter()
        .collect()
}
