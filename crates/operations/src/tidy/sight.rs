//! What the files say at one moment: all that a tidying command decides by.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain::Entry;

use super::TidyError;
use crate::near;
use crate::plain::is_plain_or_missing;
use crate::settings::Settings;

/// Where everything is.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The user's kubeconfigs in the order of the chain, whether they exist or not.
    pub paths: Vec<PathBuf>,
    /// Sessions of terminals whose choice follows. They are no part of the history: a terminal ends, and what was
    /// chosen in it would stand in the way of an undo.
    pub sessions: Vec<PathBuf>,
    /// Kubeconfigs outside the chain. They are read and never changed.
    pub beside: Vec<PathBuf>,
    /// `config.toml`, whether it exists or not.
    pub settings: PathBuf,
    /// Whether the files are not those that config.toml and terminals speak of: `--kubeconfig` named another.
    pub apart: bool,
}

/// A kubeconfig as it was found.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The file, as spelled.
    pub path: PathBuf,
    /// What it says; [`Document::empty`] where there is no file.
    pub document: Arc<Document>,
    /// Whether there is a file.
    pub exists: bool,
    /// Whether it has fields that no client reads, once that was asked.
    unread: OnceLock<bool>,
}

impl Seen {
    /// Reads a file.
    ///
    /// # Errors
    /// [`TidyError::Read`] and [`TidyError::Parse`].
    pub fn read(path: &Path) -> Result<Self, TidyError> {
        let bytes = store::read(path)?;
        Self::of(path, bytes.as_deref())
    }

    pub(super) fn of(path: &Path, bytes: Option<&[u8]>) -> Result<Self, TidyError> {
        let document = match bytes {
            None => Document::empty(),
            Some(bytes) => Document::parse(bytes).map_err(|source| TidyError::Parse {
                path: path.to_owned(),
                source,
            })?,
        };
        Ok(Self {
            path: path.to_owned(),
            document: Arc::new(document),
            exists: bytes.is_some(),
            unread: OnceLock::new(),
        })
    }

    /// Whether the file has these bytes.
    pub(super) fn has_bytes(&self, bytes: Option<&[u8]>) -> bool {
        let own = self.exists.then(|| self.document.bytes());
        own == bytes
    }

    /// Whether another look found the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.document, &other.document)
            || self.has_bytes(other.exists.then(|| other.document.bytes()))
    }

    /// What the file says.
    pub fn config(&self) -> &kubeconfig::Config {
        self.document.config()
    }

    /// Whether the file has fields that no client reads.
    pub(super) fn has_unread(&self) -> bool {
        let look = || !kubeconfig::lint::unknown_fields(&self.document).is_empty();
        *self.unread.get_or_init(look)
    }

    /// Whether the file has an entry of that name.
    pub fn has(&self, list: List, name: &str) -> bool {
        let config = self.config();
        match list {
            List::Clusters => config.cluster(name).is_some(),
            List::Users => config.user(name).is_some(),
            List::Contexts => config.context(name).is_some(),
        }
    }
}

/// What the files say.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The chain's files in order.
    pub files: Vec<Seen>,
    /// Sessions of terminals.
    pub sessions: Vec<Seen>,
    /// Kubeconfigs outside the chain.
    pub beside: Vec<Seen>,
    /// What config.toml says.
    pub settings: Settings,
    pub(super) settings_file: PathBuf,
    /// `None` where there is no file.
    pub(super) settings_bytes: Option<Vec<u8>>,
    /// Why files outside the chain could not be looked at.
    pub unreadable: Vec<String>,
}

impl Sight {
    /// Reads all files. One outside the chain that cannot be read keeps nothing from being done.
    ///
    /// # Errors
    /// [`TidyError`] for a file of the chain, and for config.toml.
    pub fn read(place: &Place) -> Result<Self, TidyError> {
        let files = place.paths.iter().map(|path| Seen::read(path));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let sessions = place.sessions.iter().filter_map(|path| {
            // A terminal that has just ended has none.
            let is_file = is_plain_or_missing(path);
            let seen = is_file.then(|| Seen::read(path).ok()).flatten();
            seen.filter(|seen| seen.exists)
        });
        let sessions = sessions.collect();
        let (mut beside, mut unreadable) = (Vec::new(), Vec::new());
        for path in &place.beside {
            match Seen::read(path) {
                Ok(seen) => beside.push(seen),
                Err(error) => unreadable.push(error.to_string()),
            }
        }
        // Names in another file are not those that config.toml means.
        let settings_bytes = if place.apart {
            None
        } else {
            store::read(&place.settings)?
        };
        Ok(Self {
            files,
            sessions,
            beside,
            settings: super::settings::parsed(&place.settings, settings_bytes.as_deref())?,
            settings_file: place.settings.clone(),
            settings_bytes,
            unreadable,
        })
    }

