//! `config.toml`: what the user says about machines and clusters.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The version of the file that this program writes and reads.
pub const VERSION: u32 = 1;

/// The contents of `config.toml`; everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The version of the file; a newer one is refused by the program.
    pub version: Option<u32>,
    /// More places where a `hosts.ics` may be.
    pub hosts_ics: Vec<PathBuf>,
    /// `false` never runs Multipass.
    pub multipass: Option<bool>,
    /// Hints per cluster, by the name of the cluster in the kubeconfig.
    pub clusters: BTreeMap<String, Hints>,
}

/// What the user says about one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hints {
    /// A DNS name of the machine, to be resolved when its address is gone.
    pub host: Option<String>,
    /// Addresses (with port) where it may be.
    pub candidates: Vec<SocketAddr>,
    /// `true`: follow the cluster although its server looks like a tunnel or a load balancer;
    /// `false`: never change its entry.
    pub follow: Option<bool>,
    /// `true`: its CA signs for other clusters too; `false`: it does not, whatever it looks like.
    pub shared_ca: Option<bool>,
}

impl Settings {
    /// The hints for a cluster; none by default.
    pub fn hints(&self, cluster: &str) -> Hints {
        self.clusters.get(cluster).cloned().unwrap_or_default()
    }
}
