//! Whether two paths are one program, and whether a program is still the same.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Serialize;

/// What changes when a program is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    size: u64,
    /// Milliseconds since the Unix epoch.
    modified: u64,
    inode: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        let modified = meta.modified().ok()?;
        let modified = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Self {
            size: meta.len(),
            modified: u64::try_from(modified.as_millis()).ok()?,
            inode: inode(&meta),
        })
    }
}

/// Whether two paths lead to one file, by whatever links.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (std::fs::metadata(one), std::fs::metadata(other))
        && is_one_inode(&one, &other)
    {
        return true;
    }
    let resolved = |path: &Path| std::fs::canonicalize(path).ok();
    resolved(one).is_some_and(|one| resolved(other) == Some(one))
}

/// Whether two files have the same bytes.
pub(super) fn is_copy(one: &Path, other: &Path) -> bool {
    let size = |path: &Path| std::fs::metadata(path).ok().map(|meta| meta.len());
    if size(one).is_none() || size(one) != size(other) {
        return false;
    }
    let (Ok(mut one), Ok(mut other)) = (std::fs::File::open(one), std::fs::File::open(other))
    else {
        return false;
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        a.clear();
        b.clear();
        let next = |file: &mut std::fs::File, buffer: &mut Vec<u8>| {
            file.by_ref().take(64 * 1024).read_to_end(buffer).is_ok()
        };
        if !next(&mut one, &mut a) || !next(&mut other, &mut b) || a != b {
            return false;
        }
        if a.is_empty() {
            return true;
        }
    }
}

#[cfg(unix)]
fn inode(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(unix)]
fn is_one_inode(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_one_inode(_: &Metadata, _: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_one_file_and_copies_have_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a"), vec![7; 200_000]).unwrap();
        std::fs::hard_link(path("a"), path("hard")).unwrap();
        std::fs::copy(path("a"), path("copy")).unwrap();
        let mut other = vec![7; 200_000];
        other[199_999] = 8;
        std::fs::write(path("other"), other).unwrap();
        assert!(is_same(&path("a"), &path("hard")));
        assert!(!is_same(&path("a"), &path("copy")));
        assert!(is_copy(&path("a"), &path("copy")));
        assert!(!is_copy(&path("a"), &path("other")));
        assert!(!is_copy(&path("a"), &path("nothing")));
        assert!(!is_copy(&path("nothing"), &path("nothing")));
        assert_eq!(Stamp::of(&path("nothing")), None);
    }
}
