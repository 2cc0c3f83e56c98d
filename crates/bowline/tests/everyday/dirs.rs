//! `bowline dirs` and `bowline env`: more kubeconfigs behind those of KUBECONFIG.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;
use crate::support::skip;

/// A kubeconfig with one context of this name.
fn kubeconfig(name: &str) -> String {
    format!(
        "clusters:\n- name: {name}\n  cluster: {{server: 'https://127.0.0.1:1'}}\n\
         contexts:\n- name: {name}\n  context: {{cluster: {name}, user: {name}}}\n\
         users:\n- name: {name}\n  user: {{token: t}}\n"
    )
}

/// A sandbox with one context in the kubeconfig and a folder of two more.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(kubeconfig("own") + "current-context: own\n");
    for (name, text) in [
        ("more/a.yaml", kubeconfig("a")),
        ("more/b.yaml", kubeconfig("b")),
        ("more/broken.yaml", "contexts: [\n".to_owned()),
        ("more/notes.txt", "- milk\n".to_owned()),
        ("more/.hidden", kubeconfig("hidden")),
        ("more/a.yaml.lock", String::new()),
    ] {
        let path = sandbox.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    sandbox
}

fn contexts(sandbox: &Sandbox) -> Vec<String> {
    let listed = sandbox.config(&["get-contexts", "-o", "name"]).expect(0);
    let mut names: Vec<String> = listed.stdout.lines().map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn a_folder_stands_behind_the_kubeconfig_for_bowline_and_for_kubectl() {
    let sandbox = sandbox();
    assert_eq!(contexts(&sandbox), ["own"]);
    let added = sandbox.bowline(&["dirs", "add", "more"]).expect(0);
    let added = added
        .says("broken.yaml: no kubeconfig: line")
        .says("notes.txt: no kubeconfig");
    added.never_says(".hidden").never_says(".lock");
    assert_eq!(contexts(&sandbox), ["a", "b", "own"]);
    // kubectl itself, by way of k.
    let failed = sandbox.bowline(&["k", "--context", "b", "get", "nodes"]);
    assert_ne!(failed.code, Some(0));
    failed
        .says("127.0.0.1:1")
        .never_says("context \"b\" does not exist");
    // One named file is that file alone.
    let own = sandbox.file();
    let alone = [
        "--kubeconfig",
        own.to_str().unwrap(),
        "get-contexts",
        "-o",
        "name",
    ];
    assert_eq!(sandbox.config(&alone).expect(0).stdout, "own\n");
}

#[test]
fn a_change_goes_to_the_file_that_has_the_entry() {
    let sandbox = sandbox();
    sandbox.bowline(&["dirs", "add", "more"]).expect(0);
    sandbox
        .config(&["set-context", "b", "--namespace=x"])
        .expect(0);
    assert!(
        fs::read_to_string(sandbox.path("more/b.yaml"))
            .unwrap()
            .contains("namespace: x")
    );
    sandbox
        .config(&["set-cluster", "new", "--server=https://h"])
        .expect(0);
    assert!(sandbox.text().contains("name: new"));
}

#[test]
fn sources_are_listed_for_people_and_for_programs() {
    let sandbox = sandbox();
    sandbox.bowline(&["dirs"]).expect(0).says("no sources");
    sandbox
        .bowline(&["dirs", "add", "more", "*/a.yaml"])
        .expect(0);
    let table = sandbox.bowline(&["dirs"]).expect(0).stdout;
    let row = table.lines().find(|line| line.contains("/more ")).unwrap();
    let cells: Vec<_> = row.split_whitespace().skip(1).collect();
    assert_eq!(cells, ["folder", "2", "2", "4"], "{table}");
    // The pattern gives nothing new, and says so.
    assert!(
        table.contains("a.yaml: it is in the list already"),
        "{table}"
    );
    let listed = sandbox.bowline(&["dirs", "-o", "json"]).expect(0);
    let value: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    let files = value["sources"][0]["files"].as_array().unwrap();
    assert_eq!(files.len(), 6, "{value:#}");
    assert_eq!(files[2]["contexts"], Value::Null);
    assert_eq!(files[2]["skipped"], "a lock");
}

#[test]
fn sources_are_removed_by_either_spelling_and_undone() {
    let sandbox = sandbox();
    let before = fs::read(sandbox.path("config.toml")).unwrap();
    sandbox.bowline(&["dirs", "add", "./more/"]).expect(0);
    sandbox
        .bowline(&["dirs", "remove", "nowhere"])
        .expect(6)
        .says("is no source");
    sandbox.bowline(&["dirs", "remove", "more"]).expect(0);
    assert_eq!(contexts(&sandbox), ["own"]);
    assert_eq!(fs::read(sandbox.path("config.toml")).unwrap(), before);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(contexts(&sandbox), ["a", "b", "own"]);
    assert_eq!(names(&sandbox.path("more")).len(), 6);
}

#[test]
fn a_slip_is_refused_and_nothing_is_kept() {
    let sandbox = sandbox();
    let before = fs::read(sandbox.path("config.toml")).unwrap();
    for (argument, said) in [
        ("mroe", "does not exist"),
        ("more/broken.yaml", "no kubeconfig"),
    ] {
        sandbox
            .bowline(&["dirs", "add", argument])
            .expect(6)
            .says(said);
    }
    assert_eq!(fs::read(sandbox.path("config.toml")).unwrap(), before);
}

#[test]
fn what_is_gone_later_is_no_error() {
    let sandbox = sandbox();
    sandbox.bowline(&["dirs", "add", "more"]).expect(0);
    fs::remove_dir_all(sandbox.path("more")).unwrap();
    assert_eq!(contexts(&sandbox), ["own"]);
    sandbox
        .bowline(&["dirs"])
        .expect(0)
        .says("gone")
        .stays_plain();
    sandbox.bowline(&["dirs", "remove", "more"]).expect(0);
}

#[test]
fn in_a_home_folder_sources_are_kept_with_a_tilde() {
    let sandbox = sandbox();
    fs::write(sandbox.path("home/.kube/eu.yaml"), kubeconfig("eu")).unwrap();
    fs::create_dir(sandbox.path("home/cluster")).unwrap();
    fs::write(sandbox.path("home/cluster/us.yaml"), kubeconfig("us")).unwrap();
    let folder = sandbox.path("home/cluster");
    sandbox
        .bowline(&["dirs", "add", folder.to_str().unwrap(), "~/.kube/*.yaml"])
        .expect(0);
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert!(
        settings.contains("dirs = [\"~/cluster\", \"~/.kube/*.yaml\"]"),
        "{settings}"
    );
    assert_eq!(contexts(&sandbox), ["eu", "own", "us"]);
}

#[test]
fn settings_that_are_damaged_stop_nobody_who_has_no_dirs() {
    let sandbox = sandbox();
    sandbox.settings("this is no toml\n");
    assert_eq!(contexts(&sandbox), ["own"]);
    sandbox.settings("dirs = 3\n");
    // kubectl's exit code.
    sandbox
        .config(&["get-contexts"])
        .expect(1)
        .says("config.toml");
    // And kubectl runs all the same.
    sandbox
        .bowline(&["k", "version", "--client"])
        .expect(0)
        .says("config.toml");
}

/// Runs a script of a shell that has to hand KUBECONFIG on unchanged; `None` where there is no such shell.
fn value_in_shell(sandbox: &Sandbox, shell: &str, chain: &std::ffi::OsStr) -> Option<Vec<u8>> {
    let program = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(shell));
    let program = program.into_iter().find(|path| path.exists());
    let Some(program) = program else {
        skip(
            "dirs::every_shell_takes_a_hostile_list",
            &format!("no {shell}"),
        );
        return None;
    };
    let mut command = sandbox.command(&["env", &format!("--shell={shell}")]);
    command.env("KUBECONFIG", chain);
    let written = command.output().unwrap();
    assert!(written.status.success(), "{written:?}");
    let script = sandbox.path("script");
    let print = "\n/usr/bin/env -0\n";
    let print = if shell == "elvish" {
        print.replace("/usr/bin/env", "e:/usr/bin/env")
    } else {
        print.to_owned()
    };
    fs::write(&script, [&written.stdout, print.as_bytes()].concat()).unwrap();
    let mut command = sandbox.settle(Command::new(program));
    command.arg(&script).env_remove("KUBECONFIG");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{shell}: {output:?}");
    let mut variables = output.stdout.split(|byte| *byte == 0);
    let value = variables.find_map(|variable| variable.strip_prefix(b"KUBECONFIG="));
    Some(value.unwrap_or_default().to_vec())
}

