//! Reading a file that others rewrite in place, without a lock.

use crate::error::StoreError;
use crate::snapshot::{Snapshot, settled};
use std::path::Path;

/// Returns the bytes of a file, or `None` when there is no such file.
///
/// A file that changes while it is read is read again (see [`Snapshot::open`] for the rest).
///
/// # Errors
///
/// A folder, a file that may not be read, one larger than 1 GiB, and one that never holds still
/// each have their own [`StoreError`].
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(settled(path, Snapshot::take_bytes)?.map(|(bytes, _)| bytes))
}

/// Feeds a whole file to a reader in pieces, or returns `None` when there is no such file.
///
/// When the file changes while it is read, `start` is called again and all begins anew: `feed` then
/// sees the new bytes from the beginning. The snapshot still serves [`Snapshot::ranges`].
///
/// # Errors
///
/// As for [`read`].
///
/// ```
/// # fn main() -> Result<(), store::StoreError> {
/// let lines = store::scan("/etc/hostname".as_ref(), || 0_usize, |lines, piece| {
///     *lines += piece.iter().filter(|byte| **byte == b'\n').count();
/// })?;
/// # let _ = lines;
/// # Ok(())
/// # }
/// ```
pub fn scan<S>(
    path: &Path,
    mut start: impl FnMut() -> S,
    mut feed: impl FnMut(&mut S, &[u8]),
) -> Result<Option<(S, Snapshot)>, StoreError> {
    settled(path, |snapshot| {
        let mut state = start();
        snapshot.chunks(&mut |piece| feed(&mut state, piece))?;
        Ok(state)
    })
}
