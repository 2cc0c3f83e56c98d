//! What keeps connections going, stands them still, or ends them.

use std::future::Future;
use std::pin::pin;

use tokio::sync::watch;

/// Whether connections go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// They do.
    Open,
    /// They stand still: nothing is read, nothing is written, as in a stopped process.
    Held,
    /// They end.
    Shut,
}

/// Drives `connection` while the gate is open; drops it when the gate is shut.
pub(crate) async fn pass(mut gate: watch::Receiver<Gate>, connection: impl Future<Output = ()>) {
    let mut connection = pin!(connection);
    loop {
        let now = *gate.borrow_and_update();
        let changed = match now {
            Gate::Shut => return,
            Gate::Held => gate.changed().await,
            Gate::Open => tokio::select! {
                biased;
                changed = gate.changed() => changed,
                () = &mut connection => return,
            },
        };
        // The node is gone.
        if changed.is_err() {
            return;
        }
    }
}
