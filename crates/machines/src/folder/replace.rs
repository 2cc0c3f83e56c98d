//! Replacing a file of a copy, by the rules of the script for machines.

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use super::Copy;
use super::Found;
use super::names;
use super::system;
use crate::error::MachineError;
use crate::quote::visible;
use crate::replace;

impl Copy {
    /// Replaces a file, or makes a new one.
    pub(crate) fn replace(
        &self,
        path: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
    ) -> Result<(), MachineError> {
        let file = self.target(path)?;
        let folder = file.parent().unwrap_or(&self.folder);
        let failed = |doing: &str, error: io::Error| self.not_written(path, doing, &error);

        let old = self.same(&file, path, expected)?;
        let mut fresh = tempfile::Builder::new()
            .prefix(".bowline.")
            .tempfile_in(folder)
            .map_err(|error| failed("writing beside", error))?;
        fresh
            .write_all(bytes)
            .map_err(|error| failed("writing beside", error))?;
        if let Some(old) = &old {
            system::take_after(fresh.path(), old)
                .map_err(|error| failed("giving the new file the owner and mode of", error))?;
        }
        fresh
            .as_file()
            .sync_all()
            .map_err(|error| failed("writing beside", error))?;
        self.same(&file, path, expected)?;
        let renamed = match old {
            Some(_) => fresh.persist(&file),
            None => fresh.persist_noclobber(&file),
        };
        renamed.map_err(|error| failed("renaming a file to", error.error))?;
        system::sync_folder(folder).map_err(|error| MachineError::Failed {
            place: self.place.clone(),
            doing: format!("make the new {} last", visible(path)),
            code: None,
            said: error.to_string(),
        })
    }

    fn target(&self, path: &str) -> Result<PathBuf, MachineError> {
        let names = names(path);
        let no = |what| MachineError::NotAFile {
            place: self.place.clone(),
            path: path.to_owned(),
            what,
        };
        if names.iter().any(|name| name == "..") {
            return Err(no("is no plain path"));
        }
        let folder = names.split_last().map(|(_, folders)| folders);
        if folder.and_then(|folder| self.find_folder(folder)).is_none() {
            return Err(no(
                "is in a folder that does not exist or may not be entered",
            ));
        }
        match self.find(&names) {
            Some(Found::Here(file)) => Ok(file),
            Some(Found::Above) => Err(no("is not a regular file")),
            None => Err(no("is not part of the copy")),
        }
    }

    /// The file as it is, if it is what it should be; `None` where there should be none.
    fn same(
        &self,
        file: &Path,
        path: &str,
        expected: Option<&[u8]>,
    ) -> Result<Option<fs::Metadata>, MachineError> {
        let no = |what| MachineError::NotAFile {
            place: self.place.clone(),
            path: path.to_owned(),
            what,
        };
        let changed = |how| MachineError::Changed {
            place: self.place.clone(),
            path: path.to_owned(),
            how,
        };
        let not_readable = |error: &io::Error| MachineError::NotPermitted {
            place: self.place.clone(),
            what: format!("reading {}: {error}", visible(path)),
        };
        let metadata = match fs::symlink_metadata(file) {
            Ok(metadata) => metadata,
            Err(error) if super::is_absent(&error) => {
                return match expected {
                    None => Ok(None),
                    Some(_) => Err(changed(replace::GONE)),
                };
            }
            Err(error) => return Err(not_readable(&error)),
        };
        if metadata.is_symlink() {
            return Err(no("is a link"));
        }
        let Some(expected) = expected else {
            return Err(changed(replace::EXISTS));
        };
        if !metadata.is_file() {
            return Err(no("is not a regular file"));
        }
        if system::links(&metadata) > 1 {
            return Err(no("has other hard links"));
        }
        let same_length = u64::try_from(expected.len()) == Ok(metadata.len());
        if !same_length
            || zeroize::Zeroizing::new(fs::read(file).map_err(|error| not_readable(&error))?)
                .as_slice()
                != expected
        {
            return Err(changed(replace::DIFFERS));
        }
        Ok(Some(metadata))
    }

    fn not_written(&self, path: &str, doing: &str, error: &io::Error) -> MachineError {
        let place = self.place.clone();
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem => MachineError::ReadOnly { place, path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                MachineError::NoSpace { place, path }
            }
            io::ErrorKind::AlreadyExists => MachineError::Changed {
                place,
                path,
                how: replace::EXISTS,
            },
            io::ErrorKind::PermissionDenied => MachineError::NotPermitted {
                place,
                what: format!("{doing} {}; nothing was changed", visible(&path)),
            },
            _ => MachineError::Failed {
                place,
                doing: format!("replace {}", visible(&path)),
                code: None,
                said: error.to_string(),
            },
        }
    }
}
