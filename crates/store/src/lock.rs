//! Our own lock, by which bowlines exclude each other.
//!
//! It is an advisory lock of the operating system on a file in the state folder: it vanishes with
//! its process however that ends, and leaves nothing in the user's folders. The lock file itself
//! stays, because removing it would let two processes hold two different files of one name.

use crate::error::StoreError;
use crate::platform;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A wait with growing pauses and an end.
pub(crate) struct Wait {
    began: Instant,
    limit: Duration,
    pause: Duration,
}

impl Wait {
    pub(crate) fn new(limit: Duration) -> Wait {
        Wait {
            began: Instant::now(),
            limit,
            pause: Duration::from_millis(1),
        }
    }

    /// Pauses; returns `false` at once when the time is up.
    pub(crate) fn again(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return false;
        }
        thread::sleep(self.pause.min(left));
        // Short pauses: most holders need a few milliseconds, and a long pause would starve whoever
        // waits longest.
        self.pause = (self.pause * 2).min(Duration::from_millis(8));
        true
    }
}

/// An exclusive lock among bowlines, released when dropped.
///
/// Released in words, not by closing the file: a child that another thread is starting at that moment
/// holds a copy of the descriptor until its `exec`, and the lock would live as long (flock(2)).
#[derive(Debug)]
pub(crate) struct OwnLock {
    file: File,
}

impl Drop for OwnLock {
    fn drop(&mut self) {
        // What cannot be unlocked is as free as closing makes it.
        let _ = self.file.unlock();
    }
}

impl OwnLock {
    /// Takes the lock file `lock` in order to change `path`, which the errors name.
    pub(crate) fn take(lock: &Path, path: &Path, wait: Duration) -> Result<OwnLock, StoreError> {
        let file =
            open(lock).map_err(|error| StoreError::create("create the lock", lock, error))?;
        let began = Instant::now();
        let failed = |error| StoreError::io("lock", lock, error);
        match file.try_lock() {
            Ok(()) => return Ok(OwnLock { file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let locked = if wait.is_zero() {
            None
        } else {
            queue(file, wait).map_err(failed)?
        };
        locked.ok_or_else(|| StoreError::Busy {
            path: path.to_path_buf(),
            waited: began.elapsed(),
        })
    }

    /// Whether nobody holds the lock file at this moment.
    pub(crate) fn is_free(lock: &Path) -> bool {
        match File::open(lock) {
            Ok(file) => match file.try_lock() {
                Ok(()) => {
                    drop(OwnLock { file });
                    true
                }
                Err(_) => false,
            },
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

/// Waits for a lock; `None` when the time is up.
///
/// The system serves those who wait in their order. Asking again and again is a lottery: among
/// sixteen writers on a loaded machine, some drew blanks for half a minute.
fn queue(file: File, limit: Duration) -> io::Result<Option<OwnLock>> {
    let (sender, receiver) = mpsc::channel();
    // Nothing takes a thread out of the queue. One whose time is up lets the lock go as soon as it
    // has it, because nobody receives it.
    thread::Builder::new().spawn(move || {
        let locked = loop {
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        let _ = sender.send(locked.map(|()| OwnLock { file }));
    })?;
    receiver.recv_timeout(limit).ok().transpose()
}

fn open(lock: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    loop {
        match options.open(lock) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let mut new = options.clone();
        new.create_new(true);
        platform::private(&mut new);
        match new.open(lock) {
            // Somebody else was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => {
                if let Some(folder) = lock.parent() {
                    platform::hand_over(&file, folder);
                }
                return Ok(file);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a child of another thread has it between its `fork` and its `exec`.
    #[test]
    fn a_copy_of_the_descriptor_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let held = OwnLock::take(&lock, &lock, Duration::ZERO).unwrap();
        let _copy = held.file.try_clone().unwrap();
        assert!(!OwnLock::is_free(&lock));
        drop(held);
        assert!(OwnLock::is_free(&lock));
        drop(OwnLock::take(&lock, &lock, Duration::ZERO).unwrap());
    }
}
