//! What the tests share.

#[path = "../../../../locate/tests/support/avahi.rs"]
pub(crate) mod avahi;
mod kubeconfigs;
#[path = "../../../../locate/tests/support/netns.rs"]
pub(crate) mod netns;
mod places;
mod run;
mod sandbox;
mod slow_path;
mod tree;

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
pub(crate) use slow_path::slow_path;
pub(crate) use tree::Tree;

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

/// Checks that a secret is in no file of a folder, as it is or in base64.
#[track_caller]
pub(crate) fn assert_nowhere(folder: &Path, secret: &str) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
    // Without the ends, which depend on what is around it.
    let inner = &encoded[4..encoded.len() - 4];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains(secret) && !text.contains(inner),
                "{} holds the secret",
                path.display()
            );
        }
    }
}
