//! The one thing about arguments that differs between systems: taking them apart when they are not Unicode.

use std::ffi::OsStr;
use std::ffi::OsString;

/// The argument without its first `count` bytes, which are ASCII.
#[cfg(unix)]
pub(super) fn after(argument: &OsStr, count: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = argument.as_bytes().get(count..).unwrap_or_default();
    OsStr::from_bytes(bytes).to_owned()
}

/// The argument without its first `count` units, which are ASCII.
#[cfg(windows)]
pub(super) fn after(argument: &OsStr, count: usize) -> OsString {
    use std::os::windows::ffi::OsStrExt as _;
    use std::os::windows::ffi::OsStringExt as _;
    let units: Vec<u16> = argument.encode_wide().skip(count).collect();
    OsString::from_wide(&units)
}
