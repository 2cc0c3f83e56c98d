//! Windows has access lists in place of permission bits; a file inherits those of its folder.

use std::io;
use std::path::Path;

/// Never made: permission bits say nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {}

impl Access {
    pub(super) fn mode(self) -> u32 {
        match self {}
    }

    pub(super) fn is_public(self) -> bool {
        match self {}
    }

    pub(super) fn is_shared(self) -> bool {
        match self {}
    }

    pub(super) fn is_writable(self) -> bool {
        match self {}
    }

    pub(super) fn is_open(self) -> bool {
        match self {}
    }

    pub(super) fn is_executable(self) -> bool {
        match self {}
    }
}

pub(super) fn access(_path: &Path) -> Option<Access> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
pub(super) fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
