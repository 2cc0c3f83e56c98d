//! What the files of a session are called: they are known by their names, wherever the state folder is.

use std::path::Path;
use std::path::PathBuf;

/// What the name of a session file ends in.
pub const SESSION_SUFFIX: &str = ".bowline-session.json";

/// The name of the guard.
pub const GUARD_FILE: &str = "bowline-guard.json";

/// The current context of the guard. kubectl quotes it when it fails, so it says what to do.
pub const GUARD_CONTEXT: &str = "this-terminal-lost-its-context;run:bowline-use";

/// Whether a name is that of the guard's current context. Where somebody has a context of that name, the guard takes
/// one with a number behind it.
pub fn is_guard_context(name: &str) -> bool {
    name.strip_prefix(GUARD_CONTEXT).is_some_and(|number| {
        let number = number.strip_prefix('-').unwrap_or(number);
        number.chars().all(|char| char.is_ascii_digit())
    })
}

/// Whether a path is that of a session file.
pub fn is_session(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(SESSION_SUFFIX)
}

/// Whether a path is that of the guard.
pub fn is_guard(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == GUARD_FILE)
}

/// Whether a path is one of a session's, not one of the user's kubeconfigs.
pub fn is_ours(path: &Path) -> bool {
    is_session(path) || is_guard(path)
}

/// The user's own kubeconfigs of a chain.
pub fn of_the_user(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths
        .iter()
        .filter(|path| !is_ours(path))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guards_context_is_known_by_its_name() {
        let named = |end: &str| is_guard_context(&format!("{GUARD_CONTEXT}{end}"));
        assert!(named("") && named("-2") && !named("-x") && !named(" "));
        assert!(!is_guard_context("dev") && !is_guard_context(""));
    }

    #[test]
    fn a_sessions_files_are_known_by_their_names() {
        let chain: Vec<PathBuf> = [
            "/s/sessions/1-2.bowline-session.json",
            "/s/bowline-guard.json",
            "/h/.kube/config",
            "/h/.kube/bowline-session.json",
        ]
        .map(PathBuf::from)
        .to_vec();
        assert_eq!(
            chain
                .iter()
                .map(|path| is_session(path))
                .collect::<Vec<_>>(),
            [true, false, false, false]
        );
        assert_eq!(of_the_user(&chain), chain[2..]);
    }
}
