//! The private kubeconfig of a run: which context is current there, and nothing else.
//!
//! It is a session as a terminal has one, and is called like one: what a killed bowline leaves behind is swept like
//! the session of a terminal that is gone.

use std::ffi::OsString;
use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use operations::session;
use serde_json::json;

use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Where the selections of this program are.
pub(super) struct Selections {
    folder: PathBuf,
    guard: PathBuf,
    /// What stands behind them.
    list: Vec<PathBuf>,
    /// What their names begin with.
    stem: String,
    number: AtomicUsize,
}

impl Selections {
    /// Makes the folder and the guard.
    pub(super) fn prepare(state: &Path, paths: &[PathBuf]) -> Result<Self, CommandError> {
        // Programs may change their working folder.
        let state = std::path::absolute(state)?;
        let folder = state.join("sessions");
        private_folder(&folder).map_err(|error| unwritable(&folder, &error))?;
        let guard = state.join(session::GUARD_FILE);
        let said = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": session::GUARD_CONTEXT,
        });
        if !guard.exists() {
            // Another one may have made it just now.
            let _ = private_file(&guard, said.to_string().as_bytes(), true);
        }
        let list = paths.iter().filter(|path| !session::is_guard(path));
        Ok(Self {
            folder,
            guard,
            list: list.map(std::path::absolute).collect::<Result<_, _>>()?,
            stem: stem(),
            number: AtomicUsize::new(0),
        })
    }

    /// The selection of one run.
    pub(super) fn make(&self, context: &str) -> Result<Selection, CommandError> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}{}", self.stem, session::SESSION_SUFFIX);
        let path = self.folder.join(name);
        let own = [path.clone(), self.guard.clone()];
        let list = std::env::join_paths(own.iter().chain(&self.list)).map_err(|_| {
            let message =
                "a path of the list has the separator of lists in it: KUBECONFIG cannot name it";
            CommandError::new(exit::BAD_INPUT, message)
        })?;
        let said = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
        });
        let bytes = said.to_string().into_bytes();
        private_file(&path, &bytes, false).map_err(|error| unwritable(&path, &error))?;
        Ok(Selection { path, bytes, list })
    }
}

/// One run's selection; gone when it is dropped.
pub(super) struct Selection {
    path: PathBuf,
    bytes: Vec<u8>,
    /// The value of KUBECONFIG.
    pub(super) list: OsString,
}

impl Drop for Selection {
    fn drop(&mut self) {
        let mut lock = self.path.clone().into_os_string();
        lock.push(".lock");
        // kubectl's own: nobody holds it any more.
        let _ = fs::remove_file(lock);
        let is_ours = fs::read(&self.path).is_ok_and(|bytes| bytes == self.bytes);
        if is_ours || !self.path.exists() {
            let _ = fs::remove_file(&self.path);
            return;
        }
        // kubectl and others write new entries into the first file.
        output::note(&format!(
            "the program wrote into its kubeconfig: {} is kept, and brought into yours by the next command of bowline",
            self.path.display()
        ));
    }
}

fn unwritable(path: &Path, error: &io::Error) -> CommandError {
    let message = format!(
        "cannot write {}: {error}; a run has its choice of context there: BOWLINE_STATE names another folder",
        path.display()
    );
    CommandError::new(exit::FAILED, message)
}

/// What tells this process from all others of its number.
fn stem() -> String {
    let id = std::process::id();
    let started = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        // The name of the program, in parentheses, may hold anything (proc_pid_stat(5): the 22nd field).
        let (_, rest) = stat.rsplit_once(')')?;
        rest.split_whitespace().nth(19).map(str::to_owned)
    });
    let started = started.unwrap_or_else(|| operations::world::now().as_secs().to_string());
    format!("{id}-{started}")
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn private_file(path: &Path, bytes: &[u8], read_only: bool) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if read_only { 0o400 } else { 0o600 });
    }
    #[cfg(not(unix))]
    let _ = read_only;
    options.open(path)?.write_all(bytes)
}
