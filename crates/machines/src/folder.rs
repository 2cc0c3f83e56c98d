//! A folder on this machine that is a copy of a node's files: the same questions without any program.
//!
//! The copy may come from anywhere, so links in it are followed as if the copy were the whole machine: none
//! leads out of it.

mod glob;
mod replace;

#[cfg(not(unix))]
#[path = "folder/windows.rs"]
mod system;
#[cfg(unix)]
#[path = "folder/unix.rs"]
mod system;

use std::fs;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use zeroize::Zeroizing;

use crate::error::MachineError;
use crate::fetch;
use crate::place::Place;
use crate::quote::visible;
use crate::reply;
use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Tree;

/// Where MicroK8s keeps its data.
const SNAP: [&str; 3] = ["var", "snap", "microk8s"];

/// As the kernel counts (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// A copy, and where on the machine it was taken.
#[derive(Debug)]
pub(crate) struct Copy {
    place: Place,
    folder: PathBuf,
    /// The names that lead to what the folder is a copy of.
    origin: Vec<String>,
}

/// A path of the machine, found in the copy.
enum Found {
    /// Above the copy: a folder that must have been there.
    Above,
    /// Here.
    Here(PathBuf),
}

impl Copy {
    /// Finds out what a folder is a copy of.
    pub(crate) fn open(path: &Path) -> Result<Self, MachineError> {
        let place = Place::Folder(path.to_owned());
        let no = |said: String| MachineError::NoSuchMachine {
            place: place.clone(),
            said,
        };
        let folder = fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => MachineError::NotPermitted {
                place: place.clone(),
                what: visible(&error.to_string()),
            },
            _ => no(error.to_string()),
        })?;
        if !folder.is_dir() {
            return Err(no("it is not a folder".to_owned()));
        }
        let has = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok();
        let is_current = ["credentials", "args", "certs"]
            .iter()
            .any(|name| has(name));
        let mut origin: Vec<String> = Vec::new();
        if !has("var/snap/microk8s") {
            origin.extend(SNAP.map(str::to_owned));
            if is_current {
                origin.push("current".to_owned());
            } else if !has("current") {
                fs::read_dir(&folder).map_err(|error| MachineError::NotPermitted {
                    place: place.clone(),
                    what: error.to_string(),
                })?;
                return Err(no(
                    "it has none of credentials, args, certs, current, var/snap/microk8s"
                        .to_owned(),
                ));
            }
        }
        Ok(Self {
            place,
            folder,
            origin,
        })
    }

    /// Reads what the patterns match, as [`crate::Machine::fetch`] does.
    pub(crate) fn fetch(&self, patterns: &[String]) -> Result<Tree, MachineError> {
        let mut tree = Tree::default();
        let mut bytes = 0;
        for pattern in patterns {
            if !fetch::is_askable(pattern) {
                tree.entries.insert(pattern.clone(), fetch::unaskable());
                continue;
            }
            let names = names(pattern);
            for found in glob::expand(self, &names, &mut tree) {
                let path = format!("/{}", found.join("/"));
                if tree.entries.contains_key(&path) {
                    continue;
                }
                let Some(entry) = self.entry(&found) else {
                    continue;
                };
                if let Kind::File(content) = &entry.kind {
                    bytes += content.len();
                }
                tree.entries.insert(path, entry);
                if bytes > reply::LARGEST_REPLY || tree.entries.len() > reply::MOST_ENTRIES {
                    return Err(MachineError::TooMuch {
                        place: self.place.clone(),
                        limit: reply::LARGEST_REPLY,
                    });
                }
            }
        }
        Ok(tree)
    }

    /// Where a path of the machine is in the copy. Links in its folders are followed inside the copy; the
    /// last name is not.
    fn find(&self, names: &[String]) -> Option<Found> {
        let (last, folders) = names.split_last()?;
        let mut at = self.walk(folders)?;
        at.push(last.clone());
        self.place_of(&at)
    }

    /// The folder that a path names, with every link followed inside the copy.
    fn find_folder(&self, names: &[String]) -> Option<Found> {
        let at = self.walk(names)?;
        let found = self.place_of(&at)?;
        match &found {
            Found::Here(path) if !path.is_dir() => None,
            _ => Some(found),
        }
    }

    /// Follows links, never out of the copy: an absolute target begins at the copy's own root.
    fn walk(&self, names: &[String]) -> Option<Vec<String>> {
        let mut at: Vec<String> = Vec::new();
        let mut ahead: Vec<String> = names.iter().rev().cloned().collect();
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            if name == ".." {
                at.pop();
                continue;
            }
            at.push(name);
            let Some(Found::Here(path)) = self.place_of(&at) else {
                continue;
            };
            let Ok(target) = fs::read_link(&path) else {
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return None;
            }
            let target = target.to_str()?;
            if target.starts_with('/') {
                at.clear();
            } else {
                at.pop();
            }
            let steps = target.split('/').filter(|name| !matches!(*name, "" | "."));
            ahead.extend(steps.rev().map(str::to_owned));
        }
        Some(at)
    }

    /// The place of a path without links; `None` beside the copy.
    fn place_of(&self, names: &[String]) -> Option<Found> {
        let inside = self.origin.len().min(names.len());
        if names.get(..inside)? != self.origin.get(..inside)? {
            return None;
        }
        if names.len() < self.origin.len() {
            return Some(Found::Above);
        }
        let mut path = self.folder.clone();
        for name in names.get(inside..)? {
            if !system::is_name(name) {
                return None;
            }
            path.push(name);
        }
        Some(Found::Here(path))
    }

    /// What is there; `None` where nothing is.
    fn entry(&self, names: &[String]) -> Option<Entry> {
        let path = match self.find(names)? {
            Found::Here(path) => path,
            Found::Above => {
                return Some(Entry {
                    kind: Kind::Folder,
                    mode: None,
                    owner: None,
                    group: None,
                    modified: 0,
                });
            }
        };
        match fs::symlink_metadata(&path) {
            Ok(metadata) => Some(entry_of(&path, &metadata)),
            Err(error) if is_absent(&error) => None,
            Err(error) => Some(unreadable(&error)),
        }
    }
}

