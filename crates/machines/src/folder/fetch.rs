//! Reads what matches patterns, without ever leaving the folder.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use zeroize::Zeroizing;

use super::FolderError;
use super::copy::Copy;
use super::copy::Location;
use super::copy::Lost;
use super::copy::is_name;
use super::glob;
use super::platform;
use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Tree;

/// What a file may be long.
pub(super) const LARGEST_FILE: usize = 1 << 20;

/// What all files may be long together.
pub(super) const LARGEST: usize = 64 << 20;

/// How many names may be looked at.
pub(super) const MOST: usize = 20_000;

/// Reads every file of the copy that one of the patterns matches: absolute paths of the node, `*` within one
/// name. Entries are named as the pattern spells them; links on the way are followed within the folder.
///
/// # Errors
/// [`FolderError`] when the folder is no copy of a node; what cannot be read in it is [`Kind::Unreadable`].
pub(crate) fn fetch(folder: &Path, patterns: &[&str]) -> Result<Tree, FolderError> {
    let copy = Copy::of(folder)?;
    let mut reader = Reader {
        copy: &copy,
        tree: Tree::default(),
        left: LARGEST,
        seen: 0,
    };
    for pattern in patterns {
        reader
            .pattern(pattern)
            .map_err(|TooMany| FolderError::TooMany {
                folder: folder.to_path_buf(),
                limit: MOST,
            })?;
    }
    Ok(reader.tree)
}

struct TooMany;

struct Reader<'a> {
    copy: &'a Copy,
    tree: Tree,
    /// How many bytes may still be read.
    left: usize,
    seen: usize,
}

impl Reader<'_> {
    fn pattern(&mut self, pattern: &str) -> Result<(), TooMany> {
        let mut names = pattern.split('/').filter(|name| !name.is_empty());
        let mut spelled = String::new();
        for own in self.copy.mount() {
            match names.next() {
                Some(name) if glob::matches(name, own) => push(&mut spelled, own),
                _ => return Ok(()),
            }
        }
        let names: Vec<&str> = names.collect();
        let Some((end, folders)) = names.split_last() else {
            if !spelled.is_empty() {
                self.add(spelled, &Location::new(), None);
            }
            return Ok(());
        };
        let mut places = vec![(spelled, Location::new())];
        for name in folders {
            let mut deeper = Vec::new();
            for (spelled, at) in places {
                for found in self.names(&spelled, &at, name)? {
                    let mut spelled = spelled.clone();
                    push(&mut spelled, &found.to_string_lossy());
                    match self.copy.follow(&at, &found) {
                        Ok((at, metadata)) if metadata.is_dir() => deeper.push((spelled, at)),
                        Ok(_) => {}
                        Err(lost) => self.lost(spelled, &lost),
                    }
                }
            }
            places = deeper;
        }
        for (spelled, at) in places {
            for found in self.names(&spelled, &at, end)? {
                let mut spelled = spelled.clone();
                push(&mut spelled, &found.to_string_lossy());
                self.add(spelled, &at, Some(&found));
            }
        }
        Ok(())
    }

    /// The names in a folder that match; a name without `*` need not be there.
    fn names(
        &mut self,
        spelled: &str,
        at: &[OsString],
        pattern: &str,
    ) -> Result<Vec<OsString>, TooMany> {
        let mut found = Vec::new();
        if pattern.contains('*') {
            let entries = match fs::read_dir(self.copy.path(at, None)) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unreadable(spelled.to_owned(), error_in_words(&error));
                    return Ok(found);
                }
            };
            for entry in entries {
                let name = match entry {
                    Ok(entry) => entry.file_name(),
                    Err(error) => {
                        self.unreadable(spelled.to_owned(), error_in_words(&error));
                        break;
                    }
                };
                if glob::matches(pattern, &name.to_string_lossy()) {
                    self.count()?;
                    found.push(name);
                }
            }
        } else {
            self.count()?;
            found.push(pattern.into());
        }
        Ok(found)
    }

    fn count(&mut self) -> Result<(), TooMany> {
        self.seen += 1;
        if self.seen > MOST {
            Err(TooMany)
        } else {
            Ok(())
        }
    }

    /// Adds what is at a path, a link as a link.
    fn add(&mut self, spelled: String, at: &[OsString], name: Option<&OsStr>) {
        if name.is_some_and(|name| !is_name(name)) {
            return;
        }
        // What another pattern has read is not read again.
        if self.tree.entries.contains_key(&spelled) {
            return;
        }
        let path = self.copy.path(at, name);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => return self.lost(spelled, &Lost::Io(path, error)),
        };
        let kind = if metadata.is_symlink() {
            match fs::read_link(&path) {
                Ok(target) => Kind::Link(target.to_string_lossy().into_owned()),
                Err(error) => Kind::Unreadable(error_in_words(&error)),
            }
        } else if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_file() {
            match self.read(&path, &metadata) {
                Ok(bytes) => Kind::File(bytes),
                Err(why) => Kind::Unreadable(why),
            }
        } else {
            // Opening a pipe would wait for its other end.
            Kind::Unreadable("not a file".to_owned())
        };
        let (mode, owner, group) = platform::rights(&metadata);
        let entry = Entry {
            kind,
            mode,
            owner,
            group,
            modified: modified(&metadata),
        };
        self.tree.entries.insert(spelled, entry);
    }

    fn read(&mut self, path: &Path, metadata: &Metadata) -> Result<Zeroizing<Vec<u8>>, String> {
        let too_large = || "larger than 1 MiB".to_owned();
        let size = usize::try_from(metadata.len()).map_err(|_| too_large())?;
        if size > LARGEST_FILE {
            return Err(too_large());
        }
        if size > self.left {
            return Err("the files are larger than 64 MiB together".to_owned());
        }
        // With room for all of it, no copy of a secret stays behind where the bytes were first.
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
        let file = File::open(path).map_err(|error| error_in_words(&error))?;
        let limit = u64::try_from(size).map_or(u64::MAX, |size| size.saturating_add(1));
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| error_in_words(&error))?;
        if bytes.len() > size {
            return Err("it grew while it was read".to_owned());
        }
        self.left -= bytes.len();
        Ok(bytes)
    }

    fn lost(&mut self, spelled: String, lost: &Lost) {
        match lost {
            Lost::Outside => self.unreadable(spelled, "leads out of the folder".to_owned()),
            Lost::Loop => self.unreadable(spelled, "a loop of links".to_owned()),
            // A pattern need not match.
            Lost::Io(_, error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Lost::Io(_, error) => self.unreadable(spelled, error_in_words(error)),
        }
    }

    fn unreadable(&mut self, spelled: String, why: String) {
        let entry = Entry {
            kind: Kind::Unreadable(why),
            mode: None,
            owner: None,
            group: None,
            modified: 0,
        };
        self.tree.entries.entry(spelled).or_insert(entry);
    }
}

fn push(path: &mut String, name: &str) {
    path.push('/');
    path.push_str(name);
}

fn error_in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn modified(metadata: &Metadata) -> i64 {
    let Ok(at) = metadata.modified() else {
        return 0;
    };
    match at.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |secs| -secs),
    }
}
