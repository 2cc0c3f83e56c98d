//! Certificates and the credentials that are made of them.

use super::Evidence;
use super::Rule;
use super::Subject;
use crate::certs::Certificate;
use crate::certs::CertificateError;
use crate::certs::CertificateFile;
use crate::certs::KeyMatch;
use crate::certs::Role;
use crate::credentials::CredentialFile;
use crate::credentials::State;
use crate::node;
use crate::paths;
use crate::severity::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "certificate-expired",
        severity: Severity::High,
        title: "A certificate has expired",
        consequence: "What it is for has stopped, or stops at the next restart. MicroK8s renews nothing by itself (canonical/microk8s#5576).",
        remedy: "sudo microk8s refresh-certs -e ca.crt",
        fixable: false,
        check: expired,
    },
    Rule {
        id: "certificate-expiring",
        severity: Severity::Medium,
        title: "A certificate expires soon",
        consequence: "What it is for will stop. MicroK8s renews nothing by itself (canonical/microk8s#5576).",
        remedy: "sudo microk8s refresh-certs -e ca.crt",
        fixable: false,
        check: expiring,
    },
    Rule {
        id: "certificate-damaged",
        severity: Severity::High,
        title: "A certificate cannot be read",
        consequence: "The service that it belongs to does not start with it.",
        remedy: "sudo microk8s refresh-certs -u",
        fixable: false,
        check: damaged,
    },
    Rule {
        id: "key-mismatch",
        severity: Severity::High,
        title: "A certificate's private key is another's",
        consequence: "The service that it belongs to does not start with it, or is refused.",
        remedy: "sudo microk8s refresh-certs -e ca.crt",
        fixable: false,
        check: keys,
    },
    Rule {
        id: "other-authority",
        severity: Severity::High,
        title: "A certificate is signed by another CA",
        consequence: "It is refused: the CA was replaced and not everything signed anew.",
        remedy: "sudo microk8s refresh-certs -e ca.crt",
        fixable: false,
        check: other_authority,
    },
    Rule {
        id: "credential-refused",
        severity: Severity::High,
        title: "A kubeconfig of the node no longer works",
        consequence: "The service that uses it, or `microk8s kubectl`, cannot log in.",
        remedy: "bowline node credentials",
        fixable: false,
        check: refused,
    },
    Rule {
        id: "v1-client-certificate",
        severity: Severity::Low,
        title: "Client certificates of X.509 version 1",
        consequence: "Programs that use rustls refuse them: Rust clients cannot log in with client.config (canonical/microk8s#5447). Snaps with OpenSSL 3 (1.34 and later) make such ones. What the cluster's API issues is version 3.",
        remedy: "bowline node users add NAME --group GROUP",
        fixable: false,
        check: version_one,
    },
    Rule {
        id: "forgotten-credentials",
        severity: Severity::Info,
        title: "Copies of credentials in old revisions and backups still work",
        consequence: "Who finds a backup of the machine can log in. Removing a user or changing names does not reach them.",
        remedy: "snap list --all microk8s",
        fixable: false,
        check: forgotten,
    },
];

/// A certificate that could be read, with its file's name as it is shown.
pub(super) fn certificates<'a>(
    subject: &'a Subject<'_>,
) -> impl Iterator<Item = (&'a CertificateFile, &'a Certificate, &'a str)> {
    subject.certificates.iter().filter_map(|file| {
        let certificate = file.certificate.as_ref().ok()?;
        Some((file, certificate, short(&file.path)))
    })
}

fn short(path: &str) -> &str {
    path.strip_prefix(paths::DATA)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(path)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether the cluster's CA signed the kubelet's certificate, so that the API server could check it.
pub(super) fn kubelet_is_signed(subject: &Subject<'_>) -> bool {
    certificates(subject).any(|(file, certificate, _)| {
        file.role == Role::Kubelet
            && certificate.signed_by.as_deref().map(file_name) == Some("ca.crt")
    })
}

/// Those that are not only copies of another file's in a kubeconfig.
fn originals<'a>(
    subject: &'a Subject<'_>,
) -> impl Iterator<Item = (&'a CertificateFile, &'a Certificate, &'a str)> {
    certificates(subject).filter(|(file, certificate, _)| {
        let copy = matches!(file.role, Role::Embedded { .. });
        !copy
            || !certificates(subject).any(|(other, original, _)| {
                !matches!(other.role, Role::Embedded { .. })
                    && original.serial == certificate.serial
                    && original.public_key == certificate.public_key
            })
    })
}

fn ending(subject: &Subject<'_>, wanted: impl Fn(&Certificate) -> bool) -> Vec<Evidence> {
    let now = subject.present.now;
    originals(subject)
        .filter(|(_, certificate, _)| wanted(certificate))
        .map(|(file, certificate, name)| {
            let days = certificate.days_left(now);
            let when = if certificate.has_expired(now) {
                format!("expired {} days ago", -days - 1)
            } else {
                format!("expires in {days} days")
            };
            let stops = file.role.stops();
            let evidence = Evidence::new(name, format!("{name} {when}; with it stops {stops}"));
            match file.role.renewed_by() {
                Some(command) => evidence.remedy(command),
                None => evidence.remedy("microk8s add-node, and join this node anew"),
            }
        })
        .collect()
}

