//! Where a terminal's choice is made: its shell, its session, and the user's kubeconfigs.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::modify::Chain;
use operations::session;
use operations::session::SessionError;
use operations::session::Sessions;
use operations::session::Shell;
use store::StoreError;

use crate::environment::Environment;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;

/// How a shell says which one it is.
const SHELL_PID: &str = "BOWLINE_SHELL_PID";

/// How it says since when it runs, where the system is slow to tell.
const SHELL_START: &str = "BOWLINE_SHELL_START";

/// Where things are.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) sessions: Sessions,
    /// The shell that asks, where one does.
    pub(crate) shell: Option<Shell>,
    /// The session that stands in KUBECONFIG, whether the file exists or not.
    pub(crate) standing: Option<PathBuf>,
    /// The user's files that stand before it.
    pub(super) before: Vec<PathBuf>,
    /// Whether nothing is chosen there, so that kubectl must do nothing.
    pub(crate) is_lost: bool,
    /// The user's own kubeconfigs.
    pub(crate) own: Vec<PathBuf>,
    /// Where the choices of terminals without a session are remembered.
    pub(super) selections: PathBuf,
    /// Where it is remembered what was proved.
    pub(super) state_file: PathBuf,
}

/// Where a choice is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In a session.
    Session {
        file: PathBuf,
        /// A shell waits to be told what KUBECONFIG is.
        speaks: bool,
    },
    /// In the user's kubeconfig.
    Global,
}

impl Place {
    pub(crate) fn find(environment: &Environment) -> Result<Self, CommandError> {
        let state = std::path::absolute(environment.state_folder()?)?;
        let sessions = Sessions::new(&state);
        let paths = environment.kubeconfig_paths(None)?;
        let at = paths.iter().position(|path| session::is_session(path));
        let standing = at.and_then(|at| paths.get(at));
        let before = at.and_then(|at| paths.get(..at));
        let mut own = session::of_the_user(&paths);
        if own.is_empty() {
            own.extend(environment.default_kubeconfig());
        }
        Ok(Self {
            shell: shell()?,
            standing: standing.cloned(),
            before: absolute(before.unwrap_or_default())?,
            is_lost: session::is_lost(&paths),
            own: absolute(&own)?,
            selections: state.join("selections.json"),
            state_file: state.join("state.json"),
            sessions,
        })
    }

    /// Without a session that is not in force, as a file before it has a current context (client-go
    /// `tools/clientcmd/loader.go`, `Load`: the first counts). `chain` is of the user's files.
    pub(crate) fn in_force(mut self, chain: &Chain) -> Self {
        let chosen_by = chain.chosen_by();
        if chosen_by.is_some_and(|file| self.before.iter().any(|before| before == file)) {
            self.standing = None;
        }
        self
    }

    pub(super) fn scope(&self, global: bool) -> Scope {
        if global {
            return Scope::Global;
        }
        if let Some(shell) = &self.shell {
            let file = self.sessions.file(shell);
            return Scope::Session { file, speaks: true };
        }
        match &self.standing {
            // A script in a terminal. A session that was deleted there is made again, while its shell lives.
            Some(file) if file.exists() || self.lives(file) => Scope::Session {
                file: file.clone(),
                speaks: false,
            },
            _ => Scope::Global,
        }
    }

    /// Whether the shell of a session lives.
    pub(crate) fn lives(&self, session: &Path) -> bool {
        let shell = self.sessions.shell_of(session);
        shell.is_some_and(|shell| shell.is_alive())
    }
}

/// A terminal's choice lasts longer than its working folder.
fn absolute(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    paths.iter().map(std::path::absolute).collect()
}

/// That a choice cannot be kept, and what mends that.
pub(crate) fn unkept(error: impl Into<SessionError>) -> CommandError {
    let error = error.into();
    let is_kept_nowhere = match &error {
        SessionError::Store(error) => {
            !matches!(error, StoreError::Locked { .. } | StoreError::Busy { .. })
        }
        _ => false,
    };
    let error = CommandError::from(error);
    if !is_kept_nowhere {
        return error;
    }
    CommandError::new(
        error.code,
        format!(
            "{}; a terminal's own choice is kept there: set BOWLINE_STATE to a folder that can be written",
            error.message
        ),
    )
}

/// The shell that asks.
fn shell() -> Result<Option<Shell>, CommandError> {
    let Some(pid) = variable(SHELL_PID) else {
        return Ok(None);
    };
    let told = variable(SHELL_START);
    let told = told.as_ref().and_then(|told| told.to_str());
    let number = pid.to_str().and_then(|pid| pid.parse().ok());
    let shell = number.and_then(|pid| Shell::of(pid, told));
    shell.map(Some).ok_or_else(|| {
        CommandError::new(
            exit::USAGE,
            format!(
                "{SHELL_PID} is {}, which is not the number of a process that runs here: source `bowline init` anew, or use --global",
                escape(&pid.to_string_lossy())
            ),
        )
    })
}
