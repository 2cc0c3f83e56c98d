//! `bowline ls`.

use std::fs;
use std::fs::File;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;
use serde_json::json;

use crate::support::Outcome;
use crate::support::Sandbox;

const FILE: &str = "\
clusters:
- name: lab
  cluster: {server: 'https://10.0.0.1:16443'}
- name: cloud
  cluster: {server: 'https://me:hunter2@cloud.example'}
users:
- name: admin
  user: {token: hunter2}
contexts:
- name: prod-us
  context: {cluster: cloud, user: admin, namespace: web}
- name: Prod-eu
  context: {cluster: cloud, user: admin}
- name: dev
  context: {cluster: lab, user: admin}
- name: broken
  context: {cluster: missing, user: admin}
current-context: dev
";

/// A sandbox whose kubeconfig was written five days and some hours ago.
fn sandbox(text: &str) -> Sandbox {
    let sandbox = Sandbox::with(text);
    written(&sandbox, "kubeconfig", 5);
    sandbox
}

fn written(sandbox: &Sandbox, name: &str, days: u64) {
    let file = match name {
        "kubeconfig" => sandbox.file(),
        other => sandbox.path(other),
    };
    let file = File::options().append(true).open(file).unwrap();
    let time = SystemTime::now() - Duration::from_hours(24 * days + 2);
    file.set_modified(time).unwrap();
}

/// What it printed, with the sandbox's folder taken out.
fn said(sandbox: &Sandbox, outcome: &Outcome) -> String {
    let folder = sandbox.path("");
    outcome.stdout.replace(folder.to_str().unwrap(), "/")
}

fn names(sandbox: &Sandbox, patterns: &[&str]) -> Vec<String> {
    let arguments = [&["ls", "-o", "name"], patterns].concat();
    let listed = sandbox.bowline(&arguments).expect(0);
    listed.stdout.lines().map(str::to_owned).collect()
}

fn contexts(outcome: &Outcome) -> Vec<Value> {
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    value["contexts"].as_array().unwrap().clone()
}

