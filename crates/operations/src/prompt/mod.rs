//! What is chosen in kubeconfigs, remembered as long as these stay as they are: a prompt has no time to read them.
//!
//! The cache is a file of its own, which anybody may delete. What it says holds for files that have the same
//! device, number, size and times as when it was written. A file that had just been written then is not trusted: it
//! may be written again within one tick of its clock, as git's "racy" entries (git's
//! Documentation/technical/racy-git.txt).

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::modify::Chain;
use crate::modify::LoadError;

/// The cache's name in the state folder.
pub const FILE: &str = "prompt.json";

/// The form of the cache.
const SCHEMA: u32 = 1;

/// How many answers are kept: terminals differ in their KUBECONFIG and their context.
const KEPT: usize = 16;

/// More than the cache ever is.
const LARGEST: u64 = 1024 * 1024;

/// How long a file has to have been left alone.
const SETTLED: Duration = Duration::from_secs(2);

/// What kubeconfigs say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The context; empty where none is chosen.
    pub context: String,
    /// Its namespace; empty where none is said.
    pub namespace: String,
}

/// A file as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    path: PathBuf,
    /// `None` where there is no file.
    look: Option<system::Look>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    stamps: Vec<Stamp>,
    /// The context that was asked for, where it is not the current one.
    of: Option<String>,
    said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cache {
    schema: u32,
    answers: Vec<Answer>,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let found = fs::metadata(path).ok();
        Self {
            path: path.to_owned(),
            look: found.and_then(|found| system::look(&found)),
        }
    }

    /// Whether the file has been left alone long enough. A file that is not there has no times, and its making
    /// shows.
    fn is_settled(&self, now: Duration) -> bool {
        let Some(look) = &self.look else {
            return !self.path.exists();
        };
        now.checked_sub(look.written())
            .is_some_and(|age| age > SETTLED)
    }
}

/// The answer of the cache; `None` where it has none that holds.
pub fn remembered(cache: &Path, paths: &[PathBuf], of: Option<&str>) -> Option<Said> {
    if fs::metadata(cache).ok()?.len() > LARGEST {
        return None;
    }
    let cache = parse(&fs::read(cache).ok()?)?;
    let mut answers = cache.answers.into_iter();
    let answer = answers.find(|answer| {
        answer.of.as_deref() == of
            && answer.stamps.len() == paths.len()
            && answer
                .stamps
                .iter()
                .zip(paths)
                .all(|(stamp, path)| stamp.path == *path && *stamp == Stamp::of(path))
    })?;
    Some(answer.said)
}

fn parse(bytes: &[u8]) -> Option<Cache> {
    let cache: Cache = serde_json::from_slice(bytes).ok()?;
    (cache.schema == SCHEMA).then_some(cache)
}

/// Reads the kubeconfigs: the current context, or the one of this name; and remembers that in the cache, if it can be
/// remembered. `now` is the time since 1970.
///
/// # Errors
/// The files that cannot be read.
pub fn look(
    store: Option<(&Store, &Path)>,
    paths: &[PathBuf],
    of: Option<&str>,
    now: Duration,
) -> Result<(Said, Option<StoreError>), Vec<LoadError>> {
    // Before they are read: what changes meanwhile must not seem to be what was read.
    let stamps: Vec<_> = paths.iter().map(|path| Stamp::of(path)).collect();
    let chain = Chain::survey(paths)?;
    let context = of.unwrap_or_else(|| chain.current_context());
    let contexts = chain.contexts();
    let namespace = contexts.get(context).map(|line| line.namespace);
    let said = Said {
        context: context.to_owned(),
        namespace: namespace.unwrap_or_default().to_owned(),
    };
    let settled = stamps.iter().all(|stamp| stamp.is_settled(now));
    let kept = match store {
        Some((store, file)) if settled => {
            let answer = Answer {
                stamps,
                of: of.map(str::to_owned),
                said: said.clone(),
            };
            remember(store, file, &answer).err()
        }
        _ => None,
    };
    Ok((said, kept))
}

