//! What the tests share.

#[allow(dead_code, reason = "the bench does not use it")]
pub(crate) mod avahi;
pub(crate) mod netns;

use std::fs;
use std::io::Write as _;

/// Says that a test could not run here, where a person and where the test script see it.
pub(crate) fn skip(name: &str, reason: &str) {
    eprintln!("SKIPPED: {name}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{name}: {reason}").unwrap();
    }
}
