//! The machine as this run finds it. The only reader of environment variables and of the home folder.

mod chain;

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use etcetera::BaseStrategy as _;
use kubeconfig::Document;
use kubeconfig::paths;
use kubeconfig::paths::Probe;
use kubeconfig::paths::System;
use locate::Source;
use locate::dns::SystemResolver;
use locate::source;
use machines::Programs;
use operations::Proxies;
use operations::Settings;
use operations::World;
use operations::session;
use operations::settings::SettingsError;
use store::Store;

/// Where everything of this run is.
#[derive(Debug)]
pub(crate) struct Environment {
    home: Option<PathBuf>,
    /// `None` without a home folder.
    config_file: Option<PathBuf>,
    /// `None` without a home folder.
    state_folder: Option<PathBuf>,
}

/// Why bowline cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error(
        "HOME is not set, so there is no place for state and settings: set HOME, or BOWLINE_STATE and BOWLINE_CONFIG"
    )]
    NoHome,
    #[error("the settings file {path} cannot be read: {cause}", path = .path.display())]
    Unreadable { path: PathBuf, cause: String },
    #[error("the settings file {path} is of version {version}, this bowline knows up to {known}: update bowline", path = .path.display(), known = operations::settings::VERSION)]
    Newer { path: PathBuf, version: u32 },
    #[error(
        "HOME is not set and neither is KUBECONFIG, so there is no kubeconfig: set one of them, or give --kubeconfig"
    )]
    NoKubeconfig,
}

impl Environment {
    /// Finds the folders.
    pub(crate) fn find() -> Self {
        let home = home();
        // Not without a home of our own: the library would ask the user database, which kubectl does not.
        let folders = home
            .as_ref()
            .and_then(|_| etcetera::base_strategy::choose_native_strategy().ok());
        // Relative ones would be other folders after `cd`.
        let given = variable("BOWLINE_STATE").and_then(|given| std::path::absolute(given).ok());
        let state = given.or_else(|| {
            let folders = folders.as_ref()?;
            // Windows' data folder roams between machines; what was learnt here is about this one.
            let folder = if cfg!(windows) {
                Some(folders.cache_dir())
            } else {
                folders.state_dir()
            };
            Some(folder.unwrap_or_else(|| folders.data_dir()).join("bowline"))
        });
        let config = variable("BOWLINE_CONFIG").map(PathBuf::from).or_else(|| {
            Some(
                folders
                    .as_ref()?
                    .config_dir()
                    .join("bowline")
                    .join("config.toml"),
            )
        });
        Self {
            home,
            config_file: config,
            state_folder: state,
        }
    }

    /// kubectl's file of before 2016, where it exists.
    pub(crate) fn old_kubeconfig(&self) -> Option<PathBuf> {
        let old = self.home.as_ref()?.join(".kube").join(".kubeconfig");
        old.is_file().then_some(old)
    }

    /// A path of a flag: a leading `~/` means the home folder, unless there is a literal path of that
    /// name. A shell expands `~` only at the beginning of a word, so `--flag=~/file` reaches us as it is.
    pub(crate) fn expand(&self, path: &Path) -> PathBuf {
        match (&self.home, path.strip_prefix("~")) {
            (Some(home), Ok(rest)) if !rest.as_os_str().is_empty() && !path.exists() => {
                home.join(rest)
            }
            _ => path.to_owned(),
        }
    }

