//! Many new files at once, which no history needs.

use crate::error::StoreError;
use crate::platform;
use crate::replace::{Folders, Temporary, remove_leftovers, staged};
use crate::target::Target;
use crate::update::Store;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A name that no file gets: that of the lock of all new files of a folder, and of their temporary files.
const NEW: &str = ".bowline-new";

impl Store {
    /// Writes files into one folder that are not there yet, each its owner's alone; what holds for one of
    /// [`Store::replace_private`] holds for each, but the folder is made durable once.
    ///
    /// A folder that does not exist comes to be with all of them in it, or not at all. In one that exists a crash may
    /// leave some of them, each whole; an error leaves none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] where a file has come to be meanwhile, and why the files could not be written.
    pub fn write_new<'a>(
        &self,
        folder: &Path,
        files: impl IntoIterator<Item = (&'a OsStr, &'a [u8])>,
    ) -> Result<(), StoreError> {
        self.prepare()?;
        let target = Target::resolve(&folder.join(NEW))?;
        let _own = self.own_lock(&target)?;
        let folder = &target.folder;
        if folder.is_dir() {
            return into_existing(&target, files);
        }
        let made = folder.parent().map(Folders::create).transpose()?;
        remove_leftovers(folder);
        let staged = StagedFolder::beside(folder)?;
        for (name, bytes) in files {
            staged.write(name, bytes)?;
        }
        staged.place()?;
        if let Some(made) = made {
            made.keep()?;
        }
        Ok(())
    }
}

/// A folder beside the one that it will become; removed with all that is in it when dropped before.
struct StagedFolder<'a> {
    path: PathBuf,
    folder: &'a Path,
    placed: bool,
}

impl<'a> StagedFolder<'a> {
    fn beside(folder: &'a Path) -> Result<StagedFolder<'a>, StoreError> {
        let path = staged(folder);
        platform::create_private_folder(&path)
            .map_err(|error| StoreError::create("create the folder", folder, error))?;
        Ok(StagedFolder {
            path,
            folder,
            placed: false,
        })
    }

    fn write(&self, name: &OsStr, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let written = platform::create_private(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| StoreError::create("write", &self.folder.join(name), error))
    }

    fn place(mut self) -> Result<(), StoreError> {
        let folder = self.folder;
        let durable = |path: &Path| {
            platform::sync_folder(path).map_err(|error| StoreError::io("make durable", path, error))
        };
        durable(&self.path)?;
        // Another program's folder of that name, unless it is empty, is in the way.
        platform::rename(&self.path, folder)
            .map_err(|error| StoreError::create("create the folder", folder, error))?;
        self.placed = true;
        folder.parent().map_or(Ok(()), durable)
    }
}

impl Drop for StagedFolder<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // Nothing more can be done here; the next such write removes it.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// What was put into a folder; removed again when dropped before all of it was.
#[derive(Default)]
struct Placed(Vec<PathBuf>);

impl Drop for Placed {
    fn drop(&mut self) {
        for path in self.0.drain(..) {
            let _ = fs::remove_file(path);
        }
    }
}

fn into_existing<'a>(
    target: &Target,
    files: impl IntoIterator<Item = (&'a OsStr, &'a [u8])>,
) -> Result<(), StoreError> {
    let (folder, new) = (&target.folder, &target.resolved);
    remove_leftovers(new);
    let mut placed = Placed::default();
    for (name, bytes) in files {
        let path = folder.join(name);
        let mut temporary = Temporary::beside(new)?;
        temporary.write(bytes)?;
        temporary.sync()?;
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("look at", &path, error)),
            Ok(_) => return Err(StoreError::Exists { path }),
        }
        temporary.take_place_of(&path)?;
        placed.0.push(path);
    }
    platform::sync_folder(folder).map_err(|error| StoreError::io("make durable", folder, error))?;
    placed.0.clear();
    Ok(())
}
