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
    /// Patterns of more kubeconfigs, besides the chain, in which stale copies of an entry are mended as well.
    pub kubeconfigs: Vec<String>,
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
    /// The machine that it runs on, as `add` names it: `multipass:dev`. Asked for its addresses when the
    /// cluster is gone from where it was.
    pub machine: Option<String>,
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

/// Why a text is not the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not TOML, or a key or value that this program does not know.
    #[error("{0}")]
    Unreadable(String),
    /// From a newer program.
    #[error("it is of version {0}, this bowline knows up to {VERSION}: update bowline")]
    Newer(u32),
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let unreadable = |error: toml::de::Error| {
            SettingsError::Unreadable(error.to_string().trim_end().to_owned())
        };
        // The version first: the rest of a newer file may mean anything.
        let table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        if let Some(version) = table.get("version").and_then(toml::Value::as_integer)
            && version > i64::from(VERSION)
        {
            return Err(SettingsError::Newer(
                u32::try_from(version).unwrap_or(u32::MAX),
            ));
        }
        toml::from_str(text).map_err(unreadable)
    }

    /// The hints for a cluster; none by default.
    pub fn hints(&self, cluster: &str) -> Hints {
        self.clusters.get(cluster).cloned().unwrap_or_default()
    }
}
