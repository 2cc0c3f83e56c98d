//! A machine for one test.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use testnode::kubectl;

use super::Outcome;
use super::run;

/// A home, a kubeconfig's place, settings and state of its own, and a PATH with nothing on it but what the
/// test puts there.
pub(crate) struct Sandbox {
    folder: TempDir,
    kubectl: PathBuf,
}

impl Sandbox {
    /// The settings know a `hosts.ics` (which does not exist yet), and Multipass is looked for.
    pub(crate) fn new() -> Self {
        Self::of(TempDir::new().unwrap())
    }

    /// On the disk of the build, where a sync costs what it costs; a temporary folder may live in memory.
    pub(crate) fn on_disk() -> Self {
        Self::of(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    fn of(folder: TempDir) -> Self {
        let kubectl = kubectl::find().unwrap_or_else(|error| panic!("{error}"));
        let sandbox = Self {
            folder,
            kubectl: kubectl.path,
        };
        for folder in ["home/.kube", "bin", "tmp"] {
            fs::create_dir_all(sandbox.path(folder)).unwrap();
        }
        sandbox.settings(&sandbox.default_settings());
        sandbox
    }

    /// One with this kubeconfig.
    pub(crate) fn with(kubeconfig: impl AsRef<[u8]>) -> Self {
        let sandbox = Self::new();
        sandbox.write(kubeconfig);
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path("home/.kube/config")
    }

    pub(crate) fn state_file(&self) -> PathBuf {
        self.path("state/state.json")
    }

    pub(crate) fn kubectl_path(&self) -> &Path {
        &self.kubectl
    }

    /// Writes the kubeconfig, in place.
    pub(crate) fn write(&self, kubeconfig: impl AsRef<[u8]>) {
        fs::write(self.file(), kubeconfig).unwrap();
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    /// Writes config.toml.
    pub(crate) fn settings(&self, text: &str) {
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// What config.toml says at first.
    pub(crate) fn default_settings(&self) -> String {
        format!("hosts_ics = ['{}']\n", self.path("hosts.ics").display())
    }

    /// Lets the network say who has which address: `hosts.ics`, as Internet Connection Sharing writes it.
    pub(crate) fn announce(&self, machines: &[(&str, SocketAddr)]) {
        let mut text = String::from("# Copyright (c) 1993-2001 Microsoft Corp.\r\n#\r\n\r\n");
        for (name, address) in machines {
            let ip = address.ip();
            write!(text, "{ip} {name}.mshome.net # 2036 11 6 29 10 30 0 0\r\n").unwrap();
        }
        fs::write(self.path("hosts.ics"), text).unwrap();
    }

    /// Puts a script on PATH.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("bin").join(name);
        install("/dev/stdin", format!("#!/bin/sh\n{text}").as_bytes(), &path);
        path
    }

    /// Gives a command the sandbox as its world.
    pub(crate) fn settle(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .current_dir(self.folder.path())
            .env("HOME", self.path("home"))
            .env("KUBECONFIG", self.file())
            .env("BOWLINE_STATE", self.path("state"))
            .env("BOWLINE_CONFIG", self.path("config.toml"))
            .env("BOWLINE_KUBECTL", &self.kubectl)
            .env("PATH", self.path("bin"))
            .env("TMPDIR", self.path("tmp"))
            // The user's own settings would be part of the test.
            .env("KUBERC", "off");
        command
    }

    /// A call of bowline.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.settle(Command::new(env!("CARGO_BIN_EXE_bowline")));
        command.args(arguments);
        command
    }

    #[track_caller]
    pub(crate) fn bowline(&self, arguments: &[&str]) -> Outcome {
        run(self.command(arguments), b"")
    }

    /// `bowline config`.
    #[track_caller]
    pub(crate) fn config(&self, arguments: &[&str]) -> Outcome {
        self.bowline(&[&["config"], arguments].concat())
    }

    /// The changes that `bowline history` lists.
    #[track_caller]
    pub(crate) fn history(&self) -> Vec<serde_json::Value> {
        let listed = self.bowline(&["history", "-o", "json"]).expect(0);
        let value: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
        assert_eq!(value["schema"], 1);
        value["changes"].as_array().unwrap().clone()
    }

    /// What lies beside the kubeconfig.
    pub(crate) fn beside(&self) -> Vec<String> {
        super::names(&self.path("home/.kube"))
    }

    /// Bowline with this on its standard input.
    #[track_caller]
    pub(crate) fn feed(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Outcome {
        run(self.command(arguments), input.as_ref())
    }

    /// Bowline with another KUBECONFIG.
    #[track_caller]
    pub(crate) fn bowline_on(&self, chain: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Outcome {
        let mut command = self.command(args);
        command.env("KUBECONFIG", chain.as_ref());
        run(command, b"")
    }

    /// The plain kubectl.
    #[track_caller]
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.settle(Command::new(&self.kubectl));
        command.args(arguments);
        run(command, b"")
    }

    /// Takes whom the cluster of a kubeconfig's current context sees there: its `userInfo`. Asked in a way that
    /// every kubectl knows: `auth whoami` came with 1.26.
    #[track_caller]
    pub(crate) fn who(&self, kubeconfig: impl AsRef<Path>) -> serde_json::Value {
        let path = self.path("review.json");
        let review = r#"{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}"#;
        fs::write(&path, review).unwrap();
        let mut command = self.settle(Command::new(&self.kubectl));
        command.arg("--kubeconfig").arg(kubeconfig.as_ref());
        command.args(["create", "--raw"]);
        command.arg("/apis/authentication.k8s.io/v1/selfsubjectreviews");
        command.arg("-f").arg(path);
        let said = run(command, b"").expect(0);
        let review: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        review["status"]["userInfo"].clone()
    }
}

/// Puts a program where it can be run. By another process: while this one has it open for writing, a test in
/// another thread may fork, and nobody could run it ("text file busy") until that child runs a program.
#[track_caller]
pub(crate) fn install(from: &str, input: &[u8], to: &Path) {
    let mut command = Command::new("install");
    command.args(["-m", "755", from]).arg(to);
    run(command, input).expect(0);
}
