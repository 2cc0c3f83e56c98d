//! What is chosen in kubeconfigs, remembered as long as these stay as they are: a prompt has no time to read them.
//!
//! The cache is a file of its own, which anybody may delete. What it says holds for files that have the same
//! device, number, size and times as when it was written. A file that had just been written then is not trusted: it
//! may be written again within one tick of its clock, as git's "racy" entries (git's
//! Documentation/technical/racy-git.txt).
//!
//! Of equal entries the first counts, so what stands behind the file that has the context need not be looked at: of
//! a thousand files that is often the first alone.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

use std::fs;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;
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
use crate::modify::Member;

/// The cache's name in the state folder.
pub const FILE: &str = "prompt.json";

/// The form of the cache.
const SCHEMA: u32 = 2;

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

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// What the files say.
    pub said: Said,
    /// Whether no file behind these could say anything else.
    pub is_decided: bool,
    /// Why that is not remembered, though it could be.
    pub trouble: Option<StoreError>,
}

/// What a cache says.
#[derive(Debug, Default)]
pub struct Remembered {
    answers: Vec<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cache {
    schema: u32,
    answers: Vec<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    /// How many files were looked at, from the first one on.
    files: usize,
    /// Their paths, and how they were. A thousand of them are read at every prompt: only what they amount to is kept.
    list: u64,
    looks: u64,
    /// Whether no file behind them counts.
    is_decided: bool,
    /// The context that was asked for, where it is not the current one.
    of: Option<String>,
    said: Said,
}

/// A file as it is now; `None` where there is no file, or one that can be read once.
fn look_at(path: &Path) -> Option<system::Look> {
    system::look(&fs::metadata(path).ok()?)
}

/// Whether a file has been left alone long enough. A file that is not there has no times, and its making shows.
fn is_settled(path: &Path, look: Option<&system::Look>, now: Duration) -> bool {
    match look {
        Some(look) => now
            .checked_sub(look.written())
            .is_some_and(|age| age > SETTLED),
        None => !path.exists(),
    }
}

fn digest<T: std::hash::Hash>(all: &[T]) -> u64 {
    let mut hasher = DefaultHasher::new();
    all.hash(&mut hasher);
    hasher.finish()
}

fn looks_of(paths: &[PathBuf]) -> Vec<Option<system::Look>> {
    paths.iter().map(|path| look_at(path)).collect()
}

impl Remembered {
    /// Reads a cache; one that cannot be read says nothing.
    pub fn load(cache: &Path) -> Self {
        let is_small = fs::metadata(cache).is_ok_and(|found| found.len() <= LARGEST);
        let bytes = is_small.then(|| fs::read(cache).ok()).flatten();
        Self {
            answers: bytes.map_or_else(Vec::new, |bytes| parse(&bytes)),
        }
    }

    /// The answer for these files, where there is one that holds. `more`: others may stand behind them.
    pub fn answer(&self, paths: &[PathBuf], of: Option<&str>, more: bool) -> Option<&Said> {
        let holds = |answer: &&Answer| {
            let Some(files) = paths.get(..answer.files) else {
                return false;
            };
            let is_all = answer.files == paths.len() && !more;
            (is_all || answer.is_decided)
                && answer.of.as_deref() == of
                && answer.list == digest(files)
                && answer.looks == digest(&looks_of(files))
        };
        self.answers.iter().find(holds).map(|answer| &answer.said)
    }
}

fn parse(bytes: &[u8]) -> Vec<Answer> {
    let cache = serde_json::from_slice::<Cache>(bytes).ok();
    let cache = cache.filter(|cache| cache.schema == SCHEMA);
    cache.map_or_else(Vec::new, |cache| cache.answers)
}

/// Reads the kubeconfigs: the current context, or the one of this name; and remembers that in the cache, if it can be
/// remembered. `watched` are these files, and in their places those that are none now and may become some. `now` is
/// the time since 1970.
///
/// # Errors
/// The files that cannot be read.
pub fn look(
    store: Option<(&Store, &Path)>,
    paths: &[PathBuf],
    watched: &[PathBuf],
    of: Option<&str>,
    now: Duration,
) -> Result<Looked, Vec<LoadError>> {
    // Before they are read: what changes meanwhile must not seem to be what was read.
    let looks = looks_of(watched);
    let chain = Chain::survey(paths)?;
    let context = of.unwrap_or_else(|| chain.current_context());
    let contexts = chain.contexts();
    let line = contexts.get(context);
    let said = Said {
        context: context.to_owned(),
        namespace: line.map_or(String::new(), |line| line.namespace.to_owned()),
    };
    let last = line.and_then(|line| {
        let place = |path: &Path| watched.iter().position(|watched| watched == path);
        let choice = match of {
            Some(_) => 0,
            None => place(file_of_choice(&chain)?)?,
        };
        Some(place(line.file)?.max(choice))
    });
    let files = last.map_or(watched.len(), |last| last + 1);
    let is_decided = last.is_some();
    let mut trouble = None;
    if let (Some((store, cache)), Some(paths), Some(looks)) =
        (store, watched.get(..files), looks.get(..files))
    {
        let mut both = paths.iter().zip(looks);
        if both.all(|(path, look)| is_settled(path, look.as_ref(), now)) {
            let answer = Answer {
                files,
                list: digest(paths),
                looks: digest(looks),
                is_decided,
                of: of.map(str::to_owned),
                said: said.clone(),
            };
            trouble = remember(store, cache, &answer).err();
        }
    }
    Ok(Looked {
        said,
        is_decided,
        trouble,
    })
}

/// The file that says which context is current.
fn file_of_choice(chain: &Chain) -> Option<&Path> {
    let says = |member: &&Member| match (member.outline(), member.config()) {
        (Some(outline), _) => !outline.current_context().is_empty(),
        (None, Some(config)) => !config.current_context.is_empty(),
        (None, None) => false,
    };
    let member = chain.members.iter().find(says)?;
    Some(&member.path)
}

fn remember(store: &Store, file: &Path, answer: &Answer) -> Result<(), StoreError> {
    // Nobody waits for it: another prompt is at it, and this one comes again.
    let store = store.clone().lock_wait(Duration::ZERO);
    let written = store.replace_private(file, Durability::Cached, |old| {
        let old = old.map_or_else(Vec::new, parse).into_iter();
        let others = old.filter(|old| {
            old.of != answer.of || old.files != answer.files || old.list != answer.list
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
mod tests;
