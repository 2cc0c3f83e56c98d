//! What kubeconfigs choose, remembered until one of them changes: `prompt.json` in the state folder.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::Metadata;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use operations::modify::Chain;
use serde::Deserialize;
use serde::Serialize;

use crate::environment::Environment;

/// The file's name.
const FILE: &str = "prompt.json";

/// The version of the file. It is a cache: one of another version is made anew.
const VERSION: u32 = 1;

/// How many lists of kubeconfigs are remembered, and how many contexts of each.
const MOST: usize = 16;

/// A file that was written this short a time ago may be written again without looking otherwise.
const SETTLED: Duration = Duration::from_secs(2);

/// Nobody waits for a prompt's cache.
const LOCK_WAIT: Duration = Duration::ZERO;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u32,
    lists: Vec<List>,
}

/// What one list of kubeconfigs says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    /// The files; `None` for one that does not exist.
    files: Vec<(String, Option<Stamp>)>,
    current: Option<String>,
    /// Of the contexts that were asked for.
    namespaces: BTreeMap<String, String>,
}

/// What changes when a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    modified: u128,
    /// Device, inode, and the time of its last change of any kind, where the system has them.
    rest: (u64, u64, i64, i64),
}

pub(super) struct Cache {
    paths: Vec<PathBuf>,
    before: Vec<List>,
    list: List,
    /// Whether the files were read anew, or more was asked of them than before.
    has_news: bool,
    /// The files themselves, once they had to be read.
    chain: Option<Result<Chain, String>>,
}

impl Cache {
    pub(super) fn load(folder: &Path, paths: &[PathBuf]) -> Self {
        let bytes = store::read(&folder.join(FILE))
            .ok()
            .flatten()
            .unwrap_or_default();
        let content = serde_json::from_slice::<Content>(&bytes).ok();
        let lists = content
            .filter(|content| content.version == VERSION)
            .map(|content| content.lists)
            .unwrap_or_default();
        let files: Vec<_> = paths
            .iter()
            .map(|path| (path.to_string_lossy().into_owned(), Stamp::of(path)))
            .collect();
        let known = lists.iter().find(|list| list.files == files).cloned();
        Self {
            paths: paths.to_vec(),
            before: lists,
            has_news: false,
            list: known.unwrap_or(List {
                files,
                current: None,
                namespaces: BTreeMap::new(),
            }),
            chain: None,
        }
    }

    /// The context that the files choose.
    pub(super) fn current(&mut self) -> Option<String> {
        if self.list.current.is_none() {
            let current = self.chain()?.current_context().to_owned();
            self.list.current = Some(current);
        }
        self.list.current.clone()
    }

    /// The namespace of a context; empty where it has none.
    pub(super) fn namespace(&mut self, context: &str) -> String {
        if let Some(known) = self.list.namespaces.get(context) {
            return known.clone();
        }
        let Some(chain) = self.chain() else {
            return String::new();
        };
        let contexts = chain.contexts();
        let namespace = contexts.get(context).map(|line| line.namespace.to_owned());
        let namespace = namespace.unwrap_or_default();
        if self.list.namespaces.len() >= MOST {
            self.list.namespaces.clear();
        }
        let known = &mut self.list.namespaces;
        known.insert(context.to_owned(), namespace.clone());
        namespace
    }

    /// Why the files could not be read.
    pub(super) fn trouble(&self) -> Option<String> {
        match &self.chain {
            Some(Err(cause)) => Some(cause.clone()),
            _ => None,
        }
    }

    fn chain(&mut self) -> Option<&Chain> {
        self.has_news = true;
        let paths = &self.paths;
        let chain = self.chain.get_or_insert_with(|| {
            Chain::survey(paths).map_err(|errors| {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                errors.join("; ")
            })
        });
        chain.as_ref().ok()
    }

    /// Remembers what was read, unless a file may still be changing. That it cannot be remembered is no matter.
    pub(super) fn save(&self, environment: &Environment) {
        let now = SystemTime::now();
        let is_settled = self.list.files.iter().all(|(_, stamp)| {
            stamp.is_none_or(|stamp| {
                let modified = u64::try_from(stamp.modified).unwrap_or(u64::MAX);
                let modified = SystemTime::UNIX_EPOCH + Duration::from_nanos(modified);
                now.duration_since(modified).is_ok_and(|age| age > SETTLED)
            })
        });
        // The stamps were taken before the files were read: if they are the same now, that is what was read.
        let is_still = || {
            let stamps = self.list.files.iter().map(|(_, stamp)| *stamp);
            self.paths.iter().map(|path| Stamp::of(path)).eq(stamps)
        };
        if !self.has_news || self.trouble().is_some() || !is_settled || !is_still() {
            return;
        }
        let mut lists = vec![self.list.clone()];
        let others = self
            .before
            .iter()
            .filter(|list| list.files != self.list.files);
        // A list whose files are named alike is one that has changed since.
        let names = |list: &List| -> Vec<String> {
            list.files.iter().map(|(name, _)| name.clone()).collect()
        };
        let own = names(&self.list);
        lists.extend(
            others
                .filter(|list| names(list) != own)
                .take(MOST - 1)
                .cloned(),
        );
        let content = Content {
            version: VERSION,
            lists,
        };
        let Ok(store) = environment.store() else {
            return;
        };
        let Ok(bytes) = serde_json::to_vec(&content) else {
            return;
        };
        let store = store.lock_wait(LOCK_WAIT);
        let _ = store.replace_state::<Infallible>(FILE, |_| Ok(Some(bytes.clone())));
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        let modified = meta.modified().ok()?;
        let modified = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Self {
            size: meta.len(),
            modified: modified.as_nanos(),
            rest: rest(&meta),
        })
    }
}

#[cfg(unix)]
fn rest(meta: &Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn rest(_: &Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}