#[test]
fn the_table_says_where_contexts_lead_and_where_they_stand() {
    let sandbox = sandbox(FILE);
    let listed = sandbox.bowline(&["ls"]).expect(0).never_says("hunter2");
    insta::assert_snapshot!(said(&sandbox, &listed), @r"
    CURRENT   NAME      SERVER                           USER    NAMESPACE   AGE   FILE
              Prod-eu   https://REDACTED@cloud.example   admin               5d    /home/.kube/config
              broken                                     admin               5d    /home/.kube/config
    *         dev       https://10.0.0.1:16443           admin               5d    /home/.kube/config
              prod-us   https://REDACTED@cloud.example   admin   web         5d    /home/.kube/config
    ");
    assert_eq!(listed.stderr, "");
    sandbox.settings("[labels]\ndev = ['hot', 'lab']\n[aliases]\nd = 'dev'\n");
    let wide = sandbox.bowline(&["ls", "-o", "wide", "dev"]).expect(0);
    insta::assert_snapshot!(said(&sandbox, &wide), @r"
    CURRENT   NAME   CLUSTER   SERVER                   USER    NAMESPACE   AGE   LABELS    ALIASES   FILE
    *         dev    lab       https://10.0.0.1:16443   admin               5d    hot,lab   d         /home/.kube/config
    ");
}

#[test]
fn patterns_choose() {
    let sandbox = sandbox(FILE);
    sandbox.settings("[labels]\ndev = ['hot']\nbroken = ['Hot']\n[aliases]\nd = 'prod-us'\n");
    assert_eq!(
        names(&sandbox, &[]),
        ["Prod-eu", "broken", "dev", "prod-us"]
    );
    assert_eq!(names(&sandbox, &["PROD"]), ["Prod-eu", "prod-us"]);
    assert_eq!(
        names(&sandbox, &["prod-?s", "label:hot"]),
        ["broken", "dev", "prod-us"]
    );
    assert_eq!(names(&sandbox, &["d"]), ["Prod-eu", "dev", "prod-us"]);
    for (pattern, says) in [
        ("porduct", "there is no context porduct in"),
        ("prod-uss", "did you mean prod-us"),
        ("x*", "there are: Prod-eu, broken, dev, prod-us"),
        (
            "label:cold",
            "has the label cold: `bowline label` lists them",
        ),
    ] {
        let refused = sandbox
            .bowline(&["ls", "dev", pattern])
            .expect(6)
            .says(says);
        assert_eq!(refused.stdout, "");
    }
}

#[test]
fn programs_get_everything() {
    let sandbox = sandbox(FILE);
    sandbox.settings("[labels]\ndev = ['hot']\n[aliases]\nd = 'dev'\n");
    let listed = sandbox.bowline(&["ls", "-o", "json"]).expect(0);
    let listed = contexts(&listed.never_says("hunter2"));
    let changed = fs::metadata(sandbox.file()).unwrap().modified().unwrap();
    let changed = changed
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(
        listed[2],
        json!({
            "name": "dev", "current": true, "cluster": "lab", "server": "https://10.0.0.1:16443",
            "user": "admin", "namespace": null, "file": sandbox.file(), "changed": changed,
            "labels": ["hot"], "aliases": ["d"],
        })
    );
    assert_eq!(listed[1]["server"], Value::Null);
    assert_eq!(listed[3]["namespace"], "web");
    let yaml = sandbox.bowline(&["ls", "-o", "yaml", "dev"]).expect(0);
    yaml.says("name: dev").says("schema: 1");
}

#[test]
fn a_terminal_sees_its_own_choice_and_not_the_file_that_keeps_it() {
    let sandbox = sandbox(FILE);
    let sessions = sandbox.path("state/sessions");
    fs::create_dir_all(&sessions).unwrap();
    let session = sessions.join("1-1.bowline-session.json");
    let chosen = r#"{"current-context": "prod-us", "contexts": [
        {"name": "prod-us", "context": {"cluster": "cloud", "user": "admin", "namespace": "shop"}},
        {"name": "fresh", "context": {"cluster": "new", "user": "admin"}}],
        "clusters": [{"name": "new", "cluster": {"server": "https://10.9.9.9"}}]}"#;
    fs::write(&session, chosen).unwrap();
    let chain = std::env::join_paths([&session, &sandbox.file()]).unwrap();
    let listed = sandbox.bowline_on(&chain, &["ls", "-o", "json"]).expect(0);
    let listed = contexts(&listed.never_says("bowline-session"));
    let of = |name: &str| listed.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(of("prod-us")["current"], true);
    assert_eq!(of("prod-us")["namespace"], "shop");
    assert_eq!(of("prod-us")["file"], json!(sandbox.file()));
    assert_eq!(of("dev")["current"], false);
    assert_eq!(of("fresh")["server"], "https://10.9.9.9");
    assert_eq!(of("fresh")["file"], Value::Null);
    // One named file is that file alone.
    let file = sandbox.file();
    let alone = ["ls", "-o", "json", "--kubeconfig", file.to_str().unwrap()];
    let alone = contexts(&sandbox.bowline_on(&chain, &alone).expect(0));
    let current: Vec<_> = alone.iter().filter(|it| it["current"] == true).collect();
    assert_eq!((alone.len(), current.len()), (4, 1));
    assert_eq!(current[0]["name"], "dev");
}

