//! Which name a cluster's certificate must carry.

use std::net::IpAddr;

use rustls::pki_types::ServerName;

use crate::leaf::Leaf;

/// The three names that every API server's certificate carries, and that a node cannot obtain together:
/// kubelets get at most one DNS name of their own choice (k3s `ServingKubeletCert`, the
/// `kubernetes.io/kubelet-serving` signer, MicroK8s `kubelet.crt`).
pub const CLUSTER_NAMES: [&str; 3] = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];

/// The name written as `tls-server-name` when an entry has none that identifies its cluster.
pub const PINNED_NAME: &str = "kubernetes.default.svc";

/// The host of an entry's `server`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryHost {
    /// An address literal.
    Address(IpAddr),
    /// A DNS name.
    Name(String),
}

/// The names that an entry of a kubeconfig asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// `tls-server-name`, if the entry has one.
    pub explicit: Option<String>,
    /// The host of `server`.
    pub host: EntryHost,
}

/// How a leaf satisfied a pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Satisfied {
    /// The entry's own `tls-server-name`.
    Explicit(String),
    /// The DNS host of `server`.
    Host(String),
    /// All of [`CLUSTER_NAMES`]: `tls-server-name` has to be written for kubectl to check it too.
    Cluster,
    /// Only the address of `server`: kubectl accepts it there, but it identifies nothing elsewhere.
    Address(IpAddr),
}

impl Pin {
    /// The one name sent as SNI, always the same for an entry: k3s adds every name it is asked for to its
    /// certificate (rancher/dynamiclistener), so lists of names are never tried.
    pub fn sni(&self) -> &str {
        match (&self.explicit, &self.host) {
            (Some(name), _) | (None, EntryHost::Name(name)) if !is_weak(name) => name,
            _ => PINNED_NAME,
        }
    }

    /// The name that kubectl checks for this entry (client-go `rest/transport.go`: `tls-server-name`, else
    /// the host).
    pub fn kubectl_name(&self) -> String {
        match (&self.explicit, &self.host) {
            (Some(name), _) | (None, EntryHost::Name(name)) => name.clone(),
            (None, EntryHost::Address(address)) => address.to_string(),
        }
    }

    /// Which part of the pin the leaf satisfies, by the rule of preference: explicit name, then DNS host,
    /// then the three cluster names together. An address counts only where `own_address` says that the
    /// leaf came from the very address the entry names.
    pub(crate) fn satisfied_by(
        &self,
        leaf: &Leaf,
        valid_for: &dyn Fn(&ServerName<'_>) -> bool,
        own_address: bool,
    ) -> Option<Satisfied> {
        let cluster = leaf.carries_cluster_names();
        if let Some(name) = &self.explicit {
            let carried = parse(name).is_some_and(|name| valid_for(&name));
            let enough = cluster || !(is_weak(name) || is_cluster_name(name));
            return (carried && enough).then(|| Satisfied::Explicit(name.clone()));
        }
        if let EntryHost::Name(name) = &self.host
            && !is_weak(name)
            && parse(name).is_some_and(|name| valid_for(&name))
            && (cluster || !is_cluster_name(name))
        {
            return Some(Satisfied::Host(name.clone()));
        }
        if cluster {
            return Some(Satisfied::Cluster);
        }
        match self.host {
            EntryHost::Address(address) if own_address && leaf.addresses.contains(&address) => {
                Some(Satisfied::Address(address))
            }
            _ => None,
        }
    }
}

/// Names that every node's certificate may carry: they identify nothing.
fn is_weak(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

fn is_cluster_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    CLUSTER_NAMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

pub(crate) fn parse(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).ok()
}
