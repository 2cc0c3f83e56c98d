//! What ends the picker: on Windows only keys do. A console that is closed takes its mode along.

use std::io;
use std::io::IsTerminal as _;
use std::time::Duration;

/// Where keys come from: the console.
pub(super) struct Keys;

/// What waiting for keys has led to.
pub(super) enum Waited {
    /// There is something, or the time is over.
    Look,
    /// The terminal is gone.
    #[expect(dead_code, reason = "a console takes its programs along")]
    Gone,
}

impl Keys {
    /// `None` where there are none.
    pub(super) fn find() -> Option<Self> {
        io::stdin().is_terminal().then_some(Self)
    }

    /// Waits for something so long.
    #[expect(clippy::unused_self, reason = "there is something to ask elsewhere")]
    pub(super) fn wait(&self, time: Duration) -> io::Result<Waited> {
        crossterm::event::poll(time).map(|_| Waited::Look)
    }
}

/// Nothing to watch.
pub(super) struct Signals;

impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    pub(super) fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    #[expect(
        clippy::unused_self,
        reason = "there is something to look at elsewhere"
    )]
    pub(super) fn has_come(&self) -> bool {
        false
    }

    #[expect(
        clippy::unused_self,
        reason = "there is something to pass on elsewhere"
    )]
    pub(super) fn pass_on(&self) {}
}