#[test]
fn names_are_shown_and_drive_nothing() {
    let text = r#"{"contexts": [
        {"name": "$(touch owned)", "context": {"cluster": "c\u001b[31m", "user": "u", "namespace": "n\u001b]0;x\u0007"}},
        {"name": "日本語", "context": {"cluster": "c", "user": "u"}},
        {"name": "e\u001b[2J", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://x\u001b[2J"}}]}"#;
    let sandbox = sandbox(text);
    for format in ["table", "wide", "json", "yaml"] {
        let listed = sandbox.bowline(&["ls", "-o", format]).expect(0);
        let listed = listed.says("$(touch owned)").says("日本語");
        assert!(
            !listed.stdout.contains(['\u{1b}', '\u{7}']),
            "{}",
            listed.stdout
        );
    }
    let listed = sandbox.bowline(&["ls"]).expect(0);
    insta::assert_snapshot!(said(&sandbox, &listed), @r"
    CURRENT   NAME             SERVER             USER   NAMESPACE       AGE   FILE
              $(touch owned)                      u      n\x1b]0;x\x07   5d    /home/.kube/config
              e\x1b[2J         https://x\x1b[2J   u                      5d    /home/.kube/config
              日本語           https://x\x1b[2J   u                      5d    /home/.kube/config
    ");
    // A program needs the name itself.
    assert_eq!(names(&sandbox, &["e\u{1b}"]), ["e\u{1b}[2J"]);
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn the_first_of_several_files_wins_and_folders_stand_behind() {
    let sandbox = sandbox(FILE);
    let second = sandbox.path("second");
    let text = "contexts:\n- name: dev\n  context: {cluster: other}\n- name: two\n  context: {cluster: lab}\n\
                clusters:\n- name: lab\n  cluster: {server: 'https://10.0.0.2'}\n";
    fs::write(&second, text).unwrap();
    written(&sandbox, "second", 40);
    let more = sandbox.path("more");
    fs::create_dir_all(&more).unwrap();
    fs::write(more.join("m.yaml"), text.replace("two", "three")).unwrap();
    sandbox.settings(&format!("dirs = ['{}']\n", more.display()));
    let chain = std::env::join_paths([sandbox.file(), second]).unwrap();
    let call = ["ls", "dev", "t*"];
    let listed = sandbox.bowline_on(&chain, &call).expect(0);
    let shown = said(&sandbox, &listed);
    let row = |name: &str| {
        let mut rows = shown
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        rows.find(|row| row.contains(&name)).unwrap()
    };
    assert_eq!(row("dev").last(), Some(&"/home/.kube/config"));
    assert_eq!(row("dev")[2], "https://10.0.0.1:16443");
    assert_eq!(
        row("two"),
        ["two", "https://10.0.0.1:16443", "40d", "/second"]
    );
    assert_eq!(row("three").last(), Some(&"/more/m.yaml"));
}

#[test]
fn a_large_file_says_the_same() {
    let clusters: Vec<_> = (0..300)
        .map(|n| format!("- cluster:\n    server: https://me:hunter2@10.0.0.{n}\n  name: c{n}\n"))
        .collect();
    let contexts: Vec<_> = (0..300)
        .map(|n| format!("- context:\n    cluster: c{n}\n    user: u\n  name: n{n}\n"))
        .collect();
    let text = format!(
        "apiVersion: v1\nclusters:\n{}contexts:\n{}current-context: n7\nkind: Config\nusers: []\n",
        clusters.concat(),
        contexts.concat()
    );
    let large = sandbox(&text);
    // The same in a style that has to be parsed.
    let parsed = sandbox(&format!("{text}# \u{e9}\n"));
    let listed = |sandbox: &Sandbox| {
        let listed = sandbox.bowline(&["ls"]).expect(0).never_says("hunter2");
        said(sandbox, &listed)
    };
    assert_eq!(listed(&large), listed(&parsed));
    assert_eq!(listed(&large).lines().count(), 301);
    assert!(listed(&large).contains("REDACTED@10.0.0.299"));
}

#[test]
fn where_there_is_nothing_it_says_what_to_do() {
    let sandbox = sandbox("{}\n");
    let listed = sandbox
        .bowline(&["ls"])
        .expect(0)
        .says("has no contexts: take one in with `bowline add FILE`");
    assert_eq!(listed.stdout, "");
    let empty = contexts(&sandbox.bowline(&["ls", "-o", "json"]).expect(0));
    assert_eq!(empty, Vec::<Value>::new());
    sandbox.bowline(&["ls", "x"]).expect(6).says("bowline add");
    sandbox
        .bowline(&["ls", "--kubeconfig", "absent"])
        .expect(6)
        .says("absent does not exist");
    sandbox.write(FILE.replace("current-context: dev", "current-context: gone"));
    sandbox
        .bowline(&["ls"])
        .expect(0)
        .says("the current context gone does not exist: choose one with `bowline use`");
    sandbox.write("contexts: [\n");
    sandbox.bowline(&["ls"]).expect(6).says("config: line 2");
}
