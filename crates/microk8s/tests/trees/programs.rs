//! What the script that makes trees needs.

use std::fs;
use std::io::Write as _;
use std::process::Command;

/// Whether a test cannot run here, for want of a program; says so where a person and the test script see it.
pub(crate) fn missing(test: &str) -> bool {
    for (program, version) in [("bash", "--version"), ("openssl", "version")] {
        if Command::new(program).arg(version).output().is_err() {
            skip(test, &format!("{program} is not installed"));
            return true;
        }
    }
    false
}

fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED: {test}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{test}: {reason}").unwrap();
    }
}
