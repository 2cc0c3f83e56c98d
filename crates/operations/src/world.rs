//! What operations need from outside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use locate::dns::Resolve;
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
    /// The Multipass program, if there is one.
    pub multipass: Option<PathBuf>,
    /// The proxy that the environment puts before clients.
    pub proxies: Proxies,
    /// The resolver.
    pub resolver: Arc<dyn Resolve>,
}

/// Now, since the Unix epoch.
pub fn now() -> Duration {
    // A clock before 1970 is as good as 1970: everything learnt then is old.
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
