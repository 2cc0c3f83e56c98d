//! Where clusters are said to be, and how they are to prove themselves.

use std::net::IpAddr;

use kubeconfig::Cluster;
use kubeconfig::List;
use kubeconfig::redact;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;
use kubeconfig::server::Scheme;
use kubeconfig::server::Server;
use kubeconfig::server::ServerError;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::evidence::command;
use super::subject::Entry;
use super::subject::Subject;

/// The domain that Windows gives machines behind Internet Connection Sharing, such as Hyper-V's Default Switch.
const ICS: &str = ".mshome.net";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "insecure-skip-tls-verify",
        severity: Severity::High,
        title: "The cluster's identity is not checked",
        consequence: "Whoever answers at the address gets the credential.",
        remedy: advice("pin the cluster: `bowline heal --pin CONTEXT`"),
        check: insecure,
    },
    Rule {
        id: "insecure-with-authority",
        severity: Severity::High,
        title: "The cluster's identity is to be checked and not to be checked",
        consequence: "kubectl refuses the entry: `specifying a root certificates file with the insecure flag is not allowed`.",
        remedy: command(
            "bowline config set-cluster --kubeconfig={file} --insecure-skip-tls-verify=false {name}",
        ),
        check: both,
    },
    Rule {
        id: "plain-http",
        severity: Severity::High,
        title: "The cluster is spoken to without TLS",
        consequence: "Everybody on the way reads the credential and all that is said.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --server={value} {name}"),
        check: http,
    },
    Rule {
        id: "server-missing",
        severity: Severity::Medium,
        title: "A cluster has no server",
        consequence: "kubectl asks http://localhost:8080, where mostly nobody answers.",
        remedy: advice(
            "say where it is: `bowline config set-cluster NAME --server=https://HOST:PORT`",
        ),
        check: empty,
    },
    Rule {
        id: "server-not-a-url",
        severity: Severity::High,
        title: "A server is not a URL that leads to a cluster",
        consequence: "Every client fails at this entry.",
        remedy: advice(
            "say where it is: `bowline config set-cluster NAME --server=https://HOST:PORT`",
        ),
        check: unusable,
    },
    Rule {
        id: "server-without-scheme",
        severity: Severity::Low,
        title: "A server does not begin with https://",
        consequence: "kubectl guesses, by whether the entry has certificates; other clients refuse it.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --server={value} {name}"),
        check: bare,
    },
    Rule {
        id: "server-with-query",
        severity: Severity::Low,
        title: "A server has a query or a fragment",
        consequence: "kubectl passes over it; other clients, bowline among them, refuse the entry.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --server={value} {name}"),
        check: query,
    },
    Rule {
        id: "server-with-password",
        severity: Severity::High,
        title: "A server carries a user or a password",
        consequence: "It is shown wherever the server is: in errors, in logs, by `kubectl config view`.",
        remedy: advice("put it into the user entry, and take it out of the server"),
        check: password,
    },
    Rule {
        id: "server-api-path",
        severity: Severity::Medium,
        title: "A server ends in a path of the API",
        consequence: "Clients append that path themselves, and get `404 not found`.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --server={value} {name}"),
        check: api_path,
    },
    Rule {
        id: "server-without-port",
        severity: Severity::Low,
        title: "A machine's name stands without a port",
        consequence: "Without one it is 443; MicroK8s listens on 16443, kubeadm and k3s on 6443.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --server={value} {name}"),
        check: port,
    },
    Rule {
        id: "server-name-unknown",
        severity: Severity::Medium,
        title: "A server's name is in no certificate of MicroK8s",
        consequence: "Clients refuse the cluster: `certificate is valid for kubernetes, …, not NAME`.",
        remedy: command(
            "bowline config set-cluster --kubeconfig={file} --tls-server-name=kubernetes.default.svc {name}",
        ),
        check: name,
    },
    Rule {
        id: "tls-server-name-unused",
        severity: Severity::Low,
        title: "A name is to be checked where there is no TLS",
        consequence: "It does not count.",
        remedy: command("bowline config set-cluster --kubeconfig={file} --tls-server-name= {name}"),
        check: unused_name,
    },
];

