//! Reading a file that others rewrite in place.

use crate::error::StoreError;
use crate::platform;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Ten times the largest kubeconfig ever measured; a device that never ends must not fill the
/// memory.
const LIMIT: u64 = 1 << 30;

/// Between two looks at a file that is not whole yet.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks at an empty file before it is believed, about 30 ms.
const LOOKS_AT_EMPTY: u32 = 7;

/// Looks at a file that changes while it is read, about half a second.
const LOOKS_AT_CHANGING: u32 = 100;

/// A file's bytes, and what the system says about exactly that file.
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Metadata,
}

/// Returns the bytes of a file, or `None` when there is no such file.
///
/// kubectl writes in place: it truncates the file and then writes it. So an empty file is looked at
/// again for about 30 ms before it is believed, and a file whose size or time changes while it is
/// read is read again. Pipes and devices (`<(command)`, `/dev/null`) are read once, as they come.
///
/// # Errors
///
/// A folder, a file that may not be read, one larger than 1 GiB, and one that never holds still
/// each have their own [`StoreError`].
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(content(path)?.map(|content| content.bytes))
}

/// [`read`], with the metadata of what was read.
pub(crate) fn content(path: &Path) -> Result<Option<Content>, StoreError> {
    let mut looks = 0;
    loop {
        looks += 1;
        match look(path) {
            Ok(Look::Whole(content)) => return Ok(Some(content)),
            Ok(Look::Missing) => return Ok(None),
            Ok(Look::Empty(content)) if looks >= LOOKS_AT_EMPTY => return Ok(Some(content)),
            Ok(Look::Changing) if looks >= LOOKS_AT_CHANGING => {
                return Err(StoreError::Unsettled {
                    path: path.to_path_buf(),
                });
            }
            Ok(Look::Folder) => {
                return Err(StoreError::Folder {
                    path: path.to_path_buf(),
                });
            }
            Ok(Look::TooLarge) => {
                return Err(StoreError::TooLarge {
                    path: path.to_path_buf(),
                    limit: LIMIT,
                });
            }
            Err(error) if looks < LOOKS_AT_EMPTY && platform::is_transient(&error) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(StoreError::Unreadable {
                    path: path.to_path_buf(),
                    source: error,
                });
            }
            Err(error) => return Err(StoreError::io("read", path, error)),
            Ok(Look::Empty(_) | Look::Changing) => {}
        }
        thread::sleep(PAUSE);
    }
}

enum Look {
    Whole(Content),
    Empty(Content),
    Changing,
    Missing,
    Folder,
    TooLarge,
}

fn look(path: &Path) -> io::Result<Look> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Missing),
        // Windows cannot open a folder as a file, and says "access denied".
        Err(error) => {
            return if fs::metadata(path).is_ok_and(|it| it.is_dir()) {
                Ok(Look::Folder)
            } else {
                Err(error)
            };
        }
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok(Look::Folder);
    }
    if metadata.len() > LIMIT {
        return Ok(Look::TooLarge);
    }
    // One more than the file has, so that the end is seen without growing the buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.by_ref().take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Ok(Look::TooLarge);
    }
    if !metadata.is_file() {
        return Ok(Look::Whole(Content { bytes, metadata }));
    }
    let after = file.metadata()?;
    let held_still = bytes.len() as u64 == metadata.len()
        && after.len() == metadata.len()
        && after.modified().ok() == metadata.modified().ok();
    Ok(match held_still {
        false => Look::Changing,
        true if bytes.is_empty() => Look::Empty(Content { bytes, metadata }),
        true => Look::Whole(Content { bytes, metadata }),
    })
}
