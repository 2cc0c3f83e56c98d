//! Fetches the kubeconfig of an admin from the machine that made it.

use kubeconfig::Secret;
use kubeconfig::redact::escape;
use machines::Kind;
use machines::Machine;
use machines::MachineError;
use machines::Privilege;
use machines::Tree;
use machines::reply::DENIED;

use super::distributions::Distribution;
use super::distributions::MICROK8S;

/// A worker of MicroK8s has this lock (canonical/microk8s `scripts/wrappers/join.py`).
const WORKER: &str = "/var/snap/microk8s/current/var/lock/clustered.lock";

/// Where a worker writes which API servers it knows (canonical/microk8s-cluster-agent `pkg/proxy`).
const PROVIDERS: &str = "/var/snap/microk8s/current/args/traefik/provider.yaml";

/// A kubeconfig as it is on the machine.
pub struct Fetched {
    /// Its text.
    pub text: Secret,
    /// Whose it is.
    pub distribution: &'static Distribution,
    /// Its path there.
    pub path: &'static str,
}

/// Why a machine gave no kubeconfig.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The machine cannot be asked.
    #[error("{}", .source.told())]
    Machine {
        /// Why.
        #[from]
        source: MachineError,
    },
    /// It is there, and may not be read.
    #[error("{machine}: {path} cannot be read: {why}{}", permission(.machine, .path, .why))]
    Permission {
        /// The machine.
        machine: String,
        /// The file or the folder that it is in.
        path: String,
        /// Why, in words.
        why: String,
    },
    /// A node that is no control plane.
    #[error(
        "{machine} is a worker node of MicroK8s, which has no credentials to give: ask a control-plane node{}", nodes(.control_planes)
    )]
    Worker {
        /// The machine.
        machine: String,
        /// The API servers that it knows.
        control_planes: Vec<String>,
    },
    /// Nothing of Kubernetes is there.
    #[error("{machine} has no kubeconfig of {}: {} not there{hint}", names(.among), paths(.among))]
    Nothing {
        /// The machine.
        machine: String,
        /// What was looked for.
        among: Vec<&'static Distribution>,
        /// What to know, if there is one thing.
        hint: String,
    },
}

fn permission(machine: &str, path: &str, why: &str) -> String {
    if why != DENIED {
        return String::new();
    }
    if path.starts_with("/var/snap/microk8s") {
        let there = if machine == "local" {
            String::new()
        } else {
            format!("on {machine}: ")
        };
        return format!(
            "; {there}join its group (`sudo usermod -a -G microk8s $USER`, then log in again), or let sudo work without a password"
        );
    }
    "; only root may read it: let sudo work without a password there".to_owned()
}

fn nodes(known: &[String]) -> String {
    if known.is_empty() {
        return String::new();
    }
    format!(", it knows {}", known.join(" and "))
}

fn names(among: &[&Distribution]) -> String {
    let names: Vec<_> = among.iter().map(|it| it.name).collect();
    names.join(", ")
}

fn paths(among: &[&Distribution]) -> String {
    let paths: Vec<_> = among.iter().flat_map(|it| it.files).copied().collect();
    let verb = if paths.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", paths.join(", "))
}

