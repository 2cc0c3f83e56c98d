//! What was chosen before: of a shell beside its session, of all others in the state folder.
//!
//! Nobody needs it to work: a file that cannot be read is told once, and begun anew.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use serde::Deserialize;
use serde::Serialize;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::Selection;
use crate::plain::is_plain_or_missing;
use crate::session;
use crate::versioned;
use crate::versioned::Unusable;

/// The version that this program writes.
const VERSION: u32 = 1;

/// How many choices are kept.
const KEPT: usize = 50;

/// The contents of such a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    /// The newest first.
    #[serde(default)]
    previous: Vec<Selection>,
    /// The user's own kubeconfigs in that terminal: what its session holds belongs there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
    /// When its session could not be brought there, in seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: VERSION,
            previous: Vec::new(),
            files: Vec::new(),
            failed: None,
        }
    }
}

/// A memory, and what was wrong with its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What is remembered.
    pub memory: Memory,
    /// Why that is nothing, though there is a file.
    pub trouble: Option<String>,
}

impl Memory {
    /// Reads one.
    pub fn load(file: &Path) -> Loaded {
        if !is_plain_or_missing(file) {
            return Loaded {
                trouble: Some(format!("{} is no plain file", file.display())),
                ..Loaded::default()
            };
        }
        match store::read(file) {
            Ok(None) => Loaded::default(),
            Ok(Some(bytes)) => parse(file, &bytes),
            Err(error) => Loaded {
                trouble: Some(error.to_string()),
                ..Loaded::default()
            },
        }
    }

    /// Changes one under its lock; what was wrong with the old one. A newer bowline's is left alone.
    ///
    /// # Errors
    /// What keeps the file from being written.
    pub fn update(
        store: &Store,
        file: &Path,
        change: impl Fn(&mut Self),
    ) -> Result<Option<String>, StoreError> {
        if !is_plain_or_missing(file) {
            // What a link leads to is somebody else's.
            session::aside(file).map_err(|source| StoreError::Io {
                action: "put aside",
                path: file.to_owned(),
                source,
            })?;
        }
        let mut trouble = None;
        let written = store.replace_private(file, Durability::Cached, |old| {
            let loaded = old.map(|old| parse(file, old)).unwrap_or_default();
            trouble = loaded.trouble;
            if loaded.memory.version > VERSION {
                return Ok(None);
            }
            let mut memory = loaded.memory;
            change(&mut memory);
            // Nothing in it cannot be JSON, but for a path that is no text; which is then not remembered.
            Ok::<_, StoreError>(serde_json::to_vec(&memory).ok())
        });
        match written {
            Ok(_) => Ok(trouble),
            Err(UpdateError::Change(error) | UpdateError::Store(error)) => Err(error),
        }
    }

    /// The choice before this one, of a context that still exists.
    pub fn before(
        &self,
        current: Option<&Selection>,
        exists: impl Fn(&str) -> bool,
    ) -> Option<&Selection> {
        let mut previous = self.previous.iter();
        previous.find(|it| Some(*it) != current && exists(&it.context))
    }

    /// Remembers a choice that is about to be left.
    pub fn leave(&mut self, selection: &Selection) {
        self.previous.retain(|it| it != selection);
        self.previous.insert(0, selection.clone());
        self.previous.truncate(KEPT);
    }
}

fn parse(file: &Path, bytes: &[u8]) -> Loaded {
    if bytes.is_empty() {
        // What a power cut leaves of a file that was not made durable.
        return Loaded::default();
    }
    let (version, trouble) = match versioned::read(bytes, VERSION) {
        Ok(memory) => {
            return Loaded {
                memory,
                trouble: None,
            };
        }
        Err(Unusable::Newer(version)) => (
            version,
            format!(
                "{} is of version {version}, this bowline knows up to {VERSION}: what was chosen before is not known",
                file.display()
            ),
        ),
        Err(Unusable::Damaged(error)) => (
            VERSION,
            format!(
                "{} was damaged ({}); it is begun anew",
                file.display(),
                escape(&error.to_string())
            ),
        ),
    };
    Loaded {
        memory: Memory {
            version,
            ..Memory::default()
        },
        trouble: Some(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(context: &str, namespace: Option<&str>) -> Selection {
        Selection {
            context: context.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    #[test]
    fn goes_back_to_what_was_left_last() {
        let mut memory = Memory::default();
        assert_eq!(memory.before(None, |_| true), None);
        let (a, b) = (pair("a", None), pair("a", Some("n")));
        memory.leave(&a);
        assert_eq!(memory.before(Some(&b), |_| true), Some(&a));
        assert_eq!(memory.before(Some(&a), |_| true), None);
        memory.leave(&b);
        assert_eq!(memory.before(Some(&a), |_| true), Some(&b));
        memory.leave(&a);
        assert_eq!(memory.previous, [a, b]);
        let not_b = |selection: &Selection| selection.namespace.is_none();
        assert!(not_b(
            memory.before(None, |context| context == "a").unwrap()
        ));
        assert_eq!(memory.before(None, |context| context == "z"), None);
        for number in 0..100 {
            memory.leave(&pair(&number.to_string(), None));
        }
        assert_eq!(memory.previous.len(), KEPT);
        assert_eq!(memory.before(None, |_| true), Some(&pair("99", None)));
    }

    #[test]
    fn a_damaged_file_is_told_once_and_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let file = folder.path().join("selections.json");
        for damage in ["{", "[]", "{\"version\":1,\"previous\":7}", "\u{1b}[31m"] {
            std::fs::write(&file, damage).unwrap();
            let leave = |memory: &mut Memory| memory.leave(&pair("a", None));
            let told = Memory::update(&store, &file, leave).unwrap().unwrap();
            assert!(told.contains("selections.json"), "{told}");
            assert!(!told.contains('\u{1b}'), "{told}");
            assert_eq!(Memory::update(&store, &file, leave).unwrap(), None);
            let loaded = Memory::load(&file);
            assert_eq!(loaded.memory.before(None, |_| true), Some(&pair("a", None)));
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_a_link_in_its_place_leads_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let own = folder.path().join("config");
        std::fs::write(&own, "contexts: []\n").unwrap();
        let file = folder.path().join("selections.json");
        std::os::unix::fs::symlink(&own, &file).unwrap();
        assert!(Memory::load(&file).trouble.is_some());
        Memory::update(&store, &file, |memory| memory.leave(&pair("a", None))).unwrap();
        assert_eq!(std::fs::read_to_string(&own).unwrap(), "contexts: []\n");
        let loaded = Memory::load(&file);
        assert_eq!(loaded.memory.before(None, |_| true), Some(&pair("a", None)));
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let file = folder.path().join("selections.json");
        for newer in [
            "{\"version\":2,\"previous\":[]}",
            "{\"version\":2,\"previous\":{\"a\":1}}",
        ] {
            std::fs::write(&file, newer).unwrap();
            let told = Memory::update(&store, &file, |memory| memory.leave(&pair("a", None)));
            assert!(told.unwrap().unwrap().contains("version 2"));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), newer);
        }
    }
}