    /// The user's settings.
    pub(crate) fn settings(&self) -> Result<Settings, EnvironmentError> {
        let file = self.settings_file()?;
        let path = || file.to_owned();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Settings::default());
            }
            Err(error) => {
                return Err(EnvironmentError::Unreadable {
                    path: path(),
                    cause: error.to_string(),
                });
            }
        };
        let mut settings = Settings::parse(&text).map_err(|error| match error {
            SettingsError::Unreadable(cause) => EnvironmentError::Unreadable {
                path: path(),
                cause,
            },
            SettingsError::Newer(version) => EnvironmentError::Newer {
                path: path(),
                version,
            },
        })?;
        for pattern in &mut settings.kubeconfigs {
            if let (Some(rest), Some(home)) = (pattern.strip_prefix("~/"), &self.home) {
                // What the home folder is called is no pattern.
                let home = home.to_string_lossy().into_owned();
                *pattern = format!("{}/{rest}", glob::Pattern::escape(&home));
            }
        }
        Ok(settings)
    }

    /// The settings file, whether or not it exists.
    pub(crate) fn settings_file(&self) -> Result<&Path, EnvironmentError> {
        self.config_file.as_deref().ok_or(EnvironmentError::NoHome)
    }

    /// Whether a file that was changed is the settings: the journal names files behind all links.
    pub(crate) fn is_settings(&self, path: &Path) -> bool {
        self.config_file
            .as_deref()
            .is_some_and(|file| is_same_file(file, path))
    }

    /// The home folder, where there is one.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// kubectl's default kubeconfig.
    pub(crate) fn default_kubeconfig(&self) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(".kube").join("config"))
    }

    /// Where MicroK8s' installer puts its kubeconfig.
    fn second_copies(&self) -> Vec<PathBuf> {
        if cfg!(windows) {
            let local = variable("LOCALAPPDATA").map(PathBuf::from);
            return local
                .map(|local| local.join("MicroK8s").join("config"))
                .into_iter()
                .collect();
        }
        let home = self.home.as_ref();
        home.map(|home| home.join(".microk8s").join("config"))
            .into_iter()
            .collect()
    }

    /// Everything that operations need.
    pub(crate) fn world(&self) -> Result<World, EnvironmentError> {
        Ok(World {
            store: self.store()?,
            state_file: self.state_file()?,
            settings: self.settings()?,
            hosts_ics: hosts_ics(),
            source_files,
            find_program: find_source,
            system: system(),
            programs,
            network,
            settings_file: self.settings_file()?.to_owned(),
            second_copies: self.second_copies(),
            proxies: proxies(),
            resolver: Arc::new(SystemResolver),
        })
    }

    /// The one place that changes files.
    pub(crate) fn store(&self) -> Result<Store, EnvironmentError> {
        let settings = self.config_file.clone();
        let check = move |path: &Path, bytes: &[u8]| {
            let settings = settings.as_deref();
            if settings.is_some_and(|settings| is_same_file(settings, path)) {
                return str::from_utf8(bytes).is_ok_and(|text| Settings::parse(text).is_ok());
            }
            Document::parse(bytes).is_ok()
        };
        Ok(Store::new(self.state_folder()?)
            .check(check)
            .passing(session::is_session))
    }

    /// Where what was learnt is kept.
    pub(crate) fn state_file(&self) -> Result<PathBuf, EnvironmentError> {
        Ok(self.state_folder()?.join("state.json"))
    }

    /// Where it is written down which protections are lifted.
    pub(crate) fn lifts_file(&self) -> Result<PathBuf, EnvironmentError> {
        Ok(self.state_folder()?.join("lifts.json"))
    }

    /// Where it is written down which certificates were issued.
    pub(crate) fn issued_file(&self) -> Result<PathBuf, EnvironmentError> {
        Ok(self.state_folder()?.join("issued.json"))
    }

    /// Where everything is that bowline knows by itself.
    pub(crate) fn state_folder(&self) -> Result<&Path, EnvironmentError> {
        self.state_folder.as_deref().ok_or(EnvironmentError::NoHome)
    }
}

/// Whether `path`, which has no links in it, is `file`.
fn is_same_file(file: &Path, path: &Path) -> bool {
    file == path || file.canonicalize().is_ok_and(|file| file == path)
}

/// The programs that lead to machines.
fn programs() -> Programs {
    let find = |name| find_program(name, |_| true);
    Programs {
        ssh: find("ssh"),
        multipass: find("multipass"),
        lxc: find("lxc"),
        incus: find("incus"),
        wsl: find("wsl"),
        sh: find("sh"),
        sudo: find("sudo"),
    }
}

/// What tells about the networks of this machine.
fn network() -> locate::System {
    let find = |name| find_program(name, |_| true);
    if cfg!(target_os = "linux") {
        return locate::System {
            ip: find("ip"),
            ..locate::System::linux()
        };
    }
    locate::System {
        arp: find("arp"),
        ..locate::System::default()
    }
}

/// A source's program, which may be called `….exe` everywhere: from WSL, Windows' programs can be run.
fn find_source(name: &str) -> Option<PathBuf> {
    let name = if cfg!(windows) {
        name.trim_end_matches(".exe")
    } else {
        name
    };
    find_program(name, |_| true)
}

