//! A child and its children as one group.

use rustix::process::Pid;
use rustix::process::Signal;
use tokio::process::Child;
use tokio::process::Command;

/// A process group of our own making.
pub(super) struct Group(Pid);

/// The command gets a group of its own.
pub(super) fn separate(command: &mut Command) {
    command.process_group(0);
}

impl Group {
    pub(super) fn of(child: &Child) -> Option<Self> {
        let id = i32::try_from(child.id()?).ok()?;
        Pid::from_raw(id).map(Self)
    }

    pub(super) fn kill(&self) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process_group(self.0, Signal::KILL);
    }
}