fn insecure(subject: &Subject<'_>) -> Vec<Evidence> {
    let contexts: std::collections::HashMap<&str, &str> = subject
        .contexts
        .all
        .iter()
        .rev()
        .map(|context| (context.value.cluster.as_str(), context.name))
        .collect();
    clusters(subject, |cluster| {
        let is_it = cluster.insecure_skip_tls_verify && !has_authority(cluster) && is_tls(cluster);
        is_it.then(|| "insecure-skip-tls-verify is true".to_owned())
    })
    .map(|(entry, evidence)| match contexts.get(entry.name) {
        Some(context) if !context.starts_with('-') => evidence
            .value(*context)
            .command("bowline heal --pin {value}"),
        _ => evidence,
    })
    .collect()
}

fn both(subject: &Subject<'_>) -> Vec<Evidence> {
    clusters(subject, |cluster| {
        let is_it = cluster.insecure_skip_tls_verify && has_authority(cluster);
        is_it.then(|| "insecure-skip-tls-verify is true, and a CA is given".to_owned())
    })
    .map(|(_, evidence)| evidence)
    .collect()
}

fn http(subject: &Subject<'_>) -> Vec<Evidence> {
    servers(subject, |_, server| {
        // What `kubectl proxy` opens.
        let is_here = match &server.host {
            Host::Ip(address) => address.is_loopback(),
            Host::Name(name) => name == "localhost",
        };
        let mut tls = server.to_string();
        tls.replace_range(..server.scheme.as_str().len().min(tls.len()), "https");
        (server.scheme == Scheme::Http && !is_here).then_some((shown(server), tls))
    })
}

fn empty(subject: &Subject<'_>) -> Vec<Evidence> {
    clusters(subject, |cluster| {
        cluster
            .server
            .is_empty()
            .then(|| "its `server` is empty".to_owned())
    })
    .map(|(_, evidence)| evidence)
    .collect()
}

fn unusable(subject: &Subject<'_>) -> Vec<Evidence> {
    let broken = clusters(subject, |cluster| {
        match Server::parse(&cluster.server) {
            Err(error @ (ServerError::Host | ServerError::Port | ServerError::Zone)) => {
                Some(error.to_string())
            }
            Err(ServerError::Scheme) if with_scheme(cluster).is_none() => {
                Some(ServerError::Scheme.to_string())
            }
            // Printed by `microk8s config` on a machine without a default route.
            Ok(server) if server.host == Host::Name("none".to_owned()) => Some(
                "its host is `none`: `microk8s config` prints that without a default route"
                    .to_owned(),
            ),
            _ => None,
        }
    });
    broken.map(|(_, evidence)| evidence).collect()
}

/// The server of an entry that only lacks its scheme.
fn with_scheme(cluster: &Cluster) -> Option<String> {
    if cluster.server.contains("://") {
        return None;
    }
    let server = format!("https://{}", cluster.server);
    Server::parse(&server).is_ok().then_some(server)
}

fn bare(subject: &Subject<'_>) -> Vec<Evidence> {
    clusters(subject, |cluster| {
        with_scheme(cluster).map(|_| format!("its server is {}", escape(&cluster.server)))
    })
    .map(|(entry, evidence)| {
        let server = format!("https://{}", entry.value.server);
        keeping_name(entry.value, evidence.value(server))
    })
    .collect()
}

fn query(subject: &Subject<'_>) -> Vec<Evidence> {
    clusters(subject, |cluster| {
        let is_it = Server::parse(&cluster.server).err() == Some(ServerError::Query);
        is_it.then(|| "there is a `?` or a `#` in its server".to_owned())
    })
    .map(|(entry, evidence)| {
        let server = &entry.value.server;
        let plain = server.split(['?', '#']).next().unwrap_or_default();
        keeping_name(entry.value, evidence.value(plain))
    })
    .collect()
}

fn password(subject: &Subject<'_>) -> Vec<Evidence> {
    clusters(subject, |cluster| {
        let is_it = Server::parse(&cluster.server).err() == Some(ServerError::UserInfo);
        is_it.then(|| format!("its server is {}", escape(&redact::url(&cluster.server))))
    })
    .map(|(_, evidence)| evidence)
    .collect()
}

