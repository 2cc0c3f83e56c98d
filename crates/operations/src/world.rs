//! What operations need from outside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use kubeconfig::redact::escape;
use locate::Source;
use locate::dns::Resolve;
use locate::source::System;
use machines::Machine;
use machines::Place;
use machines::Programs;
use store::Store;

use crate::proxies::Proxies;
use crate::settings::Settings;

/// The machine as operations see it; the program fills it in from its environment.
#[derive(Clone)]
pub struct World {
    /// The one place that changes files.
    pub store: Store,
    /// Where what was learnt is kept.
    pub state_file: PathBuf,
    /// What the user says.
    pub settings: Settings,
    /// Where `hosts.ics` may be, besides those that the settings name.
    pub hosts_ics: Vec<PathBuf>,
    /// The files that a source reads, besides those that the settings name.
    pub source_files: fn(Source) -> Vec<PathBuf>,
    /// Finds a program on PATH by the name that [`locate::source::Facts::program`] has. Called only when a
    /// search starts.
    pub find_program: fn(&str) -> Option<PathBuf>,
    /// The system that this is.
    pub system: System,
    /// Finds the programs that lead to machines. Called only when one is to be asked: `k` must not look
    /// through PATH for all of them each time.
    pub programs: fn() -> Programs,
    /// Finds what tells about the networks of this machine; likewise.
    pub network: fn() -> locate::System,
    /// `config.toml`, whether it exists or not.
    pub settings_file: PathBuf,
    /// Where MicroK8s' installer for Windows and macOS puts a kubeconfig of its own, which it never
    /// renews (canonical/microk8s `installer/common/file_utils.py`).
    pub second_copies: Vec<PathBuf>,
    /// The proxy that the environment puts before clients.
    pub proxies: Proxies,
    /// The resolver.
    pub resolver: Arc<dyn Resolve>,
}

impl World {
    /// The machine at a place, as `config.toml` or a command line names it.
    ///
    /// # Errors
    /// A text that says why there can be none.
    pub fn machine(&self, place: &str, patience: Duration) -> Result<Machine, String> {
        let place: Place = place
            .parse()
            .map_err(|error| format!("{}: {error}", escape(place)))?;
        self.machine_at(place, patience)
    }

    /// The machine at a place.
    ///
    /// # Errors
    /// A text that says why there can be none.
    pub fn machine_at(&self, place: Place, patience: Duration) -> Result<Machine, String> {
        if matches!(place, Place::Multipass(_)) && self.settings.multipass == Some(false) {
            return Err(format!(
                "{}: config.toml says `multipass = false`, so Multipass is never run",
                escape(&place.to_string())
            ));
        }
        Ok(Machine::new(place, (self.programs)(), patience))
    }
}

/// Now, since the Unix epoch.
pub fn now() -> Duration {
    // A clock before 1970 is as good as 1970: everything learnt then is old.
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
