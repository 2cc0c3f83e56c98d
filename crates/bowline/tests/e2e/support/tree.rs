//! The files of a MicroK8s node, made by the commands that MicroK8s uses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

use tempfile::TempDir;
use testnode::Cluster;

use super::run;

/// The script that makes trees; it says in its head what each option does.
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../microk8s/tests/fixtures/make-tree.sh"
);

/// What that script calls.
const ARGUMENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../microk8s/tests/fixtures/default-args.sh"
);

/// A node's files.
pub(crate) struct Tree {
    folder: TempDir,
}

impl Tree {
    /// A node of a `MicroK8s` version with these options of the script.
    #[track_caller]
    pub(crate) fn new(version: &str, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("bash");
        command.arg(SCRIPT).arg(version).arg(folder.path());
        run_script(command, options);
        Self { folder }
    }

    /// A copy of a stock node of a version, which the test may change. Keys take long: the same node is made
    /// once a month only.
    #[track_caller]
    pub(crate) fn stock(version: &str) -> Self {
        let from = made(version);
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("cp");
        command.arg("-a").arg(from.join(".")).arg(folder.path());
        run(command, b"").expect(0);
        Self { folder }
    }

    /// A node of this cluster: its CA is the cluster's.
    #[track_caller]
    pub(crate) fn of(cluster: &Cluster, version: &str, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let ca = TempDir::new().unwrap();
        let (certificate, key) = (ca.path().join("ca.crt"), ca.path().join("ca.key"));
        fs::write(&certificate, cluster.ca_pem()).unwrap();
        fs::write(&key, cluster.ca().key_pem()).unwrap();
        let mut command = Command::new("bash");
        command.arg(SCRIPT).arg(version).arg(folder.path());
        command.arg("--ca").arg(&certificate).arg(&key);
        run_script(command, options);
        Self { folder }
    }

    /// The folder that stands for `/`.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The same, as an argument.
    pub(crate) fn argument(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// A path below `/var/snap/microk8s/current`.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.root().join("var/snap/microk8s/current").join(name)
    }

    /// A text file below `/var/snap/microk8s/current`.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.data(name)).unwrap()
    }

    /// Writes a file below `/var/snap/microk8s/current`; one that is there keeps its mode.
    #[track_caller]
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.data(name), text).unwrap();
    }

    /// Everything there is: each path with its mode and what it holds or leads to.
    #[track_caller]
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = fs::symlink_metadata(&path).unwrap();
                let bytes = if meta.is_symlink() {
                    fs::read_link(&path).unwrap().into_os_string().into_vec()
                } else if meta.is_dir() {
                    folders.push(path.clone());
                    Vec::new()
                } else {
                    fs::read(&path).unwrap()
                };
                all.insert(path, (meta.permissions().mode(), bytes));
            }
        }
        all
    }

    /// Every secret of the node: tokens, and the keys as they are and as kubeconfigs have them.
    #[track_caller]
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        let mut secrets = BTreeSet::new();
        for (path, (_, bytes)) in self.everything() {
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name == "known_tokens.csv" {
                secrets.extend(
                    text.lines()
                        .filter_map(|line| line.split(',').next())
                        .map(str::to_owned),
                );
            }
            if name.ends_with(".key") {
                let body: Vec<_> = text
                    .lines()
                    .filter(|line| !line.starts_with("-----"))
                    .collect();
                // The first line of each key of a kind is the same.
                secrets.extend(
                    body.iter()
                        .skip(1)
                        .filter(|line| line.len() > 32)
                        .map(|&line| line.to_owned()),
                );
            }
            if name.ends_with(".config") {
                for key in ["token: ", "client-key-data: "] {
                    let values = text
                        .lines()
                        .filter_map(|line| line.trim().strip_prefix(key));
                    // What is in the middle of a key in base64 is nowhere else.
                    secrets.extend(
                        values.map(|value| value.get(400..500).unwrap_or(value).to_owned()),
                    );
                }
            }
        }
        secrets
    }
}

/// Where a stock node of a version is, made if it is not there.
#[track_caller]
fn made(version: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    let mut hasher = DefaultHasher::new();
    for name in [SCRIPT, ARGUMENTS] {
        fs::read(name).unwrap().hash(&mut hasher);
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let month = since.unwrap().as_secs() / (30 * 86_400);
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join(format!("node-{version}-{month}-{:016x}", hasher.finish()));
    if !folder.is_dir() {
        let new = tempfile::tempdir_in(temporary).unwrap();
        let mut command = Command::new("bash");
        command.arg(SCRIPT).arg(version).arg(new.path());
        run_script(command, &[]);
        // Another run of the tests may have been faster.
        if fs::rename(new.path(), &folder).is_ok() {
            let _ = new.keep();
        }
    }
    folder
}

#[track_caller]
fn run_script(mut command: Command, options: &[&str]) {
    command.args(options);
    run(command, b"").expect(0);
}
