//! Of several kubectls, `k` runs the one that fits the server.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use testnode::Cluster;
use testnode::Node;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::install;
use crate::support::place;
use crate::support::run;

const BOWLINE: &str = env!("CARGO_BIN_EXE_bowline");

struct Scene {
    sandbox: Sandbox,
    /// What is on PATH.
    folders: Vec<PathBuf>,
    _node: Node,
}

impl Scene {
    /// A server so new that no kubectl of the machine that runs the tests fits it.
    fn new() -> Self {
        let cluster = Cluster::builder()
            .git_version("v1.90.2")
            .anonymous(true)
            .build();
        let node = Node::start(&cluster, place()).unwrap();
        Self {
            sandbox: Sandbox::with(cluster.kubeconfig(&node.url())),
            folders: Vec::new(),
            _node: node,
        }
    }

    /// The next folder on PATH, with nothing in it.
    fn folder(&mut self) -> PathBuf {
        let folder = self.sandbox.path(&format!("path-{}", self.folders.len()));
        fs::create_dir(&folder).unwrap();
        self.folders.push(folder.clone());
        folder.join("kubectl")
    }

    /// A stand-in that answers with a version, and says that it was run.
    fn kubectl(&mut self, version: &str) -> PathBuf {
        let path = self.folder();
        // As kubectl 1.33 prints it.
        let script = format!(
            "#!/bin/sh\n\
             echo \"$*\" >> '{log}'\n\
             case \"$*\" in\n\
             'version --client -o json') echo '{{\"clientVersion\": {{\"gitVersion\": \"{version}\"}}}}' ;;\n\
             'get it --tls-server-name=kubernetes.default.svc') echo 'ran {version}' ;;\n\
             *) echo \"unexpected: $*\" >&2; exit 3 ;;\n\
             esac\n",
            log = log(&path).display(),
        );
        install("/dev/stdin", script.as_bytes(), &path);
        path
    }

    fn command(&self) -> Command {
        let mut command = self.sandbox.command(&["k", "get", "it"]);
        command.env_remove("BOWLINE_KUBECTL");
        command.env("PATH", std::env::join_paths(&self.folders).unwrap());
        command
    }

    #[track_caller]
    fn k(&self) -> Outcome {
        run(self.command(), b"").expect(0)
    }

    /// Lets a day pass for what was said.
    fn next_day(&self) {
        let file = self.sandbox.path("state/kubectl.json");
        let mut value: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let said = value["said"].as_array_mut().unwrap();
        assert!(!said.is_empty());
        for said in said {
            said["at"] = (said["at"].as_u64().unwrap() - 24 * 60 * 60 - 1).into();
        }
        fs::write(&file, value.to_string()).unwrap();
    }
}

fn log(kubectl: &Path) -> PathBuf {
    kubectl.with_file_name("log")
}

/// How often a stand-in was asked for its version.
fn asked(kubectl: &Path) -> usize {
    let log = fs::read_to_string(log(kubectl)).unwrap_or_default();
    log.lines().filter(|it| it.starts_with("version ")).count()
}

#[test]
fn the_one_that_fits_is_run_and_told_once_a_day() {
    let mut scene = Scene::new();
    let old = scene.kubectl("v1.20.4");
    let fits = scene.kubectl("v1.89.1");
    let newest = scene.kubectl("v1.99.0");
    let said = format!(
        "kubectl 1.20.4 ({}) does not fit server 1.90: 1.89.1 ({}) is used",
        old.display(),
        fits.display()
    );
    scene.k().says("ran v1.89.1").says(&said);
    for _ in 0..3 {
        scene.k().says("ran v1.89.1").never_says("does not fit");
    }
    // What is known is not asked, and what need not be known either.
    assert_eq!([asked(&old), asked(&fits), asked(&newest)], [1, 1, 0]);
    scene.next_day();
    scene.k().says(&said);
    // Another program in its place is asked anew.
    install(newest.to_str().unwrap(), b"", &old);
    scene.k().says("ran v1.89.1").says("kubectl 1.99.0");
}

#[test]
fn where_none_fits_the_first_is_run_and_that_is_told_once_a_day() {
    let mut scene = Scene::new();
    scene.kubectl("v1.20.4");
    scene.kubectl("v1.99.0");
    let said = "install one of 1.89 to 1.91";
    scene.k().says("ran v1.20.4").says(said);
    scene.k().says("ran v1.20.4").never_says("install");
    scene.next_day();
    scene.k().says(said);
}

#[test]
fn links_to_bowline_and_copies_of_it_are_no_kubectl() {
    let mut scene = Scene::new();
    symlink(BOWLINE, scene.folder()).unwrap();
    install(BOWLINE, b"", &scene.folder());
    let only = scene.kubectl("v1.20.4");
    symlink(&only, scene.folder()).unwrap();
    scene.k().says("ran v1.20.4").never_says("does not fit");
    assert_eq!(asked(&only), 0, "there is no choice");
}

#[test]
fn the_one_that_the_user_names_is_not_questioned() {
    let mut scene = Scene::new();
    let old = scene.kubectl("v1.20.4");
    let fits = scene.kubectl("v1.90.0");
    let mut command = scene.command();
    command.env("BOWLINE_KUBECTL", &old);
    let said = run(command, b"").expect(0);
    said.says("ran v1.20.4").never_says("does not fit");
    assert_eq!([asked(&old), asked(&fits)], [0, 0]);
}

#[test]
fn the_first_is_run_where_it_does_not_tell_its_version() {
    let mut scene = Scene::new();
    let path = scene.folder();
    let script = "#!/bin/sh\ncase \"$1\" in get) echo 'ran silent' ;; *) exit 1 ;; esac\n";
    install("/dev/stdin", script.as_bytes(), &path);
    scene.kubectl("v1.90.0");
    scene.k().says("ran silent").never_says("does not fit");
}
