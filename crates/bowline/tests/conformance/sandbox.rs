//! A folder of its own for each case.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::Permissions;
use std::io::Seek as _;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use tempfile::TempDir;

use crate::case::Before;
use crate::case::Case;
use crate::case::Step;

/// The case's folder, with its files in it, and a place for bowline's own state beside it.
pub(crate) struct Sandbox {
    folder: TempDir,
    /// Everything below `$DIR` before the first step.
    before: BTreeMap<String, Item>,
}

/// What a path is. A link is what it says, not what it leads to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Folder { mode: u32 },
    Link(PathBuf),
    File { content: Vec<u8>, mode: u32 },
}

/// A path that differs, and what it is now; `None` where it is gone.
pub(crate) type Changes = BTreeMap<String, Option<Item>>;

/// What a call left behind.
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
}

impl Sandbox {
    pub(crate) fn new(case: &Case) -> Self {
        let folder = TempDir::new().unwrap();
        let mut sandbox = Self {
            folder,
            before: BTreeMap::new(),
        };
        let below = |name| sandbox.folder.path().join(name);
        fs::create_dir_all(below("case/home")).unwrap();
        fs::create_dir(below("state")).unwrap();
        // Also for the user of the case.
        set_mode(sandbox.folder.path(), 0o755);
        set_mode(&below("case"), 0o755);
        set_mode(&below("case/home"), 0o755);
        set_mode(&below("state"), 0o777);
        for (path, file) in &case.files {
            let path = sandbox.dir().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match file {
                Before::Folder => fs::create_dir_all(path).unwrap(),
                Before::Link(target) => symlink(sandbox.fill(target), path).unwrap(),
                Before::File { content, mode } => {
                    let content = match std::str::from_utf8(content) {
                        Ok(text) => sandbox.fill(text).into_bytes(),
                        Err(_) => content.clone(),
                    };
                    fs::write(&path, content).unwrap();
                    set_mode(&path, *mode);
                }
            }
        }
        if case.uid.is_some() {
            give(&sandbox.dir(), case.uid);
        }
        for line in &case.before {
            let line = sandbox.fill(line);
            let status = Command::new("/bin/sh").args(["-c", &line]).status();
            assert!(status.unwrap().success(), "{line}");
        }
        sandbox.before = sandbox.items();
        sandbox
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    fn fill(&self, text: &str) -> String {
        text.replace("$DIR", self.dir().to_str().unwrap())
    }

    /// The step with the name of the folder in it.
    pub(crate) fn expect(&self, step: &Step) -> Step {
        Step {
            argv: step.argv.iter().map(|word| self.fill(word)).collect(),
            stdout: self.fill(&step.stdout),
            stderr: self.fill(&step.stderr),
            exit: step.exit,
        }
    }

    /// A recorded text with the name of the folder in it.
    pub(crate) fn content(&self, text: &str) -> Vec<u8> {
        self.fill(text).into_bytes()
    }

    pub(crate) fn run(&self, case: &Case, step: &Step) -> Outcome {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 022; exec \"$@\"", "sh"]);
        if let Some(uid) = case.uid {
            command.args(["setpriv", "--clear-groups"]);
            command.args([format!("--reuid={uid}"), format!("--regid={uid}")]);
        }
        command
            .arg(program())
            .args(self.expect(step).argv)
            .current_dir(self.dir().join(&case.cwd))
            .env_clear()
            .env("HOME", self.dir().join("home"))
            .env("PATH", "/usr/bin:/bin")
            .env("KUBERC", "off")
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .stdin(Stdio::null());
        for (name, value) in &case.env {
            command.env(name, self.fill(value));
        }
        for name in &case.unset {
            command.env_remove(name);
        }
        if let Some(input) = &case.stdin {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(self.fill(input).as_bytes()).unwrap();
            file.rewind().unwrap();
            command.stdin(Stdio::from(file));
        }
        let output = command.output().unwrap();
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            exit: output.status.code(),
        }
    }

    /// What differs from the beginning.
    pub(crate) fn changes(&self) -> Changes {
        let now = self.items();
        let mut changes = Changes::new();
        for (path, item) in &now {
            if self.before.get(path) != Some(item) {
                changes.insert(path.clone(), Some(item.clone()));
            }
        }
        for path in self.before.keys().filter(|path| !now.contains_key(*path)) {
            changes.insert(path.clone(), None);
        }
        changes
    }

    fn items(&self) -> BTreeMap<String, Item> {
        let mut items = BTreeMap::new();
        let root = self.dir();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = fs::symlink_metadata(&path).unwrap();
                let mode = meta.permissions().mode() & 0o7777;
                let item = if meta.is_symlink() {
                    Item::Link(fs::read_link(&path).unwrap())
                } else if meta.is_dir() {
                    folders.push(path.clone());
                    Item::Folder { mode }
                } else {
                    let content = fs::read(&path).unwrap();
                    Item::File { content, mode }
                };
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                items.insert(name.to_owned(), item);
            }
        }
        items
    }
}

/// What is tested. `BOWLINE_CASES_PROGRAM=/path/of/kubectl` tests the cases themselves.
fn program() -> OsString {
    std::env::var_os("BOWLINE_CASES_PROGRAM")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_bowline").into())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Makes everything below a folder the user's own.
fn give(folder: &Path, uid: Option<u64>) {
    let uid = uid.map(|uid| u32::try_from(uid).unwrap());
    std::os::unix::fs::chown(folder, uid, uid).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            give(&path, uid.map(u64::from));
        } else {
            std::os::unix::fs::lchown(path, uid, uid).unwrap();
        }
    }
}

/// Whether the test may become another user: what root makes belongs to root.
pub(crate) fn is_root() -> bool {
    let file: File = tempfile::tempfile().unwrap();
    file.metadata().unwrap().uid() == 0
}
