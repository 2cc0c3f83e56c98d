//! Where sessions are, and what KUBECONFIG is with one and without.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::file::DAMAGED;
use super::name::GUARD_FILE;
use super::name::SESSION_SUFFIX;
use super::name::is_session;
use super::process::Shell;

/// What the name of the file ends in that holds what a shell chose before.
pub(super) const MEMORY_SUFFIX: &str = ".bowline-memory.json";

/// The folder of all sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    folder: PathBuf,
    guard: PathBuf,
}

/// Why KUBECONFIG cannot name a file.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} cannot stand in KUBECONFIG, because there is a separator, a quote or a line break in its name: set BOWLINE_STATE to a folder with a plain name",
    path = kubeconfig::redact::escape(.0)
)]
pub struct ListError(String);

impl Sessions {
    /// Those below a state folder, which must be absolute: KUBECONFIG is read in any folder.
    pub fn new(state: &Path) -> Self {
        Self {
            folder: state.join("sessions"),
            guard: state.join(GUARD_FILE),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The guard.
    pub fn guard(&self) -> &Path {
        &self.guard
    }

    /// The session file of a shell, whether it exists or not.
    pub fn file(&self, shell: &Shell) -> PathBuf {
        self.folder
            .join(format!("{}{SESSION_SUFFIX}", shell.name()))
    }

    /// The session file of one of the programs that a process runs in contexts of their own.
    pub fn file_of_run(&self, process: &Shell, number: usize) -> PathBuf {
        self.folder
            .join(format!("{}.{number}{SESSION_SUFFIX}", process.name()))
    }

    /// Where it is kept what a shell chose before; beside its session.
    pub fn memory(&self, session: &Path) -> PathBuf {
        let name = session.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(SESSION_SUFFIX).unwrap_or(&name);
        session.with_file_name(format!("{name}{MEMORY_SUFFIX}"))
    }

    /// The shell that a session file is of, where it is one of this folder.
    pub fn shell_of(&self, session: &Path) -> Option<Shell> {
        if !is_session(session) || session.parent() != Some(&self.folder) {
            return None;
        }
        Shell::parse(session.file_name()?.to_str()?)
    }

    /// What KUBECONFIG is in a terminal with this session: the session, the guard, and the user's own list; and both
    /// once more behind it, the other way round.
    ///
    /// client-go takes the first `current-context` of the list, and a file that stands there twice once. The official
    /// clients for Python (`config/kube_config.py`, `KubeConfigMerger`) and JavaScript (`config.ts`, `mergeConfig`) take
    /// the last: for them, too, it is the session's, and the guard's where that is gone.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn list(&self, session: &Path, own: &[PathBuf]) -> Result<OsString, ListError> {
        let guard = self.guard.as_path();
        let own = own.iter().map(PathBuf::as_path);
        joined(
            [session, guard]
                .into_iter()
                .chain(own)
                .chain([guard, session]),
        )
    }

    /// The session files that exist, by shell and run; and the files beside them.
    pub(super) fn found(&self) -> Vec<((Shell, Option<usize>), PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut found: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                // What was put aside waits for a person, not for its shell's end.
                let name = name.to_str().filter(|name| !name.ends_with(DAMAGED))?;
                let shell = Shell::parse(name)?;
                Some(((shell, run_of(name)), entry.path()))
            })
            .collect();
        found.sort();
        found
    }
}

/// Which run of a process a file belongs to, as [`Sessions::file_of_run`] makes its name.
fn run_of(name: &str) -> Option<usize> {
    name.split('.').nth(1)?.parse().ok()
}

/// What KUBECONFIG is in a terminal without a session; `None` where it need not be set.
///
/// # Errors
/// [`ListError`].
pub fn list_without(
    own: &[PathBuf],
    default: Option<&Path>,
) -> Result<Option<OsString>, ListError> {
    match own {
        [] => Ok(None),
        [only] if Some(only.as_path()) == default => Ok(None),
        _ => joined(own.iter().map(PathBuf::as_path)).map(Some),
    }
}

fn joined<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<OsString, ListError> {
    let mut sound = Vec::new();
    for path in paths {
        let text = path.to_string_lossy();
        // A line break would end the line by which a shell learns of it.
        if text.contains(['\n', '\r', '\0']) || std::env::join_paths([path]).is_err() {
            return Err(ListError(text.into_owned()));
        }
        sound.push(path);
    }
    std::env::join_paths(&sound).map_err(|error| ListError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(windows, ignore = "Unix' separator")]
    fn kubeconfig_has_the_session_and_the_guard_around_the_users_list() {
        let sessions = Sessions::new(Path::new("/s"));
        let session = Path::new("/s/sessions/1-2-a-b.bowline-session.json");
        let own = [PathBuf::from("/h/.kube/config"), PathBuf::from("b c")];
        let list = sessions.list(session, &own).unwrap();
        assert_eq!(
            list,
            "/s/sessions/1-2-a-b.bowline-session.json:/s/bowline-guard.json:/h/.kube/config:b c\
             :/s/bowline-guard.json:/s/sessions/1-2-a-b.bowline-session.json"
        );
        assert_eq!(
            sessions.memory(session),
            Path::new("/s/sessions/1-2-a-b.bowline-memory.json")
        );
        assert!(sessions.shell_of(session).is_some());
        let run = sessions.file_of_run(&sessions.shell_of(session).unwrap(), 12);
        assert_eq!(
            run,
            Path::new("/s/sessions/1-2-a-b.12.bowline-session.json")
        );
        assert_eq!(sessions.shell_of(&run), sessions.shell_of(session));
        for (name, number) in [
            ("1-2-a-b.12.bowline-session.json", Some(12)),
            ("1-2-a-b.12.bowline-memory.json", Some(12)),
            ("1-2-a-b.12.bowline-session.json.lock", Some(12)),
            ("1-2-a-b.bowline-session.json", None),
        ] {
            assert_eq!(run_of(name), number, "{name}");
        }
        let elsewhere = Path::new("/t/sessions/1-2-a-b.bowline-session.json");
        assert_eq!(sessions.shell_of(elsewhere), None);
    }

    #[test]
    #[cfg_attr(windows, ignore = "Unix' separator")]
    fn without_a_session_only_another_list_than_the_default_is_set() {
        let default = Path::new("/h/.kube/config");
        let list = |own: &[&str]| {
            let own: Vec<_> = own.iter().map(PathBuf::from).collect();
            list_without(&own, Some(default)).unwrap()
        };
        assert_eq!(list(&[]), None);
        assert_eq!(list(&["/h/.kube/config"]), None);
        assert_eq!(list(&["/a"]), Some("/a".into()));
        assert_eq!(
            list(&["/h/.kube/config", "/a"]),
            Some("/h/.kube/config:/a".into())
        );
    }

    #[test]
    #[cfg_attr(windows, ignore = "Unix' separator")]
    fn a_path_that_the_variable_cannot_hold_is_named() {
        for state in ["/a:b", "/a\nb"] {
            let sessions = Sessions::new(Path::new(state));
            let session = sessions.folder().join("1-2-a-b.bowline-session.json");
            let error = sessions.list(&session, &[]).unwrap_err().to_string();
            assert!(error.contains("BOWLINE_STATE"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
