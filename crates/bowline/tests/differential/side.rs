//! A folder in which one of the two programs is run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::scene::BESIDE;
use crate::scene::Scene;

/// A folder of its own, equal to the other one but for its name.
pub(crate) struct Side {
    folder: PathBuf,
    program: PathBuf,
    kubeconfig: Option<String>,
    cwd: &'static str,
}

/// What a call left behind. The folder is `$DIR` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
}

/// The files below the folder: content and mode.
pub(crate) type Files = BTreeMap<String, (Vec<u8>, u32)>;

impl Side {
    /// Makes the folder. Names of equal length keep what is aligned or folded equal.
    pub(crate) fn new(parent: &Path, name: &str, program: &Path, scene: &Scene) -> Self {
        let side = Self {
            folder: parent.join(name),
            program: program.to_owned(),
            kubeconfig: scene.kubeconfig.clone(),
            cwd: scene.cwd,
        };
        fs::create_dir_all(side.folder.join("home")).unwrap();
        fs::create_dir(side.folder.join("work")).unwrap();
        for (path, content) in BESIDE {
            side.write(path, content.as_bytes());
        }
        for (path, content) in &scene.files {
            side.write(path, content);
        }
        side
    }

    /// Writes a file, as its owner alone may read it.
    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Text in two-byte units names no folder (see `text::file`).
        let filled = match std::str::from_utf8(content) {
            Ok(text) => self.fill(text).into_bytes(),
            Err(_) => content.to_vec(),
        };
        fs::write(&path, filled).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn fill(&self, text: &str) -> String {
        text.replace("$DIR", self.folder.to_str().unwrap())
    }

    /// The same folder with other files in KUBECONFIG.
    pub(crate) fn with_chain(&self, change: fn(&mut Vec<&str>)) -> Self {
        let kubeconfig = self.kubeconfig.as_ref().map(|chain| {
            let mut files: Vec<_> = chain.split(':').collect();
            change(&mut files);
            files.join(":")
        });
        Self {
            folder: self.folder.clone(),
            program: self.program.clone(),
            kubeconfig,
            cwd: self.cwd,
        }
    }

    /// Lets everybody read a file.
    pub(crate) fn share(&self, path: &str) {
        fs::set_permissions(self.folder.join(path), fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[String]) -> Outcome {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 022; exec \"$@\"", "sh"]);
        command
            .arg(&self.program)
            .args(arguments.iter().map(|word| self.fill(word)))
            .current_dir(self.folder.join(self.cwd))
            .env_clear()
            .env("HOME", self.folder.join("home"))
            .env("PATH", "/usr/bin:/bin")
            .env("KUBERC", "off")
            .env("XDG_STATE_HOME", self.folder.with_extension("state"))
            .stdin(Stdio::null());
        if let Some(kubeconfig) = &self.kubeconfig {
            command.env("KUBECONFIG", self.fill(kubeconfig));
        }
        let output = command.output().unwrap();
        Outcome {
            stdout: self.text(&output.stdout),
            stderr: self.text(&output.stderr),
            exit: output.status.code(),
        }
    }

    fn text(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(self.folder.to_str().unwrap(), "$DIR")
    }

    /// The files as they are.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with(".kube/cache") {
                    folders.push(path);
                } else if path.is_file() {
                    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
                    let content = fs::read(&path).unwrap();
                    let content = self.text(&utf8(content)).into_bytes();
                    let name = path.strip_prefix(&self.folder).unwrap();
                    files.insert(name.to_str().unwrap().to_owned(), (content, mode));
                }
            }
        }
        files
    }

    /// What kubectl reads in a file: `config view --raw -o json`.
    pub(crate) fn view(&self, kubectl: &Path, path: &str) -> Outcome {
        let output = Command::new(kubectl)
            .args(["config", "view", "--raw", "-o", "json", "--kubeconfig"])
            .arg(self.folder.join(path))
            .env_clear()
            .env("HOME", self.folder.join("home"))
            .env("KUBERC", "off")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Outcome {
            stdout: self.text(&output.stdout),
            stderr: self.text(&output.stderr),
            exit: output.status.code(),
        }
    }
}

/// The same text in UTF-8: a folder's name is looked for in it.
fn utf8(content: Vec<u8>) -> Vec<u8> {
    match content.strip_prefix(&[0xff, 0xfe]) {
        Some(units) => {
            let units = units
                .chunks_exact(2)
                .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            String::from_utf16(&units.collect::<Vec<_>>())
                .unwrap()
                .into_bytes()
        }
        None => content,
    }
}
