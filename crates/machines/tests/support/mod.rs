//! What the tests share.

pub(crate) mod sshd;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use machines::Kind;
use machines::Machine;
use machines::Programs;
use machines::Tree;

/// Says that a test could not run here, where a person and where the test script see it.
pub(crate) fn skip(name: &str, reason: &str) {
    eprintln!("SKIPPED: {name}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{name}: {reason}").unwrap();
    }
}

/// Long enough for a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// `sh` of this machine and nothing else.
pub(crate) fn only_sh() -> Programs {
    Programs {
        sh: Some("/bin/sh".into()),
        ..Programs::default()
    }
}

pub(crate) fn machine(place: &str, programs: Programs) -> Machine {
    Machine::new(place.parse().unwrap(), programs, PATIENCE)
}

/// A stand-in program.
pub(crate) fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// One line for each entry.
pub(crate) fn shown(tree: &Tree, below: &str) -> Vec<String> {
    tree.entries
        .iter()
        .map(|(path, entry)| {
            let path = path.strip_prefix(below).unwrap_or(path);
            match &entry.kind {
                Kind::File(bytes) => format!("{path:?} {:?}", String::from_utf8_lossy(bytes)),
                other => format!("{path:?} {other:?}"),
            }
        })
        .collect()
}

/// The names in a folder, hidden ones too.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