fn remember(store: &Store, file: &Path, answer: &Answer) -> Result<(), StoreError> {
    // Nobody waits for it: another prompt is at it, and this one comes again.
    let store = store.clone().lock_wait(Duration::ZERO);
    let written = store.replace_private(file, Durability::Cached, |old| {
        let old = old.and_then(parse).map(|cache| cache.answers);
        let others = old.unwrap_or_default().into_iter().filter(|old| {
            let paths = |answer: &Answer| -> Vec<PathBuf> {
                let stamps = answer.stamps.iter();
                stamps.map(|stamp| stamp.path.clone()).collect()
            };
            old.of != answer.of || paths(old) != paths(answer)
        });
        let answers = std::iter::once(answer.clone()).chain(others);
        let cache = Cache {
            schema: SCHEMA,
            answers: answers.take(KEPT).collect(),
        };
        let bytes = serde_json::to_vec(&cache).ok();
        Ok::<_, StoreError>(bytes.filter(|bytes| bytes.len() as u64 <= LARGEST))
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error) | UpdateError::Store(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "current-context: dev\ncontexts:\n- {name: dev, context: {cluster: c, user: u, namespace: team}}\n- {name: b, context: {cluster: c, user: u}}\n";

    #[test]
    fn a_file_that_stays_as_it_is_is_not_read_again_and_one_that_changes_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let cache = folder.path().join("state").join(FILE);
        let paths = [folder.path().join("config"), folder.path().join("none")];
        fs::write(&paths[0], TEXT).unwrap();
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        let keep = Some((&store, cache.as_path()));
        let dev = Said {
            context: "dev".to_owned(),
            namespace: "team".to_owned(),
        };
        // It was just written.
        assert_eq!(look(keep, &paths, None, now).unwrap().0, dev);
        assert_eq!(remembered(&cache, &paths, None), None);
        let later = now + Duration::from_secs(5);
        assert_eq!(look(keep, &paths, None, later).unwrap().0, dev);
        assert_eq!(remembered(&cache, &paths, None), Some(dev));
        assert_eq!(remembered(&cache, &paths, Some("b")), None);
        assert_eq!(remembered(&cache, &paths[..1], None), None);
        look(keep, &paths, Some("b"), later).unwrap();
        let b = remembered(&cache, &paths, Some("b")).unwrap();
        assert_eq!((b.context.as_str(), b.namespace.as_str()), ("b", ""));
        assert!(remembered(&cache, &paths, None).is_some());
        // Another file in its place, of the same size.
        let new = folder.path().join("new");
        fs::write(&new, TEXT.replace("team", "meat")).unwrap();
        fs::rename(&new, &paths[0]).unwrap();
        assert_eq!(remembered(&cache, &paths, None), None);
        look(keep, &paths, None, later).unwrap();
        // One that was not there.
        fs::write(&paths[1], "").unwrap();
        assert_eq!(remembered(&cache, &paths, None), None);
        for damaged in ["", "{", "{\"schema\":2,\"answers\":[]}"] {
            fs::write(&cache, damaged).unwrap();
            assert_eq!(remembered(&cache, &paths, None), None);
        }
    }

    #[test]
    fn the_cache_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let cache = folder.path().join("state").join(FILE);
        let paths = [folder.path().join("config")];
        fs::write(&paths[0], TEXT).unwrap();
        let later = Duration::from_secs(1 << 40);
        for number in 0..40 {
            let of = format!("c{number}");
            look(Some((&store, &cache)), &paths, Some(&of), later).unwrap();
        }
        let kept = parse(&fs::read(&cache).unwrap()).unwrap();
        assert_eq!(kept.answers.len(), KEPT);
        assert_eq!(kept.answers[0].of.as_deref(), Some("c39"));
    }
}
