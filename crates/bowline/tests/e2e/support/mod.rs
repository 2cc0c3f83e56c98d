//! What the tests share.

mod kubeconfigs;
mod places;
mod run;
mod sandbox;

use std::io::Write as _;
use std::path::Path;

pub(crate) use kubeconfigs::changed;
pub(crate) use kubeconfigs::odd;
pub(crate) use kubeconfigs::utf16;
pub(crate) use places::place;
pub(crate) use run::Outcome;
pub(crate) use run::run;
pub(crate) use sandbox::Sandbox;
pub(crate) use sandbox::install;

/// Says that a test could not run here, where a person and where the test script see it.
pub(crate) fn skip(name: &str, reason: &str) {
    eprintln!("SKIPPED: {name}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{name}: {reason}").unwrap();
    }
}

/// The names in a folder, sorted; none where there is no such folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