/// The names of a path.
fn names(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .map(str::to_owned)
        .collect()
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn unreadable(error: &io::Error) -> Entry {
    Entry {
        kind: Kind::Unreadable(why(error)),
        mode: None,
        owner: None,
        group: None,
        modified: 0,
    }
}

fn why(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return reply::DENIED.to_owned();
    }
    error.to_string()
}

fn entry_of(path: &Path, metadata: &fs::Metadata) -> Entry {
    let kind = if metadata.is_symlink() {
        match fs::read_link(path).map(|to| to.to_str().map(str::to_owned)) {
            Ok(Some(to)) => Kind::Link(to),
            Ok(None) => Kind::Unreadable("what it points to is not UTF-8".to_owned()),
            Err(error) => Kind::Unreadable(why(&error)),
        }
    } else if metadata.is_dir() {
        Kind::Folder
    } else if metadata.is_file() {
        read(path)
    } else {
        Kind::Unreadable(reply::ODD.to_owned())
    };
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|time| i64::try_from(time.as_secs()).ok())
        .unwrap_or_default();
    let (mode, owner, group) = system::rights(metadata);
    Entry {
        kind,
        mode,
        owner,
        group,
        modified,
    }
}

fn read(path: &Path) -> Kind {
    let limit = reply::LARGEST_FILE as u64 + 1;
    // All at once: a buffer that grows leaves copies of a secret behind.
    let mut bytes = Zeroizing::new(Vec::new());
    let result = fs::File::open(path).and_then(|file| {
        let size = file.metadata()?.len().min(limit);
        bytes.reserve_exact(usize::try_from(size).unwrap_or_default() + 1);
        file.take(limit).read_to_end(&mut bytes)
    });
    match result {
        Ok(_) if bytes.len() > reply::LARGEST_FILE => Kind::Unreadable(reply::LARGE.to_owned()),
        Ok(_) => Kind::File(bytes),
        Err(error) => Kind::Unreadable(why(&error)),
    }
}

#[cfg(test)]
#[path = "folder/tests.rs"]
mod tests;