fn api_path(subject: &Subject<'_>) -> Vec<Evidence> {
    servers(subject, |_, server| {
        let path = server.path.trim_end_matches('/');
        let is_api = ["/api", "/apis", "/api/v1"]
            .iter()
            .find(|end| path.ends_with(*end))?;
        let mut root = server.clone();
        path.strip_suffix(is_api)
            .unwrap_or_default()
            .clone_into(&mut root.path);
        Some((shown(server), root.to_string()))
    })
}

fn port(subject: &Subject<'_>) -> Vec<Evidence> {
    servers(subject, |cluster, server| {
        let written = format!(":{}", server.port);
        let is_bare = !cluster.server.contains(&written) && machine(server).is_some();
        let mut mended = server.clone();
        mended.port = 16443;
        (server.scheme == Scheme::Https && is_bare).then(|| (shown(server), mended.to_string()))
    })
}

fn name(subject: &Subject<'_>) -> Vec<Evidence> {
    servers(subject, |cluster, server| {
        let is_it = server.scheme == Scheme::Https
            && cluster.tls_server_name.is_none()
            && !cluster.insecure_skip_tls_verify
            && machine(server).is_some();
        is_it.then(|| (shown(server), String::new()))
    })
}

/// The name of a machine behind Internet Connection Sharing.
fn machine(server: &Server) -> Option<&str> {
    match &server.host {
        Host::Name(name) => {
            let plain = name.trim_end_matches('.');
            plain.to_ascii_lowercase().ends_with(ICS).then_some(plain)
        }
        Host::Ip(IpAddr::V4(_) | IpAddr::V6(_)) => None,
    }
}

fn unused_name(subject: &Subject<'_>) -> Vec<Evidence> {
    servers(subject, |cluster, server| {
        let name = cluster.tls_server_name.as_deref()?;
        let text = format!("{}, and tls-server-name is {}", shown(server), escape(name));
        (server.scheme == Scheme::Http).then(|| (text, String::new()))
    })
}

fn has_authority(cluster: &Cluster) -> bool {
    cluster.certificate_authority.is_some() || cluster.certificate_authority_data.is_some()
}

fn is_tls(cluster: &Cluster) -> bool {
    Server::parse(&cluster.server).is_ok_and(|server| server.scheme == Scheme::Https)
}

fn shown(server: &Server) -> String {
    format!("its server is {}", escape(&server.to_string()))
}

/// Looks at every server that is one; `{value}` is the second thing that is told.
fn servers(
    subject: &Subject<'_>,
    look: impl Fn(&Cluster, &Server) -> Option<(String, String)>,
) -> Vec<Evidence> {
    let clusters = subject.clusters.all.iter();
    clusters
        .filter_map(|entry| {
            let server = Server::parse(&entry.value.server).ok()?;
            let (text, value) = look(entry.value, &server)?;
            Some(keeping_name(entry.value, of(entry, &text).value(value)))
        })
        .collect()
}

/// A new server clears the name that is to be checked (kubectl `config set-cluster`), unless it is given again.
fn keeping_name(cluster: &Cluster, evidence: Evidence) -> Evidence {
    match &cluster.tls_server_name {
        Some(name) if evidence.has_value() => evidence.path(name).command(
            "bowline config set-cluster --kubeconfig={file} --server={value} --tls-server-name={path} {name}",
        ),
        _ => evidence,
    }
}

fn clusters<'s, 'a>(
    subject: &'s Subject<'a>,
    look: impl Fn(&Cluster) -> Option<String> + 's,
) -> impl Iterator<Item = (&'s Entry<'a, Cluster>, Evidence)> {
    let clusters = subject.clusters.all.iter();
    clusters.filter_map(move |entry| Some((entry, of(entry, &look(entry.value)?))))
}

fn of(entry: &Entry<'_, Cluster>, text: &str) -> Evidence {
    let text = format!("cluster {}: {text}", escape(entry.name));
    Evidence::entry(List::Clusters, entry, text)
}
