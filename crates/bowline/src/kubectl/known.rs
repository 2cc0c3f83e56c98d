//! What was learnt of the kubectls here, and what was said about them: `kubectl.json` in the state folder.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use operations::state::Release;
use serde::Deserialize;
use serde::Serialize;
use store::Durability;
use store::Store;

use super::file::Stamp;
use super::version;

/// The version of the file. It is a cache: one of another version is made anew.
const VERSION: u32 = 1;

/// What is kept of each kind.
const MOST: usize = 64;

/// How long an answer is good for. A wrapper, or a snap, answers otherwise one day without being another file.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// And that there was none.
const NOTHING_GOOD_FOR: Duration = Duration::from_mins(10);

/// How often the same is said.
const SAY_AGAIN: Duration = Duration::from_hours(24);

/// `k` does not wait long to keep what the next call can ask again.
const LOCK_WAIT: Duration = Duration::from_millis(250);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u32,
    #[serde(default)]
    programs: Vec<Program>,
    #[serde(default)]
    said: Vec<Said>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Program {
    path: String,
    stamp: Stamp,
    /// When it was asked, seconds since the Unix epoch.
    asked: u64,
    version: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    what: String,
    /// Seconds since the Unix epoch.
    at: u64,
}

/// The file's content, and whether there is news for it.
pub(super) struct Known {
    file: PathBuf,
    now: Duration,
    before: Content,
    content: Content,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            version: VERSION,
            programs: Vec::new(),
            said: Vec::new(),
        }
    }
}

impl Known {
    pub(super) fn load(folder: &Path, now: Duration) -> Self {
        let file = folder.join("kubectl.json");
        let bytes = store::read(&file).ok().flatten().unwrap_or_default();
        let content = serde_json::from_slice::<Content>(&bytes)
            .ok()
            .filter(|content| content.version == VERSION)
            .unwrap_or_default();
        Self {
            file,
            now,
            before: content.clone(),
            content,
        }
    }

    /// The version of a program, asked for where it is not known; `None` where it does not say.
    pub(super) fn version(&mut self, path: &Path) -> Option<String> {
        let stamp = Stamp::of(path)?;
        let name = path.to_string_lossy().into_owned();
        let now = self.now;
        let programs = &mut self.content.programs;
        programs.retain(|program| {
            program.is_good(now) && (program.path != name || program.stamp == stamp)
        });
        if let Some(known) = programs.iter().find(|program| program.path == name) {
            return known.version.clone();
        }
        let version = version::ask(path);
        programs.push(Program {
            path: name,
            stamp,
            asked: now.as_secs(),
            version: version.clone(),
        });
        version
    }

    /// Whether this is to be said now: it was not within a day.
    pub(super) fn is_news(&mut self, what: &str) -> bool {
        let now = self.now;
        let said = &mut self.content.said;
        said.retain(|said| age(said.at, now).is_some_and(|age| age < SAY_AGAIN));
        if said.iter().any(|said| said.what == what) {
            return false;
        }
        said.push(Said {
            what: what.to_owned(),
            at: now.as_secs(),
        });
        true
    }

    /// Keeps what is new. What cannot be kept is asked, and said, again.
    pub(super) fn keep(mut self, store: Store) {
        if self.content == self.before {
            return;
        }
        let first = self.content.programs.len().saturating_sub(MOST);
        self.content.programs.drain(..first);
        let first = self.content.said.len().saturating_sub(MOST);
        self.content.said.drain(..first);
        let Ok(json) = serde_json::to_vec(&self.content) else {
            return;
        };
        let store = store.lock_wait(LOCK_WAIT);
        let _ = store.replace_private(&self.file, Durability::Cached, |_| {
            Ok::<_, std::convert::Infallible>(Some(json.clone()))
        });
    }
}

impl Program {
    fn is_good(&self, now: Duration) -> bool {
        let good_for = match &self.version {
            Some(_) => GOOD_FOR,
            None => NOTHING_GOOD_FOR,
        };
        age(self.asked, now).is_some_and(|age| age < good_for)
    }
}

/// `None` for what was written under another clock.
fn age(at: u64, now: Duration) -> Option<Duration> {
    now.checked_sub(Duration::from_secs(at))
}

/// The release of a version.
pub(super) fn release(version: Option<&str>) -> Option<Release> {
    Release::parse(version?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_same_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let day = Duration::from_hours(24);
        let at = |now: Duration, what: &str| {
            let mut known = Known::load(folder.path(), now);
            let news = known.is_news(what);
            known.keep(Store::new(folder.path()));
            news
        };
        assert!(at(day * 9, "a"));
        assert!(!at(day * 9, "a"));
        assert!(at(day * 9, "b"));
        assert!(at(day * 10, "a"));
        assert!(at(day * 5, "a"), "clock went back");
        for number in 0..200 {
            at(day * 20, &number.to_string());
        }
        assert_eq!(
            Known::load(folder.path(), day * 20).content.said.len(),
            MOST
        );
        std::fs::write(folder.path().join("kubectl.json"), "{").unwrap();
        assert!(at(day * 20, "0"));
    }
}
