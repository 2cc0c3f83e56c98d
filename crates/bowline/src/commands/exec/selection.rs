//! The private kubeconfig of a run: which context is current there, and nothing else.
//!
//! It is a session as a terminal has one, of this process: what a killed bowline leaves behind is swept like the
//! session of a terminal that is gone.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use operations::choose;
use operations::choose::Memory;
use operations::session;
use operations::session::Sessions;
use operations::session::Shell;
use store::Store;

use crate::commands::choose::place::unkept;
use crate::commands::session::tell;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Where the selections of this program are.
pub(super) struct Selections {
    store: Store,
    sessions: Sessions,
    /// This process.
    process: Shell,
    /// What stands behind them.
    list: Vec<PathBuf>,
    number: AtomicUsize,
}

impl Selections {
    /// Makes the guard.
    pub(super) fn prepare(
        store: Store,
        state: &Path,
        paths: &[PathBuf],
    ) -> Result<Self, CommandError> {
        // Programs may change their working folder.
        let sessions = Sessions::new(&std::path::absolute(state)?);
        // Where the system does not tell since when a process runs, it tells itself.
        let now = operations::world::now().as_millis().to_string();
        let process = Shell::of(std::process::id(), Some(&now)).ok_or_else(|| {
            let message = "the system does not tell since when this process runs (/proc or ps): no run can have a context of its own";
            CommandError::new(exit::FAILED, message)
        })?;
        let own = session::of_the_user(paths);
        crate::commands::session::post(&store, &sessions, &own, |_| false)?;
        let list = paths.iter().filter(|path| !session::is_guard(path));
        Ok(Self {
            store,
            sessions,
            process,
            list: list.map(std::path::absolute).collect::<Result<_, _>>()?,
            number: AtomicUsize::new(0),
        })
    }

    /// The selection of one run.
    pub(super) fn make(&self, context: &str) -> Result<Selection, CommandError> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let file = self.sessions.file_of_run(&self.process, number);
        let list = self.sessions.list(&file, &self.list)?;
        let selection = Selection {
            store: self.store.clone(),
            sessions: self.sessions.clone(),
            own: session::of_the_user(&self.list),
            file,
            list,
        };
        // Whoever sweeps it may have another KUBECONFIG.
        Memory::update(
            &self.store,
            &self.sessions.memory(&selection.file),
            |memory| {
                memory.files.clone_from(&selection.own);
            },
        )
        .map_err(unkept)?;
        let wanted = choose::Selection {
            context: context.to_owned(),
            namespace: None,
        };
        session::write(&self.store, &selection.file, &wanted, None).map_err(unkept)?;
        Ok(selection)
    }
}

/// One run's selection. When it is dropped, what the program wrote into it is brought into the user's kubeconfig,
/// and it is gone.
pub(super) struct Selection {
    store: Store,
    sessions: Sessions,
    file: PathBuf,
    own: Vec<PathBuf>,
    /// The value of KUBECONFIG.
    pub(super) list: OsString,
}

impl Drop for Selection {
    fn drop(&mut self) {
        match session::end(&self.store, &self.sessions, &self.file, &self.own) {
            Ok(harvested) => harvested.iter().for_each(tell),
            // It could not even be made.
            Err(_) if !self.file.exists() => {}
            // It is tried again by each command once this process has ended.
            Err(error) => {
                output::note(&format!(
                    "what the program wrote into {} stays there: {error}",
                    self.file.display()
                ));
                return;
            }
        }
        session::bury(&self.store, &self.sessions, &self.file);
    }
}
