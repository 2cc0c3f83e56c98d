//! Windows has no process groups: only the child itself is killed, and what it started ends by the pipes
//! that close.

use tokio::process::Child;
use tokio::process::Command;

pub(super) struct Group;

pub(super) fn separate(_: &mut Command) {}

impl Group {
    pub(super) fn of(_: &Child) -> Option<Self> {
        None
    }

    #[expect(clippy::unused_self, reason = "as on Unix")]
    pub(super) fn kill(&self) {}
}
