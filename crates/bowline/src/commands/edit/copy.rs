//! The copy that an editor works on: the user's alone, in a folder of its own, since editors leave backups beside
//! what they edit.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use operations::session::Shell;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::environment::Environment;

/// The folder of all copies, in the state folder.
pub(crate) const FOLDER: &str = "edits";

/// What the file of a copy held when the copy was made, beside it. No copy is called so: all have an ending.
const BEFORE: &str = "before";

/// A copy of a kubeconfig. It goes when it is dropped, unless it is to be kept.
pub(super) struct Copy {
    pub(super) path: PathBuf,
    folder: PathBuf,
    kept: bool,
}

impl Copy {
    /// Writes one of a text, and what its file holds beside it.
    pub(super) fn write(
        store: &Store,
        state: &Path,
        original: &Path,
        before: &[u8],
        text: &[u8],
    ) -> Result<Self, StoreError> {
        let folder = state.join(FOLDER).join(name());
        let mut name = original.file_name().unwrap_or_default().to_owned();
        let known = [".yaml", ".yml", ".json"];
        if !known
            .iter()
            .any(|end| name.to_string_lossy().ends_with(end))
        {
            // By that, editors know what it is.
            name.push(".yaml");
        }
        let path = folder.join(name);
        let copy = Self {
            path,
            folder,
            kept: false,
        };
        for (path, text) in [(&copy.path, text), (&copy.folder.join(BEFORE), before)] {
            store
                .replace_private::<StoreError>(path, Durability::Cached, |_| {
                    Ok(Some(text.to_vec()))
                })
                .map_err(|error| match error {
                    UpdateError::Store(error) | UpdateError::Change(error) => error,
                })?;
        }
        Ok(copy)
    }

    /// What stands in it now; `None` when the editor removed it.
    pub(super) fn text(&self) -> Result<Option<Vec<u8>>, StoreError> {
        store::read(&self.path)
    }

    /// Leaves it to the user, in another folder, which is swept by nobody.
    pub(super) fn keep(&mut self) -> io::Result<()> {
        let folder = self.folder.with_file_name(stamp());
        std::fs::rename(&self.folder, &folder)?;
        let name = self.path.file_name().unwrap_or_default();
        self.path = folder.join(name);
        self.folder = folder;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing that can be done about it here; `eject` removes it at last.
            let _ = remove(&self.folder);
        }
    }
}

/// Removes a kept copy whose text has gone into its file, where it is one of ours.
pub(super) fn remove_kept(state: &Path, copy: &Path) {
    if let Some(folder) = folder_of_kept(state, copy) {
        let _ = remove(&folder);
    }
}

/// What the file of a kept copy held when the copy was made; `None` for a text that is none of ours.
pub(super) fn before_kept(state: &Path, copy: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match folder_of_kept(state, copy) {
        Some(folder) => store::read(&folder.join(BEFORE)),
        None => Ok(None),
    }
}

fn folder_of_kept(state: &Path, copy: &Path) -> Option<PathBuf> {
    let copy = std::path::absolute(copy).ok()?;
    let folder = copy.parent()?;
    (folder.parent() == Some(&state.join(FOLDER))).then(|| folder.to_owned())
}

/// What the folder of a copy is called that is being edited: by the process that does it.
fn name() -> String {
    // Where the system does not tell when a process began, its number has to do.
    let process = Shell::of(std::process::id(), Some("0"));
    process.map_or_else(stamp, |process| format!("{}.edit", process.name()))
}

/// A name that no other copy has, and no process.
fn stamp() -> String {
    let now = operations::world::now().as_millis();
    format!("{now}-{}", std::process::id())
}

/// Removes the copies that processes left which were killed, with the credentials in them. Costs next to nothing while
/// there are none, and never fails: it is done beside a command.
pub(crate) fn sweep() {
    let environment = Environment::find();
    let Ok(state) = environment.state_folder() else {
        return;
    };
    let entries = std::fs::read_dir(state.join(FOLDER)).into_iter().flatten();
    for folder in entries.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if Shell::parse(&name).is_some_and(|process| process.is_dead()) {
            // It is tried again with the next command, and removed by `eject` at last.
            let _ = remove(&folder);
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(folder)?;
    // The last one takes the folder of all with it.
    if let Some(all) = folder.parent() {
        let _ = std::fs::remove_dir(all);
    }
    Ok(())
}
