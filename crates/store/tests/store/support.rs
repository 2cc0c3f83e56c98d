//! What the tests share.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::Store;
use tempfile::TempDir;

/// A folder with a kubeconfig's place in it, and a state folder apart from it.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    /// On the disk of the build, where a sync costs what it costs; a temporary folder may live in
    /// memory.
    pub(crate) fn new() -> Home {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir(dir.path().join("kube")).unwrap();
        Home { dir }
    }

    pub(crate) fn with(content: &str) -> Home {
        let home = Home::new();
        fs::write(home.file(), content).unwrap();
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path("kube/config")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(self.state())
    }

    pub(crate) fn content(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    /// The names in the folder of the file, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        names(&self.path("kube"))
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Whether a name is that of a temporary file of ours.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(".bowline-") && name.strip_suffix(".tmp").is_some()
}

/// A change that cannot fail, for the store's signature.
pub(crate) type Sure = Result<Option<Vec<u8>>, std::convert::Infallible>;

/// The change that appends `text`.
pub(crate) fn append(text: &str) -> impl FnMut(Option<&[u8]>) -> Sure {
    move |old| Ok(Some([old.unwrap_or_default(), text.as_bytes()].concat()))
}

/// Says that a test could not run here, where a person and where the test script see it.
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "only Unix tests need more than a file system")
)]
pub(crate) fn skip(name: &str, reason: &str) {
    let line = format!("SKIPPED: {name}: {reason}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
