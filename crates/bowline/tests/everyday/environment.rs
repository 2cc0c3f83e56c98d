//! What the picker's source asks of the program around it.

use std::ffi::OsString;

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
