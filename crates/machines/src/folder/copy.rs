//! Which paths of the node a folder has, and where links lead in it.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::Metadata;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::FolderError;

/// As many as Linux follows (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// How deep a path may be.
const DEEPEST: usize = 128;

/// A copy of a part of a node's file system.
#[derive(Debug)]
pub(super) struct Copy {
    folder: PathBuf,
    /// The names that lead to that part on the node.
    mount: &'static [&'static str],
}

/// A folder of the copy that is no link: the names that lead to it from the copy's top.
pub(super) type Location = Vec<OsString>;

/// Why a path does not lead anywhere.
#[derive(Debug)]
pub(super) enum Lost {
    Outside,
    Loop,
    Io(PathBuf, io::Error),
}

impl Copy {
    /// Finds out what the folder is a copy of.
    pub(super) fn of(folder: &Path) -> Result<Self, FolderError> {
        // The folder itself may be a link, as `current` is.
        let real = fs::canonicalize(folder).map_err(|error| FolderError::io(folder, error))?;
        let has = |path: &str| fs::symlink_metadata(real.join(path)).is_ok();
        let mount: &[&str] = if has("var/snap/microk8s") {
            &[]
        } else if has("current") {
            &["var", "snap", "microk8s"]
        } else if has("credentials") || has("args") {
            &["var", "snap", "microk8s", "current"]
        } else {
            return Err(FolderError::NotANode {
                folder: folder.to_path_buf(),
            });
        };
        Ok(Self {
            folder: real,
            mount,
        })
    }

    /// The names that lead to the copied part on the node.
    pub(super) fn mount(&self) -> &'static [&'static str] {
        self.mount
    }

    /// Where something is on this machine.
    pub(super) fn path(&self, location: &[OsString], name: Option<&OsStr>) -> PathBuf {
        let mut path = self.folder.clone();
        path.extend(location);
        path.extend(name);
        path
    }

    /// Follows `name` in a folder until it is no link, without ever leaving the copy. The location that comes
    /// back exists, and may be anything but a link.
    pub(super) fn follow(
        &self,
        from: &[OsString],
        name: &OsStr,
    ) -> Result<(Location, Metadata), Lost> {
        let mut at = from.to_vec();
        let mut ahead = steps(Path::new(name))?;
        let mut links = 0;
        let mut known = None;
        while let Some(step) = ahead.pop() {
            known = None;
            let name = match step {
                Step::Top => {
                    self.enter(&mut at, &mut ahead)?;
                    continue;
                }
                Step::Up => {
                    at.pop().ok_or(Lost::Outside)?;
                    continue;
                }
                Step::Down(name) => name,
            };
            let path = self.path(&at, Some(&name));
            let metadata =
                fs::symlink_metadata(&path).map_err(|error| Lost::Io(path.clone(), error))?;
            if !metadata.is_symlink() {
                // Of two names one after the other the first must be a folder; the system says so otherwise.
                at.push(name);
                if at.len() > DEEPEST {
                    return Err(Lost::Loop);
                }
                known = Some(metadata);
                continue;
            }
            links += 1;
            if links > MOST_LINKS || ahead.len() > DEEPEST {
                return Err(Lost::Loop);
            }
            let target = fs::read_link(&path).map_err(|error| Lost::Io(path, error))?;
            ahead.extend(steps(&target)?);
        }
        let metadata = if let Some(metadata) = known {
            metadata
        } else {
            let path = self.path(&at, None);
            fs::symlink_metadata(&path).map_err(|error| Lost::Io(path, error))?
        };
        Ok((at, metadata))
    }

    /// An absolute target is a path of the node: it goes on below the copied part, or not in the copy.
    fn enter(&self, at: &mut Location, ahead: &mut Vec<Step>) -> Result<(), Lost> {
        for expected in self.mount {
            let is_expected = matches!(ahead.pop(), Some(Step::Down(name)) if name == *expected);
            if !is_expected {
                return Err(Lost::Outside);
            }
        }
        at.clear();
        Ok(())
    }
}

/// Whether a text is one name: no dots, and nothing that Windows reads as a path or a drive.
pub(super) fn is_name(name: &OsStr) -> bool {
    let mut components = Path::new(name).components();
    matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(only)), None) if only == name
    )
}

#[derive(Debug)]
enum Step {
    Top,
    Up,
    Down(OsString),
}

/// The steps of a path, the last first.
fn steps(path: &Path) -> Result<Vec<Step>, Lost> {
    let step = |component| match component {
        Component::Prefix(_) => Some(Err(Lost::Outside)),
        Component::RootDir => Some(Ok(Step::Top)),
        Component::CurDir => None,
        Component::ParentDir => Some(Ok(Step::Up)),
        Component::Normal(name) => Some(Ok(Step::Down(name.to_owned()))),
    };
    path.components().rev().filter_map(step).collect()
}