/// Where programs that give addresses keep their records.
fn source_files(source: Source) -> Vec<PathBuf> {
    let files: &[&str] = match source {
        Source::DnsmasqLeases if cfg!(unix) => &[
            "/var/snap/multipass/common/data/multipassd/network/dnsmasq.leases",
            "/var/snap/lxd/common/lxd/networks/lxdbr0/dnsmasq.leases",
            "/var/lib/lxd/networks/lxdbr0/dnsmasq.leases",
            "/var/lib/incus/networks/incusbr0/dnsmasq.leases",
            "/var/lib/libvirt/dnsmasq/default.leases",
            "/var/lib/misc/dnsmasq.leases",
        ],
        Source::Libvirt if cfg!(unix) => &["/var/lib/libvirt/dnsmasq"],
        Source::DhcpdLeases if cfg!(target_os = "macos") => &["/var/db/dhcpd_leases"],
        _ => &[],
    };
    files.iter().map(PathBuf::from).collect()
}

fn system() -> source::System {
    if cfg!(windows) {
        source::System::Windows
    } else if cfg!(target_os = "macos") {
        source::System::MacOs
    } else if variable("WSL_DISTRO_NAME").is_some() {
        source::System::Wsl
    } else {
        source::System::Linux
    }
}

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The home folder, as client-go finds it. On Unix its name need not be Unicode.
fn home() -> Option<PathBuf> {
    if !cfg!(windows) {
        return variable("HOME").map(PathBuf::from);
    }
    let variables = |name: &str| env::var(name).ok();
    let probe = |path: &str| {
        let found = std::fs::metadata(path);
        Probe {
            exists: found.is_ok(),
            writable_directory: found
                .is_ok_and(|found| found.is_dir() && !found.permissions().readonly()),
        }
    };
    paths::home(System::Windows, &variables, &probe).map(PathBuf::from)
}

/// The proxy for https, in either spelling (golang.org/x/net/http/httpproxy, `FromEnvironment`).
pub(crate) fn proxies() -> Proxies {
    let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower));
    let exceptions = either("NO_PROXY", "no_proxy");
    Proxies {
        https: either("HTTPS_PROXY", "https_proxy").is_some(),
        exceptions: exceptions
            .map(|list| list.to_string_lossy().into_owned())
            .unwrap_or_default(),
    }
}

/// Where Windows keeps `hosts.ics`, also as WSL sees it.
fn hosts_ics() -> Vec<PathBuf> {
    const BELOW_WINDOWS: &str = "System32/drivers/etc/hosts.ics";
    if cfg!(windows) {
        let windows =
            variable("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
        return vec![windows.join(BELOW_WINDOWS)];
    }
    let wsl = PathBuf::from("/mnt/c/Windows").join(BELOW_WINDOWS);
    if wsl.exists() { vec![wsl] } else { Vec::new() }
}

/// Where names are given addresses by hand.
pub(crate) fn hosts_files() -> Vec<PathBuf> {
    if !cfg!(windows) {
        return vec![PathBuf::from("/etc/hosts")];
    }
    let windows =
        variable("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    vec![windows.join("System32/drivers/etc/hosts")]
}

/// The first program of a name on PATH that `suits`.
pub(crate) fn find_program(name: &str, suits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    programs_on_path(name, |_| true).find(|candidate| suits(candidate))
}

/// All programs of a name in those folders of PATH that are `worth` a look, in its order. Lazy: a folder may be slow.
pub(crate) fn programs_on_path(
    name: &str,
    worth: impl Fn(&Path) -> bool,
) -> impl Iterator<Item = PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd", ".bat"]
    } else {
        &["", ".exe"]
    };
    let path = variable("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders
        .into_iter()
        // Never the working folder: a program planted there would run.
        .filter(move |folder| folder.is_absolute() && worth(folder))
        .flat_map(move |folder| {
            names
                .iter()
                .map(move |suffix| folder.join(format!("{name}{suffix}")))
        })
        .filter(|candidate| is_program(candidate))
}

/// The program of a bare name on PATH, or at a path; it is not run.
pub(crate) fn installed(program: &Path) -> Option<PathBuf> {
    let bare = program
        .to_str()
        .filter(|name| !name.contains(std::path::is_separator));
    match bare {
        Some(name) => find_program(name, |_| true),
        None => is_program(program).then(|| program.to_owned()),
    }
}

/// How many files this process may have open; `None` where nothing says so.
#[cfg(unix)]
pub(crate) fn open_files() -> Option<usize> {
    use rustix::process::Resource;
    let most = rustix::process::getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(most).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
pub(crate) fn open_files() -> Option<usize> {
    None
}

#[cfg(unix)]
pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_program(path: &Path) -> bool {
    path.is_file()
}