/// Fetches the first kubeconfig that is there, in the order of `among`. What only root may read is read
/// through sudo, after `tell` was told so.
///
/// # Errors
/// [`FetchError`].
pub async fn fetch(
    machine: &Machine,
    among: &[&'static Distribution],
    tell: &dyn Fn(&str),
) -> Result<Fetched, FetchError> {
    let name = || escape(&machine.place().to_string()).into_owned();
    let mut patterns: Vec<&str> = among.iter().flat_map(|it| it.files).copied().collect();
    if among.contains(&&MICROK8S) {
        patterns.extend([WORKER, PROVIDERS]);
    }
    let mut tree = machine.fetch(&patterns, Privilege::AsIs).await?;
    // Before what can be read further down the list: MicroK8s hides its whole folder from strangers.
    if let Found::Blocked(path, DENIED) = first(&tree, among)
        && machine.has_sudo()
    {
        tell(&format!("uses sudo on {} to read {}", name(), escape(path)));
        tree = machine.fetch(&patterns, Privilege::Sudo).await?;
    }
    if tree.entries.contains_key(WORKER) {
        return Err(FetchError::Worker {
            machine: name(),
            control_planes: control_planes(&tree),
        });
    }
    match first(&tree, among) {
        Found::File(distribution, path, text) => Ok(Fetched {
            text: Secret::new(text),
            distribution,
            path,
        }),
        Found::Blocked(path, why) => Err(FetchError::Permission {
            machine: name(),
            path: escape(path).into_owned(),
            why: escape(why).into_owned(),
        }),
        Found::Nothing => Err(FetchError::Nothing {
            machine: name(),
            among: among.to_vec(),
            hint: match among {
                [only] => format!("; {}", only.missing),
                _ => String::new(),
            },
        }),
    }
}

enum Found<'a> {
    File(&'static Distribution, &'static str, &'a [u8]),
    /// This may not be read, for this reason.
    Blocked(&'a str, &'a str),
    Nothing,
}

fn first<'a>(tree: &'a Tree, among: &[&'static Distribution]) -> Found<'a> {
    for distribution in among {
        for path in distribution.files {
            if let Some(text) = tree.bytes(path) {
                return Found::File(distribution, path, text);
            }
            if let Some((blocked, why)) = tree.unreadable().find(|(it, _)| is_in(path, it)) {
                return Found::Blocked(blocked, why);
            }
            if let Some((blocked, Kind::Link(_))) =
                tree.entries.get_key_value(*path).map(|(k, e)| (k, &e.kind))
            {
                return Found::Blocked(blocked, "it is a symbolic link, which is not followed");
            }
        }
    }
    Found::Nothing
}

/// Whether `path` is `place` or in it.
fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The addresses in a worker's `provider.yaml`; what is no address is passed over.
fn control_planes(tree: &Tree) -> Vec<String> {
    const SHOWN: usize = 5;
    let text = String::from_utf8_lossy(tree.bytes(PROVIDERS).unwrap_or_default());
    let address = |line: &str| {
        let line = line.trim().trim_start_matches("- ").trim_start();
        let value = line.strip_prefix("address:")?.trim();
        let value = value.trim_matches(['"', '\'']);
        let address: std::net::SocketAddr = value.parse().ok()?;
        Some(address.ip().to_string())
    };
    let mut found: Vec<String> = Vec::new();
    for address in text.lines().filter_map(address) {
        if !found.contains(&address) && found.len() < SHOWN {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use machines::Entry;
    use zeroize::Zeroizing;

    use super::super::distributions::DISTRIBUTIONS;
    use super::*;

    fn tree(entries: &[(&str, Kind)]) -> Tree {
        let entry = |(path, kind): &(&str, Kind)| {
            let entry = Entry {
                kind: kind.clone(),
                mode: Some(0o660),
                owner: None,
                group: None,
                modified: 0,
            };
            ((*path).to_owned(), entry)
        };
        Tree {
            entries: entries.iter().map(entry).collect(),
        }
    }

    fn file(text: &str) -> Kind {
        Kind::File(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn show(tree: &Tree) -> String {
        match first(tree, &DISTRIBUTIONS) {
            Found::File(distribution, path, _) => format!("{} {path}", distribution.word),
            Found::Blocked(path, why) => format!("{path}: {why}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn microk8s_comes_first_even_where_it_is_hidden() {
        let k3s = ("/etc/rancher/k3s/k3s.yaml", file("k3s"));
        let hidden = || Kind::Unreadable("permission denied".to_owned());
        let microk8s = "/var/snap/microk8s/current/credentials";
        assert_eq!(show(&tree(&[])), "nothing");
        assert_eq!(
            show(&tree(std::slice::from_ref(&k3s))),
            "k3s /etc/rancher/k3s/k3s.yaml"
        );
        assert_eq!(
            show(&tree(&[k3s.clone(), (microk8s, hidden())])),
            format!("{microk8s}: permission denied")
        );
        // A neighbour of which the name only begins so is none of it.
        assert_eq!(
            show(&tree(&[k3s, ("/var/snap/microk8s/current/cred", hidden())])),
            "k3s /etc/rancher/k3s/k3s.yaml"
        );
        let of_1_29 = [
            ("/etc/kubernetes/admin.conf", file("a")),
            ("/etc/kubernetes/super-admin.conf", file("s")),
        ];
        assert_eq!(show(&tree(&of_1_29)), "kubeadm /etc/kubernetes/admin.conf");
    }

    #[test]
    fn a_worker_names_the_api_servers_it_knows() {
        // canonical/microk8s `microk8s-resources/default-args/traefik/provider-template.yaml`, filled in.
        let text = "tcp:\n  services:\n    kube-apiserver:\n      loadBalancer:\n        servers:\n          - address: 10.0.0.5:16443\n          - address: \"10.0.0.6:16443\"\n          - address: $(reboot)\n          - address: 10.0.0.5:16443\n";
        let tree = tree(&[(PROVIDERS, file(text))]);
        assert_eq!(control_planes(&tree), ["10.0.0.5", "10.0.0.6"]);
    }
}
