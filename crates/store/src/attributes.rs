//! What a file carries beside its bytes and mode: extended attributes, POSIX access control lists,
//! labels of `SELinux`.

use crate::error::StoreError;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;
use xattr::FileExt as _;

/// Attributes that describe the bytes themselves or the file's origin, and that the system writes.
const OF_THE_SYSTEM: [&str; 3] = ["security.evm", "security.ima", "com.apple.provenance"];

/// What the system gives a new file from its folder's default list, though the old file had none.
const ACL: &str = "system.posix_acl_access";

/// Gives `new` the attributes of the file at `path`.
pub(crate) fn keep(path: &Path, new: &File) -> Result<(), StoreError> {
    let wanted = all(xattr::list(path), |name| xattr::get(path, name))
        .map_err(|error| StoreError::io("read the attributes of", path, error))?;
    let mut made = all(new.list_xattr(), |name| new.get_xattr(name))
        .map_err(|error| StoreError::io("read the attributes of the new", path, error))?;
    let refused = |name: &OsStr, source| StoreError::Attribute {
        path: path.to_path_buf(),
        name: name.to_string_lossy().into_owned(),
        source,
    };
    for (name, value) in wanted {
        if made.remove(&name).as_ref() != Some(&value) {
            new.set_xattr(&name, &value)
                .map_err(|error| refused(&name, error))?;
        }
    }
    // With it the new file would be open to more users than the old one was.
    if made.contains_key(OsStr::new(ACL)) {
        new.remove_xattr(ACL)
            .map_err(|error| refused(OsStr::new(ACL), error))?;
    }
    Ok(())
}

/// The attributes that matter, by name; none on file systems that know none.
fn all(
    names: io::Result<xattr::XAttrs>,
    get: impl Fn(&OsStr) -> io::Result<Option<Vec<u8>>>,
) -> io::Result<BTreeMap<OsString, Vec<u8>>> {
    let names = match names {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(BTreeMap::new()),
        names => names?,
    };
    let mut found = BTreeMap::new();
    for name in names {
        if !OF_THE_SYSTEM.iter().any(|own| name == *own)
            && let Some(value) = get(&name)?
        {
            found.insert(name, value);
        }
    }
    Ok(found)
}