fn expired(subject: &Subject<'_>) -> Vec<Evidence> {
    ending(subject, |certificate| {
        certificate.has_expired(subject.present.now)
    })
}

fn expiring(subject: &Subject<'_>) -> Vec<Evidence> {
    let (now, horizon) = (subject.present.now, subject.present.horizon);
    ending(subject, |certificate| {
        !certificate.has_expired(now) && certificate.has_expired(now.saturating_add(horizon))
    })
}

fn damaged(subject: &Subject<'_>) -> Vec<Evidence> {
    let files = subject
        .certificates
        .iter()
        .filter(|file| file.role != Role::Other);
    files
        .filter_map(|file| match file.certificate.as_ref().err()? {
            CertificateError::NotReadable(_) | CertificateError::Link(_) => None,
            error => Some(Evidence::new(
                short(&file.path),
                format!("{}: {error}", short(&file.path)),
            )),
        })
        .collect()
}

fn keys(subject: &Subject<'_>) -> Vec<Evidence> {
    certificates(subject)
        .filter(|(_, certificate, _)| certificate.private_key == KeyMatch::Differs)
        .map(|(file, _, name)| {
            let evidence =
                Evidence::new(name, format!("{name} and its private key are not a pair"));
            match file.role.renewed_by() {
                Some(command) => evidence.remedy(command),
                None => evidence,
            }
        })
        .collect()
}

fn other_authority(subject: &Subject<'_>) -> Vec<Evidence> {
    let worker = subject.node.role == node::Role::Worker;
    certificates(subject)
        .filter_map(|(file, certificate, name)| {
            let expected = match &file.role {
                Role::FrontProxyClient => "front-proxy-ca.crt",
                // Without a CA to check it by, the kubelet makes its own.
                Role::Kubelet if !checks_kubelets(subject) => return None,
                Role::Server
                | Role::Client
                | Role::Kubelet
                | Role::Proxy
                | Role::Scheduler
                | Role::Controller
                | Role::ApiserverKubeletClient
                | Role::Embedded { .. } => "ca.crt",
                _ => return None,
            };
            let signed = certificate.signed_by.as_deref().map(file_name);
            let joined = worker && signed == Some("ca.remote.crt");
            // A worker keeps the certificates of the node that it was.
            if signed == Some(expected) || joined || worker {
                return None;
            }
            let evidence = Evidence::new(
                name,
                match signed {
                    Some(other) => format!("{name} is signed by {other}, not by {expected}"),
                    None => format!("{name} is not signed by {expected}"),
                },
            );
            Some(match file.role.renewed_by() {
                Some(command) => evidence.remedy(command),
                None => evidence,
            })
        })
        .collect()
}

fn refused(subject: &Subject<'_>) -> Vec<Evidence> {
    let current = subject.credentials.iter().filter(|file| !file.stale);
    current
        .filter_map(|file| {
            let why = match file.kubeconfig()?.state {
                State::UnknownToken => "the cluster does not know its token",
                State::UnknownPassword => "the cluster does not know its password",
                State::OtherClusterCa => "it expects another CA than ca.crt",
                _ => return None,
            };
            Some(Evidence::new(
                short(&file.path),
                format!("{}: {why}", short(&file.path)),
            ))
        })
        .collect()
}

pub(super) fn checks_kubelets(subject: &Subject<'_>) -> bool {
    let args = subject.node.apiserver();
    args.is_some_and(|args| args.flag("kubelet-certificate-authority").is_some())
}

/// One finding for all of them: they were made by one command.
fn version_one(subject: &Subject<'_>) -> Vec<Evidence> {
    let names: Vec<&str> = originals(subject)
        .filter(|(file, certificate, _)| {
            let client = matches!(
                file.role,
                Role::Client
                    | Role::Proxy
                    | Role::Scheduler
                    | Role::Controller
                    | Role::ApiserverKubeletClient
                    | Role::Kubelet
                    | Role::Embedded { .. }
            );
            client && certificate.version == 1
        })
        .map(|(_, _, name)| name)
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    vec![Evidence::new(
        names.first().copied().unwrap_or_default(),
        names.join(", "),
    )]
}

fn forgotten(subject: &Subject<'_>) -> Vec<Evidence> {
    let old: Vec<&str> = subject
        .credentials
        .iter()
        .filter(|file| file.is_forgotten())
        .map(|file: &CredentialFile| short(&file.path))
        .collect();
    if old.is_empty() {
        return Vec::new();
    }
    vec![Evidence::new(
        old.first().copied().unwrap_or_default(),
        old.join(", "),
    )]
}
