//! The files of a MicroK8s node, made by the commands that MicroK8s uses.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use testnode::Cluster;

use super::run;

/// The script that makes trees; it says in its head what each option does.
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../microk8s/tests/fixtures/make-tree.sh"
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
}

#[track_caller]
fn run_script(mut command: Command, options: &[&str]) {
    command.args(options);
    run(command, b"").expect(0);
}
