//! `config.toml`: what the user says about machines and clusters.

pub mod change;
pub mod edit;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use locate::Source;
use serde::Deserialize;
pub use toml::Value;

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
    /// More lease files of dnsmasq.
    pub dnsmasq_leases: Vec<PathBuf>,
    /// More `.status` files of libvirt, or folders of them.
    pub libvirt_status: Vec<PathBuf>,
    /// More lease files of macOS' DHCP server.
    pub dhcpd_leases: Vec<PathBuf>,
    /// `false` never runs Multipass.
    pub multipass: Option<bool>,
    /// Which sources of candidate addresses are asked.
    pub sources: Switches,
    /// Hints per cluster, by the name of the cluster in the kubeconfig.
    pub clusters: BTreeMap<String, Hints>,
    /// Folders, files and patterns of kubeconfigs that stand behind the chain, as if KUBECONFIG named them.
    pub dirs: Vec<String>,
    /// Other names of contexts: what is typed, and the context's name.
    pub aliases: BTreeMap<String, String>,
    /// Words that contexts are found by, by the context's name.
    pub labels: BTreeMap<String, Vec<String>>,
    /// What `k` asks about before it does it, by a pattern of contexts' names.
    pub protect: BTreeMap<String, Protection>,
}

/// `[protect."prod*"]`: which of kubectl's commands are dangerous in these contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protection {
    /// kubectl's commands (`delete`, `drain`, or patterns of them); none means all that change something.
    pub commands: Vec<String>,
    /// What to do about them.
    pub action: Guarding,
}

/// What happens to a protected command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guarding {
    /// It is asked about, and refused where nobody can be asked.
    #[default]
    Confirm,
    /// It is refused.
    Refuse,
}

/// `[sources]`: `true` asks a source, `false` does not; one that is not named is asked by its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, bool>")]
pub struct Switches(BTreeMap<Source, bool>);

impl TryFrom<BTreeMap<String, bool>> for Switches {
    type Error = String;

    fn try_from(table: BTreeMap<String, bool>) -> Result<Self, String> {
        let mut switches = BTreeMap::new();
        for (key, value) in table {
            let source = Source::of_key(&key).ok_or_else(|| {
                let known = Source::keys().join(", ");
                format!("there is no source `{}`; known are {known}", escape(&key))
            })?;
            switches.insert(source, value);
        }
        Ok(Self(switches))
    }
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
        let settings: Self = toml::from_str(text).map_err(unreadable)?;
        for (name, hints) in &settings.clusters {
            let link_local = |at: &&SocketAddr| matches!(at, SocketAddr::V6(at) if at.ip().is_unicast_link_local());
            if let Some(at) = hints.candidates.iter().find(link_local) {
                return Err(SettingsError::Unreadable(format!(
                    "[clusters.{}] candidates: {at} is a link-local address, which an entry cannot have",
                    kubeconfig::redact::escape(name)
                )));
            }
        }
        Ok(settings)
    }

    /// Whether the user wants a source to be asked, if the user says so. `multipass = false` is the older
    /// spelling, which forbids Multipass altogether.
    pub fn asks(&self, source: Source) -> Option<bool> {
        if source == Source::Multipass && self.multipass == Some(false) {
            return Some(false);
        }
        self.sources.0.get(&source).copied()
    }

    /// The files that the user names for a source.
    pub fn files(&self, source: Source) -> &[PathBuf] {
        match source {
            Source::HostsIcs => &self.hosts_ics,
            Source::DnsmasqLeases => &self.dnsmasq_leases,
            Source::Libvirt => &self.libvirt_status,
            Source::DhcpdLeases => &self.dhcpd_leases,
            _ => &[],
        }
    }

    /// The hints for a cluster; none by default.
    pub fn hints(&self, cluster: &str) -> Hints {
        self.clusters.get(cluster).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_switched_by_their_keys() {
        let settings = Settings::parse("[sources]\ndocker = false\nminikube = true\n").unwrap();
        assert_eq!(settings.asks(Source::Docker), Some(false));
        assert_eq!(settings.asks(Source::Minikube), Some(true));
        assert_eq!(settings.asks(Source::Lima), None);
        for (text, expected) in [
            ("multipass = false\n", Some(false)),
            (
                "multipass = false\n[sources]\nmultipass = true\n",
                Some(false),
            ),
            (
                "multipass = true\n[sources]\nmultipass = false\n",
                Some(false),
            ),
            ("", None),
        ] {
            let settings = Settings::parse(text).unwrap();
            assert_eq!(settings.asks(Source::Multipass), expected, "{text}");
        }
    }

    #[test]
    fn a_link_local_candidate_is_refused() {
        for (address, fine) in [
            ("[fd00::7]:16443", true),
            ("169.254.3.4:16443", true),
            ("[fe80::7]:16443", false),
            ("[fe80::7%3]:16443", false),
        ] {
            let text = format!("[clusters.dev]\ncandidates = ['10.0.0.1:1', '{address}']\n");
            assert_eq!(Settings::parse(&text).is_ok(), fine, "{address}");
        }
    }

    #[test]
    fn an_unknown_source_is_refused_with_the_known_ones() {
        let error = Settings::parse("[sources]\ndokcer = false\n").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("there is no source `dokcer`"), "{text}");
        assert!(text.contains("docker, "), "{text}");
        assert!(Settings::parse("[sources]\ndocker = 'no'\n").is_err());
        // Those that cannot be switched have no key.
        assert!(Settings::parse("[sources]\nentry = false\n").is_err());
    }
}
