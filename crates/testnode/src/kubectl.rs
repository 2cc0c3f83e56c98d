//! The real kubectl of this machine, for tests that end there.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environment variable that names the kubectl to use.
pub const VARIABLE: &str = "BOWLINE_KUBECTL";

/// A plain kubectl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubectl {
    /// The program.
    pub path: PathBuf,
    /// The version, major and minor: `(1, 33)`.
    pub version: (u32, u32),
}

impl Kubectl {
    /// A command that knows of nothing but this home and this kubeconfig: an environment without
    /// proxies, settings of the user (`KUBERC`) or credentials, and no input to read.
    pub fn command(&self, home: &Path, kubeconfig: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .env("HOME", home)
            .env("USERPROFILE", home);
        command
            .env("KUBECONFIG", kubeconfig)
            .env("KUBERC", "off")
            .stdin(Stdio::null());
        // Without the first two, Windows resolves no name and makes no temporary file.
        for name in ["SystemRoot", "TEMP", "PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }
}

/// Why no kubectl can be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program that [`VARIABLE`] names is none.
    #[error("{VARIABLE} names {path}, which is not a plain kubectl: {reason}")]
    Named {
        /// What it names.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// There is none.
    #[error(
        "no plain kubectl: set {VARIABLE} to one, or put one on PATH (seen and refused: {})",
        if .refused.is_empty() { "none" } else { .refused }
    )]
    None {
        /// The candidates, with why each was refused.
        refused: String,
    },
}

/// The kubectl that [`VARIABLE`] names, else the first on `PATH` that is not a dispatcher, else the
/// newest `kubectl.1.*` beside a dispatcher.
///
/// A dispatcher (Google Cloud's) runs another kubectl for each server version, after asking the
/// server for it: a test would not know whom it talks to.
pub fn find() -> Result<Kubectl, Error> {
    find_in(
        std::env::var_os(VARIABLE),
        &std::env::var_os("PATH").unwrap_or_default(),
    )
}

fn find_in(named: Option<OsString>, path: &OsStr) -> Result<Kubectl, Error> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        return match probe(&path) {
            Ok(Found::Plain(version)) => Ok(Kubectl { path, version }),
            Ok(Found::Dispatcher) => Err(Error::Named {
                path,
                reason: "it is a dispatcher".to_owned(),
            }),
            Err(reason) => Err(Error::Named { path, reason }),
        };
    }
    let program = format!("kubectl{}", std::env::consts::EXE_SUFFIX);
    let mut refused = Vec::new();
    let folders = std::env::split_paths(path);
    for path in folders
        .map(|folder| folder.join(&program))
        .filter(|path| path.is_file())
    {
        match probe(&path) {
            Ok(Found::Plain(version)) => return Ok(Kubectl { path, version }),
            Ok(Found::Dispatcher) => {
                if let Some(found) = newest_beside(&path) {
                    return Ok(found);
                }
                refused.push(format!("{}: a dispatcher", path.display()));
            }
            Err(reason) => refused.push(format!("{}: {reason}", path.display())),
        }
    }
    Err(Error::None {
        refused: refused.join("; "),
    })
}

enum Found {
    Plain((u32, u32)),
    Dispatcher,
}

fn probe(path: &Path) -> Result<Found, String> {
    let output = Command::new(path)
        .args(["version", "--client", "-o", "json"])
        .env(
            "KUBECONFIG",
            if cfg!(windows) { "NUL" } else { "/dev/null" },
        )
        .env("KUBERC", "off")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let version: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|_| "it tells no version".to_owned())?;
    let git = version["clientVersion"]["gitVersion"]
        .as_str()
        .unwrap_or_default();
    if git.contains("-dispatcher") {
        return Ok(Found::Dispatcher);
    }
    let mut numbers = git.trim_start_matches('v').split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok(Found::Plain((major, minor))),
        _ => Err(format!("its version is {git:?}")),
    }
}

fn newest_beside(dispatcher: &Path) -> Option<Kubectl> {
    let real = dispatcher.canonicalize().ok()?;
    let mut candidates: Vec<(u32, PathBuf)> = std::fs::read_dir(real.parent()?)
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let minor = name.trim_end_matches(std::env::consts::EXE_SUFFIX);
            Some((
                minor.strip_prefix("kubectl.1.")?.parse().ok()?,
                entry.path(),
            ))
        })
        .collect();
    candidates.sort();
    candidates
        .into_iter()
        .rev()
        .find_map(|(_, path)| match probe(&path) {
            Ok(Found::Plain(version)) => Some(Kubectl { path, version }),
            _ => None,
        })
}