    /// The context of a name: that of the first file that has one.
    pub fn context(&self, name: &str) -> Option<Entry<'_, Context>> {
        first(&self.files, |file| &file.config().contexts, name)
    }

    /// The cluster of a name.
    pub fn cluster(&self, name: &str) -> Option<Entry<'_, Cluster>> {
        first(&self.files, |file| &file.config().clusters, name)
    }

    /// The user of a name.
    pub fn user(&self, name: &str) -> Option<Entry<'_, User>> {
        first(&self.files, |file| &file.config().users, name)
    }

    /// The context of a name, which has to exist.
    ///
    /// # Errors
    /// [`TidyError::NoSuchContext`] names one that may be meant.
    pub fn require_context(&self, name: &str) -> Result<Entry<'_, Context>, TidyError> {
        self.context(name).ok_or_else(|| {
            if let Some(context) = self.settings.aliases.get(name) {
                return TidyError::Alias {
                    alias: name.to_owned(),
                    context: context.clone(),
                };
            }
            let names = self.context_names();
            TidyError::NoSuchContext {
                name: name.to_owned(),
                known: names.into_iter().map(str::to_owned).collect(),
                files: self.files_for_messages(),
            }
        })
    }

    /// The cluster or the user of a context does not exist.
    pub(super) fn dangling(&self, context: &Entry<'_, Context>, list: List) -> TidyError {
        let files = self.files.iter().map(Seen::config);
        let (name, meant) = match list {
            List::Users => {
                let users = files.flat_map(|config| &config.users);
                let name = &context.value.user;
                (name, near::guess(name, users.map(|it| it.name.as_str())))
            }
            List::Clusters | List::Contexts => {
                let clusters = files.flat_map(|config| &config.clusters);
                let name = &context.value.cluster;
                (name, near::guess(name, clusters.map(|it| it.name.as_str())))
            }
        };
        TidyError::Dangling {
            context: context.name.to_owned(),
            file: context.file.to_owned(),
            kind: list.entry(),
            name: name.clone(),
            meant,
        }
    }

    /// The names of all contexts.
    pub fn context_names(&self) -> BTreeSet<&str> {
        let contexts = self.files.iter().flat_map(|file| &file.config().contexts);
        contexts.map(|named| named.name.as_str()).collect()
    }

    /// The files that have an entry of that name, in order: the first one's counts, those of the others are hidden
    /// by it.
    pub fn holders(&self, list: List, name: &str) -> impl Iterator<Item = &Seen> {
        self.files.iter().filter(move |file| file.has(list, name))
    }

    /// Where an entry of that name is, in any file.
    pub fn holder(&self, list: List, name: &str) -> Option<&Path> {
        let mut holders = self.files.iter().filter(|file| file.has(list, name));
        holders.next().map(|file| file.path.as_path())
    }

    /// The contexts of any file of the chain that name a cluster or a user, be they hidden or not, each with its
    /// file.
    pub fn referring(
        &self,
        list: List,
        name: &str,
    ) -> impl Iterator<Item = (&Path, &Named<Context>)> {
        let files = self.files.iter();
        let contexts = files.flat_map(|file| {
            let contexts = file.config().contexts.iter();
            contexts.map(move |named| (file.path.as_path(), named))
        });
        contexts.filter(move |(_, named)| match list {
            List::Clusters => named.value.cluster == name,
            List::Users => named.value.user == name,
            List::Contexts => false,
        })
    }

    /// The current context, and the file that names it.
    pub fn current_context(&self) -> Option<(&Path, &str)> {
        self.files.iter().find_map(|file| {
            let name = file.config().current_context.as_str();
            (!name.is_empty()).then_some((file.path.as_path(), name))
        })
    }

    /// The file that new entries go to: the first that exists, else the last (client-go
    /// `tools/clientcmd/config.go`, `GetDefaultFilename`).
    pub fn destination(&self) -> Option<&Path> {
        let existing = self.files.iter().find(|file| file.exists);
        existing
            .or(self.files.last())
            .map(|file| file.path.as_path())
    }

    /// The chain's files, for messages.
    pub fn files_for_messages(&self) -> String {
        near::files(self.files.iter().map(|file| file.path.as_path()))
    }
}

fn first<'a, T>(
    files: &'a [Seen],
    list: impl Fn(&'a Seen) -> &'a Vec<Named<T>>,
    name: &str,
) -> Option<Entry<'a, T>> {
    files.iter().find_map(|file| {
        let named = list(file).iter().find(|named| named.name == name)?;
        Some(Entry {
            file: &file.path,
            name: &named.name,
            value: &named.value,
        })
    })
}
