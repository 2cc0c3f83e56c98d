//! Permission bits.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Who may do what with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    mode: u32,
}

impl Access {
    /// The permission bits.
    pub(super) fn mode(self) -> u32 {
        self.mode
    }

    /// Whether everybody may read it.
    pub(super) fn is_public(self) -> bool {
        self.mode & 0o004 != 0
    }

    /// Whether its group may read it.
    pub(super) fn is_shared(self) -> bool {
        self.mode & 0o040 != 0
    }

    /// Whether somebody else may write it.
    pub(super) fn is_writable(self) -> bool {
        self.mode & 0o022 != 0
    }

    /// Whether everybody may put files in the place of others', or change this file.
    pub(super) fn is_open(self) -> bool {
        self.mode & 0o002 != 0 && self.mode & 0o1000 == 0
    }

    pub(super) fn is_executable(self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// Behind links, too; `None` where there is nothing.
pub(super) fn access(path: &Path) -> Option<Access> {
    let metadata = fs::metadata(path).ok()?;
    Some(Access {
        mode: metadata.permissions().mode() & 0o7777,
    })
}

pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
