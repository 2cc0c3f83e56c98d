//! Keeping kubeconfigs tidy: one file per command.

pub(crate) mod copy;
pub(crate) mod dedupe;
pub(crate) mod export;
pub(crate) mod merge;
pub(crate) mod prune;
pub(crate) mod rename;
pub(crate) mod rm;
pub(crate) mod split;

use std::fmt::Display;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::choose::Memory;
use operations::heal::copies::matched;
use operations::kubeconfigs::KubeconfigError;
use operations::modify::Chain;
use operations::near::listed;
use operations::session;
use operations::session::Sessions;
use operations::tidy;
use operations::tidy::Applied;
use operations::tidy::Place;
use operations::tidy::Plan;
use operations::tidy::Sight;
use operations::tidy::Steps;
use operations::tidy::TidyError;
use operations::tidy::export::ExportError;
use operations::tidy::merge::MergeError;
use store::StoreError;

use super::lost;
use crate::cli::Files;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::plain;

/// The files that a command is about.
pub(super) fn place(environment: &Environment, files: &Files) -> Result<Place, CommandError> {
    let flag = files.kubeconfig.as_deref();
    let paths = once(environment.own_kubeconfig_paths(flag.map(Path::as_os_str))?);
    if let (Some(_), Some(file)) = (flag, paths.first())
        && matches!(file.try_exists(), Ok(false))
    {
        return Err(KubeconfigError::NoFile(file.clone()).into());
    }
    let usual = environment.kubeconfig_paths(None).unwrap_or_default();
    let is_usual = |path: &PathBuf| usual.iter().any(|usual| is_same(usual, path));
    let apart = flag.is_some() && !paths.iter().all(is_usual);
    let sessions = if apart {
        Vec::new()
    } else {
        sessions(environment, &usual)
    };
    Ok(Place {
        paths,
        sessions,
        beside: Vec::new(),
        settings: environment.settings_file()?.to_owned(),
        apart,
    })
}

/// Each file once, as it was spelled first: its entries would meet themselves.
fn once(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut files = Vec::<PathBuf>::new();
    for path in paths {
        if !files.iter().any(|known| is_same(known, &path)) {
            files.push(path);
        }
    }
    files
}

/// The sessions of all terminals whose choice is of these files.
fn sessions(environment: &Environment, chain: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = chain
        .iter()
        .filter(|path| session::is_session(path))
        .cloned()
        .collect();
    let Ok(state) = environment.state_folder() else {
        return found;
    };
    let sessions = Sessions::new(state);
    let entries = std::fs::read_dir(sessions.folder()).into_iter();
    for entry in entries.flatten().flatten() {
        let path = entry.path();
        if session::is_session(&path)
            && !found.iter().any(|known| is_same(known, &path))
            && is_of(&sessions, &path, chain)
        {
            found.push(path);
        }
    }
    found
}

/// Whether what a terminal chose stands in one of these files. Another terminal may have a context of that name in a
/// kubeconfig of its own.
fn is_of(sessions: &Sessions, session: &Path, chain: &[PathBuf]) -> bool {
    let files = Memory::load(&sessions.memory(session)).memory.files;
    let in_chain = |file: &Path| chain.iter().any(|known| is_same(known, file));
    let chosen = session::read(session).ok().flatten();
    let (false, Some(chosen)) = (files.is_empty(), chosen) else {
        return true;
    };
    let Ok(theirs) = Chain::survey(&files) else {
        return files.iter().any(|file| in_chain(file));
    };
    match theirs.context(&chosen.current_context) {
        Some(line) => in_chain(line.file),
        None => files.iter().any(|file| in_chain(file)),
    }
}

/// The kubeconfigs that config.toml names besides the chain.
fn beside(environment: &Environment, chain: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let settings = environment.settings()?;
    let dirs = settings.dirs.iter().map(|text| {
        let path = environment.expand(Path::new(text));
        let literal = glob::Pattern::escape(&path.to_string_lossy());
        if path.is_dir() {
            format!("{literal}/*")
        } else if path.exists() {
            literal
        } else {
            path.to_string_lossy().into_owned()
        }
    });
    let patterns: Vec<String> = settings.kubeconfigs.iter().cloned().chain(dirs).collect();
    let (files, unmatched) = matched(&patterns);
    for cause in unmatched {
        output::note(&cause);
    }
    let is_other = |file: &PathBuf| !chain.iter().any(|known| is_same(known, file));
    Ok(files.into_iter().filter(is_other).collect())
}

/// Whether two paths are one file.
fn is_same(a: &Path, b: &Path) -> bool {
    if a == b {
        return true;
    }
    let real = |path: &Path| path.canonicalize().ok();
    real(a).is_some_and(|a| real(b) == Some(a))
}

/// Where relative paths begin.
fn working_folder() -> Result<PathBuf, CommandError> {
    Ok(std::env::current_dir()?)
}

/// A path of the command line, from the root on.
fn absolute(environment: &Environment, path: &Path) -> Result<PathBuf, CommandError> {
    Ok(std::path::absolute(environment.expand(path))?)
}

/// Shows a plan, or carries it out; `None` when it was only shown.
pub(super) fn carry_out<T, E>(
    environment: &Environment,
    place: &Place,
    plan: &Plan<T>,
    summary: &str,
    dry_run: bool,
    decide: impl Fn(&Sight) -> Result<Steps<T>, E>,
) -> Result<Option<Applied<T>>, CommandError>
where
    E: From<TidyError> + Display,
    CommandError: From<E>,
{
    if dry_run {
        output::print(&plan.diff())?;
        output::note("nothing was changed (--dry-run)");
        return Ok(None);
    }
    let store = environment.store()?;
    let applied = tidy::apply(&store, plan, summary, decide)?;
    for why in &applied.left {
        output::note(&format!("a terminal's choice could not follow: {why}"));
    }
    lost::tell(&store, &place.paths);
    Ok(Some(applied))
}

/// Says one thing that was done.
fn say(line: &str) -> Result<(), CommandError> {
    Ok(output::print(&format!("{}\n", plain(line)))?)
}

/// A path for a sentence.
fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

impl From<TidyError> for CommandError {
    fn from(error: TidyError) -> Self {
        let code = match &error {
            TidyError::Read(
                StoreError::Folder { .. }
                | StoreError::Unreadable { .. }
                | StoreError::TooLarge { .. },
            ) => exit::BAD_INPUT,
            TidyError::BlankName => exit::USAGE,
            TidyError::Settings { .. } => exit::BAD_STATE,
            TidyError::Read(_)
            | TidyError::ChangedMeanwhile { .. }
            | TidyError::Halfway { .. }
            | TidyError::Later(_) => exit::FAILED,
            _ => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ExportError> for CommandError {
    fn from(error: ExportError) -> Self {
        let code = match error {
            ExportError::Tidy(error) => return error.into(),
            ExportError::Write(_) | ExportError::Halfway { .. } => exit::FAILED,
            _ => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<MergeError> for CommandError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Tidy(error) => error.into(),
            error => Self::new(exit::BAD_INPUT, error.to_string()),
        }
    }
}
