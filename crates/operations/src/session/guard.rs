//! The guard: it makes kubectl fail where a session file has vanished.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use serde_json::json;
use store::Store;
use store::StoreError;

use super::ages::Ages;
use super::file;
use super::file::SessionError;
use super::harvest::Harvested;
use super::harvest::harvest;
use super::name::GUARD_CONTEXT;
use super::name::is_guard_context;
use super::place::Sessions;

/// How often a guard that other programs keep writing is looked at again.
const ATTEMPTS: u32 = 8;

/// What was found in the place of the guard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// What other programs had written there, and is in the user's kubeconfig now.
    pub harvested: Option<Harvested>,
    /// Where the old one is, which could not be read or brought home.
    pub aside: Option<PathBuf>,
}

/// Sees to it that the guard is there, and is one. Its permissions do not hold root's kubectl: what that wrote there
/// is brought into `own` first. No context may have the name of the guard's: `is_taken` says which names are.
///
/// # Errors
/// What keeps it from being written.
pub fn post(
    store: &Store,
    sessions: &Sessions,
    own: &[PathBuf],
    is_taken: impl Fn(&str) -> bool,
) -> Result<Posted, SessionError> {
    let guard = sessions.guard();
    let mut posted = Posted::default();
    for _ in 0..ATTEMPTS {
        let found = match file::read(guard) {
            Ok(None) => None,
            Ok(Some(found)) => {
                if is_sound(&found) && !is_taken(&found.current_context) {
                    return Ok(posted);
                }
                let Ok(harvested) = harvest(store, guard, &found, own, &mut Ages::default()) else {
                    posted.aside = Some(aside(guard)?);
                    continue;
                };
                posted.harvested = harvested.or(posted.harvested.take());
                Some(found)
            }
            Err(error) if error.is_damage() => {
                posted.aside = Some(aside(guard)?);
                continue;
            }
            Err(error) => return Err(error),
        };
        if write(store, guard, found.as_ref(), &free_name(&is_taken))? {
            return Ok(posted);
        }
    }
    Err(StoreError::Contended {
        path: guard.to_owned(),
    }
    .into())
}

/// Whether kubectl fails with it, and nothing of anybody's is in it.
fn is_sound(guard: &Config) -> bool {
    let nothing = Config {
        current_context: guard.current_context.clone(),
        ..Config::default()
    };
    is_guard_context(&guard.current_context) && *guard == nothing
}

/// The name of the guard's context: one that does not exist.
fn free_name(is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|number| format!("{GUARD_CONTEXT}-{number}"));
    let mut names = std::iter::once(GUARD_CONTEXT.to_owned()).chain(numbered);
    // The range outlasts any kubeconfig.
    let free = names.find(|name| !is_taken(name));
    free.unwrap_or_else(|| GUARD_CONTEXT.to_owned())
}

fn aside(guard: &Path) -> Result<PathBuf, SessionError> {
    let kept = file::aside(guard).map_err(|source| StoreError::Io {
        action: "put aside",
        path: guard.to_owned(),
        source,
    })?;
    Ok(kept)
}

/// Writes the guard in the place of `known`; `false` where something else is there by now.
fn write(
    store: &Store,
    guard: &Path,
    known: Option<&Config>,
    name: &str,
) -> Result<bool, SessionError> {
    let wanted = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
    });
    let wanted = wanted.to_string().into_bytes();
    let mut is_known = true;
    file::replace(store, guard, |old| {
        let found = old.map(|old| file::parse(guard, old)).transpose();
        is_known = found.is_ok_and(|found| found.as_ref() == known);
        Ok::<_, SessionError>(is_known.then(|| wanted.clone()))
    })?;
    if !is_known {
        return Ok(false);
    }
    // Nothing writes into it by mistake. Where that cannot be had, it is a guard all the same.
    if let Ok(found) = fs::metadata(guard) {
        let mut permissions = found.permissions();
        permissions.set_readonly(true);
        let _ = fs::set_permissions(guard, permissions);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        folder: tempfile::TempDir,
        store: Store,
        sessions: Sessions,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let state = folder.path().join("state");
            fs::write(folder.path().join("config"), "current-context: dev\n").unwrap();
            Self {
                store: Store::new(&state),
                sessions: Sessions::new(&state),
                folder,
            }
        }

        fn own(&self) -> PathBuf {
            self.folder.path().join("config")
        }

        fn post(&self, taken: &[&str]) -> Posted {
            let is_taken = |name: &str| taken.contains(&name);
            post(&self.store, &self.sessions, &[self.own()], is_taken).unwrap()
        }

        fn current(&self) -> String {
            let guard = file::read(self.sessions.guard()).unwrap().unwrap();
            assert!(is_sound(&guard), "{guard:?}");
            guard.current_context
        }

        /// What root's kubectl does, whom no permission holds.
        fn put(&self, text: &str) {
            let guard = self.sessions.guard();
            let _ = fs::remove_file(guard);
            fs::write(guard, text).unwrap();
        }
    }

    #[test]
    fn what_was_written_into_it_is_brought_home_and_it_guards_again() {
        let scene = Scene::new();
        assert_eq!(scene.post(&[]), Posted::default());
        assert_eq!(scene.current(), GUARD_CONTEXT);
        scene.put("{\"current-context\": \"prod\"}");
        assert_eq!(scene.post(&[]), Posted::default());
        assert_eq!(scene.current(), GUARD_CONTEXT);
        scene.put("users: [{name: lost, user: {token: t0ken}}]\ncurrent-context: prod\n");
        let posted = scene.post(&[]);
        assert_eq!(posted.harvested.unwrap().summary(), "user lost");
        assert_eq!(scene.current(), GUARD_CONTEXT);
        let text = fs::read_to_string(scene.own()).unwrap();
        assert!(text.contains("t0ken") && text.contains("current-context: dev"));
    }

    #[test]
    fn what_cannot_be_brought_home_is_put_aside() {
        let scene = Scene::new();
        scene.post(&[]);
        let wrote = "users: [{name: lost, user: {token: t0ken}}]\n";
        for (own, text) in [("contexts: [", wrote), ("", "contexts: [")] {
            fs::write(scene.own(), own).unwrap();
            scene.put(text);
            let kept = scene.post(&[]).aside.unwrap();
            assert_eq!(fs::read_to_string(kept).unwrap(), text);
            assert_eq!(scene.current(), GUARD_CONTEXT);
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_a_link_in_its_place_leads_to_stays() {
        let scene = Scene::new();
        fs::create_dir(scene.folder.path().join("state")).unwrap();
        std::os::unix::fs::symlink(scene.own(), scene.sessions.guard()).unwrap();
        assert!(scene.post(&[]).aside.is_some());
        assert_eq!(scene.current(), GUARD_CONTEXT);
        let text = fs::read_to_string(scene.own()).unwrap();
        assert_eq!(text, "current-context: dev\n");
    }

    #[test]
    fn its_context_is_one_that_does_not_exist() {
        let scene = Scene::new();
        scene.post(&[GUARD_CONTEXT]);
        assert_eq!(scene.current(), format!("{GUARD_CONTEXT}-2"));
        // Whoever does not know of the other leaves that.
        scene.post(&[]);
        assert_eq!(scene.current(), format!("{GUARD_CONTEXT}-2"));
    }
}
