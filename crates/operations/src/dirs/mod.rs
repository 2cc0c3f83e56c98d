//! `dirs` of config.toml: files, folders and patterns whose kubeconfigs stand behind the chain, as if
//! KUBECONFIG named them.
//!
//! KUBECONFIG must not name what kubectl cannot read: one such file, and every kubectl call fails. So each file is
//! read before it is named, and what is no kubeconfig is left out, with a reason that `bowline dirs` tells.

mod judge;
mod walk;
mod written;

use std::collections::HashMap;
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use self::walk::Walk;
pub use self::written::NotASource;
pub use self::written::meaning;
pub use self::written::to_keep;

/// More files than anybody has kubeconfigs; a list of more would not fit into the environment of a program either
/// (Linux `MAX_ARG_STRLEN`, 128 KiB for one variable).
const MOST_FILES: usize = 5_000;

/// What a variable may hold on Linux (`MAX_ARG_STRLEN` of `linux/binfmts.h`: 32 pages), less what stands before it.
const MOST_LIST: usize = 120 * 1024;

/// A pattern may lead through a whole disk, and somebody waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// All sources, in the order of config.toml.
#[derive(Debug, Default)]
pub struct Expanded {
    /// Each with what was found there.
    pub sources: Vec<Source>,
}

/// One member of `dirs`.
#[derive(Debug)]
pub struct Source {
    /// As it stands in config.toml.
    pub written: String,
    /// What it is now.
    pub kind: Kind,
    /// Its files, sorted.
    pub found: Vec<Found>,
    /// What is wrong with the source as a whole.
    pub problem: Option<String>,
}

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One file.
    File,
    /// The files of a folder, not those of folders in it.
    Folder,
    /// What a pattern matches.
    Pattern,
    /// Nothing is there now.
    Gone,
}

/// A file of a source.
#[derive(Debug)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// Its contexts, or why it is left out.
    pub given: Result<usize, Skip>,
}

/// Why a file is left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// Its name begins with a dot.
    #[error("hidden")]
    Hidden,
    /// A lock of kubectl or bowline.
    #[error("a lock")]
    Lock,
    /// What an editor left.
    #[error("an editor's backup")]
    Backup,
    /// A terminal's own choice.
    #[error("a terminal's session")]
    Session,
    /// KUBECONFIG names it, or an earlier source has it.
    #[error("it is in the list already")]
    Known,
    /// A pipe, a device, a folder.
    #[error("not a regular file")]
    NotAFile,
    /// Its path has the character in it that separates paths.
    #[error("KUBECONFIG cannot name it: its path has the separator of lists in it")]
    Separator,
    /// kubectl cannot read it.
    #[error("no kubeconfig: {0}")]
    NotAKubeconfig(String),
    /// It can be read, and there is nothing in it.
    #[error("it has no contexts, clusters or users")]
    Nothing,
    /// It may not be read.
    #[error("{0}")]
    Unreadable(String),
    /// Larger than any kubeconfig.
    #[error("larger than any kubeconfig")]
    TooLarge,
    /// There are too many.
    #[error("more than {MOST_FILES} files")]
    TooMany,
    /// The list would not fit into a variable.
    #[error("the list is longer than a variable of the environment may be")]
    ListTooLong,
}

impl Skip {
    /// Whether nobody wonders that it is left out.
    pub fn is_usual(&self) -> bool {
        matches!(
            self,
            Self::Hidden | Self::Lock | Self::Backup | Self::Session | Self::Nothing
        )
    }
}

impl Expanded {
    /// The files that stand behind the chain, in order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let found = self.sources.iter().flat_map(|source| &source.found);
        found
            .filter(|found| found.given.is_ok())
            .map(|found| found.path.as_path())
    }
}

/// Finds the files of all sources; those of `chain` are not given again. Reads each of them.
pub fn expand(dirs: &[String], home: Option<&Path>, chain: &[PathBuf]) -> Expanded {
    let mut known = Known::of(chain);
    let deadline = Instant::now() + PATIENCE;
    let sources = dirs
        .iter()
        .map(|written| {
            let Walk {
                kind,
                files,
                problem,
            } = walk::walk(&meaning(written, home), deadline);
            let found = files
                .into_iter()
                .map(|(path, given)| {
                    let given = given
                        .and_then(|()| known.admit(&path))
                        .and_then(|()| judge::judge(&path));
                    if given.is_ok() {
                        known.count(&path);
                    }
                    Found { path, given }
                })
                .collect();
            Source {
                written: written.clone(),
                kind,
                found,
                problem,
            }
        })
        .collect();
    Expanded { sources }
}

/// The files that the sources may give, without reading any. Of those of [`expand`] none is missing, and their order
/// is the same.
pub fn candidates(dirs: &[String], home: Option<&Path>, chain: &[PathBuf]) -> Vec<PathBuf> {
    let mut known = Known::of(chain);
    let deadline = Instant::now() + PATIENCE;
    let walks = dirs
        .iter()
        .map(|written| walk::walk(&meaning(written, home), deadline));
    let files = walks.flat_map(|walk| walk.files);
    let fits = |(path, given): (PathBuf, Result<(), Skip>)| {
        given.and_then(|()| known.admit(&path)).ok().map(|()| path)
    };
    files.filter_map(fits).collect()
}

/// What is in the list already, whatever it is called.
struct Known {
    seen: HashSet<PathBuf>,
    /// The real paths of folders: asked once for all files in them.
    folders: HashMap<PathBuf, PathBuf>,
    files: usize,
    /// The length of the list.
    length: usize,
}

impl Known {
    fn of(chain: &[PathBuf]) -> Self {
        let mut known = Self {
            seen: HashSet::new(),
            folders: HashMap::new(),
            files: 0,
            length: chain.iter().map(|path| path.as_os_str().len() + 1).sum(),
        };
        for path in chain {
            let real = known.real(path);
            known.seen.insert(real);
        }
        known
    }

    fn admit(&mut self, path: &Path) -> Result<(), Skip> {
        if std::env::join_paths([path]).is_err() {
            return Err(Skip::Separator);
        }
        if self.files >= MOST_FILES {
            return Err(Skip::TooMany);
        }
        if self.length + path.as_os_str().len() > MOST_LIST {
            return Err(Skip::ListTooLong);
        }
        let real = self.real(path);
        if self.seen.insert(real) {
            Ok(())
        } else {
            Err(Skip::Known)
        }
    }

    fn count(&mut self, path: &Path) {
        self.files += 1;
        self.length += path.as_os_str().len() + 1;
    }

    fn real(&mut self, path: &Path) -> PathBuf {
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink());
        let parts = path.parent().zip(path.file_name()).filter(|_| !is_link);
        let Some((folder, name)) = parts else {
            return path.canonicalize().unwrap_or_else(|_| path.to_owned());
        };
        let folder = self.folders.entry(folder.to_owned()).or_insert_with(|| {
            let here = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            here.canonicalize().unwrap_or_else(|_| folder.to_owned())
        });
        folder.join(same_name(name.to_owned()))
    }
}

/// One spelling for names that are the same to the system.
fn same_name(name: OsString) -> OsString {
    if cfg!(windows) {
        name.to_ascii_lowercase()
    } else {
        name
    }
}

#[cfg(test)]
mod tests;
