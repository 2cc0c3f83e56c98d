//! Whether a terminal has lost its choice, so that nothing may go on with another.

use std::path::Path;
use std::path::PathBuf;

use super::file;
use super::name::is_guard;
use super::name::is_ours;
use crate::modify::Chain;

/// Whether a session stands in KUBECONFIG, and nothing is chosen in it: its file is gone or damaged. The guard stands
/// for it, be it there or gone too.
pub fn is_lost(paths: &[PathBuf]) -> bool {
    let Some(first) = paths.iter().position(|path| is_ours(path)) else {
        return false;
    };
    let (before, from) = paths.split_at(first);
    if before.iter().any(|path| chooses(path)) {
        return false;
    }
    for path in from.iter().filter(|path| is_ours(path)) {
        if is_guard(path) {
            return true;
        }
        match file::read(path) {
            Ok(Some(session)) if file::selection(&session).is_some() => return false,
            Ok(_) => {}
            Err(_) => return true,
        }
    }
    true
}

/// Whether one of the user's files has a current context. What is no file is taken to have one: reading a pipe would
/// empty it.
fn chooses(path: &Path) -> bool {
    if path.exists() && !path.is_file() {
        return true;
    }
    let chain = Chain::survey(&[path.to_owned()]);
    chain.is_ok_and(|chain| !chain.current_context().is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_session_without_a_choice_is_lost_whether_or_not_the_guard_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let session = path("1-2-a-b.bowline-session.json");
        let (guard, own, other) = (path("bowline-guard.json"), path("config"), path("other"));
        fs::write(&own, "current-context: dev\n").unwrap();
        fs::write(&other, "contexts: []\n").unwrap();
        let list = |paths: &[&PathBuf]| paths.iter().copied().cloned().collect::<Vec<_>>();
        let all = list(&[&session, &guard, &own]);
        assert!(!is_lost(&list(&[&own])) && !is_lost(&[]));
        assert!(is_lost(&all) && is_lost(&list(&[&session, &own])));
        assert!(is_lost(&list(&[&other, &session, &guard, &own])));
        // kubectl takes what a file before it says.
        assert!(!is_lost(&list(&[&own, &session, &guard])));
        fs::write(&guard, "current-context: prod\n").unwrap();
        assert!(is_lost(&all));
        for (text, lost) in [
            ("{\"current-context\": \"dev\"}", false),
            ("{\"current-context\": \"\"}", true),
            ("{", true),
        ] {
            fs::write(&session, text).unwrap();
            assert_eq!(is_lost(&all), lost, "{text}");
        }
    }
}
