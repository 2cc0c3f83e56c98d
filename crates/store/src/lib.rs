//! The one place that changes files: lock, intent journal, atomic replace, undo.
//!
//! A kubeconfig belongs to its user and is written by several programs at once. [`Store::update`]
//! changes such a file so that neither a crash, a full disk nor another writer can lose a byte of
//! it, and so that a reader sees the whole old file or the whole new one:
//!
//! 1. Resolve symbolic links: the link stays, the file behind it is replaced.
//! 2. Take our own advisory lock, in the state folder (bowlines exclude each other, fairly and
//!    without litter).
//! 3. Take kubectl's lock, `FILE.lock`, on the path as spelled and on the resolved one (client-go
//!    excludes by it). One that a dead bowline left is broken; one of kubectl's only by
//!    [`Store::unlock`].
//! 4. Read the file again, under the locks, and let the caller compute the change from it.
//! 5. Write what is about to happen to the journal, and make that durable.
//! 6. Write the new file beside the target, private from its first byte; give it the owner, mode
//!    and attributes of the original; make it durable.
//! 7. Look once more whether a program that knows no lock has written meanwhile; if so, start again
//!    from its bytes. What the system says about the file (number, size, times) is believed when it
//!    had not changed for two seconds before it was read; otherwise its bytes are compared.
//! 8. Rename, make the folder durable, close the journal entry, release the locks.
//!
//! A power cut before step 8 leaves the old file, and an open journal entry that says so by its
//! fingerprints; after it, the new file. [`Store::replace_private`] is the shorter way for
//! bowline's own state files, [`Store::replace_shared`] for those that kubectl writes, too.
//!
//! [`Store::rewrite`] is the same for files of any size: the caller reads a [`Snapshot`] in pieces
//! and answers with [`Segment`]s, and the new file is streamed from the old one. [`scan`] reads so
//! without a lock.
//!
//! # Taking back
//!
//! [`Store::change`] makes one group of changes in several files. [`Store::undo`] takes a group
//! back, byte for byte or not at all, and is itself a change, which [`Store::redo`] takes back.
//! [`Store::history`] lists them; [`Store::purge`] and [`Store::forget`] delete what must not be
//! kept. What [`Store::passing`] names does not stand in the way of an undo. The newest 200 groups stay, and no more than 64 MiB of them.
//!
//! The crate knows nothing of YAML, reads no environment and prints nothing: the state folder and
//! the paths are arguments.
//!
//! # What it refuses
//!
//! A file with several hard links: a rename would silently split them, and writing in place would
//! give up every promise above. A file with an attribute, an access control list or a label that
//! this user may not give to the new file. A file that is mounted by itself, which cannot be
//! renamed over. Each is an error that says so.

mod batch;
mod change;
mod error;
mod fingerprint;
mod journal;
mod kubectl_lock;
mod lock;
mod read;
mod replace;
mod segments;
mod shared;
mod snapshot;
mod stage;
mod target;
mod undo;
mod unlock;
mod update;

pub mod delta;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

pub use change::Change;
pub use error::{StoreError, UpdateError};
pub use fingerprint::Fingerprint;
pub use journal::{Details, EntryState, EntrySummary, Group, GroupState, Purge, Recent};
pub use read::{read, scan};
pub use segments::{Note, Rewrite, Segment, between};
pub use shared::Held;
pub use snapshot::{Proof, Snapshot};
pub use undo::{ChangedFile, UndoError, Undone};
pub use unlock::RemovedLock;
pub use update::{Alone, Durability, Outcome, Store};