#[test]
fn every_shell_takes_a_hostile_list() {
    let sandbox = sandbox();
    let hostile = "/a b/$(touch owned)`touch owned`'\"\\'';\n&|*~{x}#!%\u{2019}\u{1f6a2}:/é";
    for shell in ["bash", "zsh", "fish", "elvish"] {
        if let Some(value) = value_in_shell(&sandbox, shell, hostile.as_ref()) {
            assert_eq!(String::from_utf8_lossy(&value), hostile, "{shell}");
        }
    }
    let raw = std::ffi::OsStr::from_bytes(b"/\xff\xfe'\\x");
    for shell in ["bash", "zsh", "elvish"] {
        if let Some(value) = value_in_shell(&sandbox, shell, raw) {
            assert_eq!(value, raw.as_bytes(), "{shell}");
        }
    }
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn the_list_is_given_to_other_programs() {
    let sandbox = sandbox();
    sandbox.bowline(&["dirs", "add", "more"]).expect(0);
    let list = sandbox
        .bowline(&["env", "--shell", "plain"])
        .expect(0)
        .stdout;
    let mut command = sandbox.settle(Command::new(sandbox.kubectl_path()));
    command.env("KUBECONFIG", list.trim_end());
    command.args(["config", "get-contexts", "-o", "name"]);
    let listed = run(command, b"").expect(0).stdout;
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, ["a", "b", "own"]);
    let value = sandbox
        .bowline(&["env", "--shell", "json"])
        .expect(0)
        .stdout;
    let value: Value = serde_json::from_str(&value).unwrap();
    assert_eq!(value["KUBECONFIG"], list.trim_end());
    assert_eq!(value["files"].as_array().unwrap().len(), 3);
    assert_eq!(value["session"], false);
}

#[test]
fn a_session_stands_first_in_the_list() {
    let sandbox = sandbox();
    sandbox.bowline(&["dirs", "add", "more"]).expect(0);
    let session = sandbox.path("state/sessions/1-1.bowline-session.json");
    fs::create_dir_all(session.parent().unwrap()).unwrap();
    fs::write(&session, r#"{"current-context": "a"}"#).unwrap();
    let chain = std::env::join_paths([session.clone(), sandbox.file()]).unwrap();
    let value = sandbox
        .bowline_on(&chain, &["env", "--shell", "json"])
        .expect(0)
        .stdout;
    let value: Value = serde_json::from_str(&value).unwrap();
    assert_eq!(value["files"][0], session.to_str().unwrap());
    assert_eq!(value["session"], true);
    let current = sandbox
        .bowline_on(&chain, &["config", "current-context"])
        .expect(0);
    assert_eq!(current.stdout, "a\n");
}
