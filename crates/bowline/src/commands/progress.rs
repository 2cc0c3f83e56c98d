//! How far a look has come: one line on standard error, where somebody sits who waits.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::io::IsTerminal as _;
use std::io::Write as _;
use std::time::Duration;

use tokio::time::Instant;
use tokio::time::MissedTickBehavior;
use tokio::time::interval_at;

/// What is over sooner needs no words.
const PATIENCE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(200);

pub(crate) struct Progress {
    total: usize,
    done: Cell<usize>,
    visible: bool,
}

impl Progress {
    pub(crate) fn of(total: usize, wanted: bool) -> Self {
        Self {
            total,
            done: Cell::new(0),
            visible: wanted && io::stderr().is_terminal(),
        }
    }

    pub(crate) fn add(&self, done: usize) {
        self.done.set(self.done.get() + done);
    }

    /// Does the work, and tells how far it is while it lasts. The line is gone before this returns.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        if !self.visible {
            return work.await;
        }
        let mut work = std::pin::pin!(work);
        let mut ticks = interval_at(Instant::now() + PATIENCE, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shown = false;
        loop {
            tokio::select! {
                result = &mut work => {
                    if shown {
                        write("\r\x1b[K");
                    }
                    return result;
                }
                _ = ticks.tick() => {
                    write(&self.line());
                    shown = true;
                }
            }
        }
    }

    fn line(&self) -> String {
        format!("\r\x1b[K{} of {} looked at", self.done.get(), self.total)
    }
}

/// What cannot be shown is not missed.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_far_it_is() {
        let progress = Progress::of(1000, true);
        progress.add(300);
        progress.add(12);
        assert_eq!(progress.line(), "\r\x1b[K312 of 1000 looked at");
    }
}
