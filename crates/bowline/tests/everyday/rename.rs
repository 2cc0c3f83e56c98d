//! `bowline rename`: everything that names the context follows, and nothing else changes by a byte.

use std::fs;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::utf16;

#[test]
fn every_reference_follows_and_every_comment_stays() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    sandbox
        .bowline(&["rename", "dev", "vm", "--all", "--dry-run"])
        .expect(0)
        .says("nothing was changed")
        .never_says(cluster.admin_token());
    assert_eq!(sandbox.text(), before);
    sandbox
        .bowline(&["rename", "dev", "vm", "--all"])
        .expect(0)
        .says("renamed context dev, cluster microk8s, user admin to vm");
    let lines = |text: &str| text.lines().count();
    let after = sandbox.text();
    assert_eq!(lines(&after), lines(&before));
    let differing = before.lines().zip(after.lines()).filter(|(a, b)| a != b);
    let differing: Vec<_> = differing.map(|(_, after)| after.trim()).collect();
    assert_eq!(differing.len(), 4, "{differing:#?}");
    assert!(after.contains("# the VM") && after.contains("# The one that moves."));
    let get = sandbox.kubectl(&["get", "ns"]);
    get.expect(0).says("kube-system");
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn only_the_names_change_in_any_encoding() {
    let before = "# top\ncontexts:\n- name: a # one\n  context: {cluster: c, user: u}\n- context:\n    cluster: c\n  name: \"b\"\ncurrent-context: a # here\n";
    let after = before
        .replace("name: a #", "name: new #")
        .replace("current-context: a", "current-context: new");
    let dos = |text: &str| text.replace('\n', "\r\n");
    for (before, after) in [
        (before.as_bytes().to_vec(), after.as_bytes().to_vec()),
        (dos(before).into_bytes(), dos(&after).into_bytes()),
        (utf16(before), utf16(&after)),
    ] {
        let sandbox = Sandbox::with(&before);
        sandbox.bowline(&["rename", "a", "new"]).expect(0);
        assert_eq!(sandbox.bytes(), after);
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.bytes(), before);
    }
}

#[test]
fn other_files_config_toml_and_terminals_follow() {
    let sandbox = Sandbox::with(
        "contexts:\n- name: a\n  context: {cluster: c, user: u}\nusers:\n- {name: u, user: {}}\n",
    );
    let second = sandbox.path("second");
    let text = "# second\nclusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\ncurrent-context: a\n";
    fs::write(&second, text).unwrap();
    let sessions = sandbox.path("state/sessions");
    fs::create_dir_all(&sessions).unwrap();
    let mine = sessions.join("1-1.bowline-session.json");
    let other = sessions.join("2-2.bowline-session.json");
    let chosen = r#"{"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "n"}}]}"#;
    fs::write(&mine, chosen).unwrap();
    fs::write(&other, r#"{"current-context": "b"}"#).unwrap();
    let settings = "# mine\n[labels]\na = ['x'] # kept\n[aliases]\ns = 'a'\n[clusters.c]\nfollow = false\n[protect.a]\n";
    sandbox.settings(settings);
    let chain = std::env::join_paths([&mine, &sandbox.file(), &second]).unwrap();
    let before = sandbox.text();
    let call = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("KUBECONFIG", &chain);
        run(command, b"")
    };
    call(&["rename", "a", "z", "--all"]).expect(0);
    assert_eq!(
        sandbox.text(),
        "contexts:\n- name: z\n  context: {cluster: z, user: z}\nusers:\n- {name: z, user: {}}\n"
    );
    let expected = text
        .replace("name: c,", "name: z,")
        .replace("current-context: a", "current-context: z");
    assert_eq!(fs::read_to_string(&second).unwrap(), expected);
    let settings_now = || fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(
        settings_now(),
        "# mine\n[labels]\nz = ['x'] # kept\n[aliases]\ns = \"z\"\n[clusters.z]\nfollow = false\n[protect.z]\n"
    );
    let session: serde_json::Value = serde_json::from_slice(&fs::read(&mine).unwrap()).unwrap();
    assert_eq!(session["current-context"], "z");
    assert_eq!(session["contexts"][0]["name"], "z");
    assert_eq!(session["contexts"][0]["context"]["cluster"], "z");
    assert_eq!(session["contexts"][0]["context"]["namespace"], "n");
    let other = fs::read_to_string(&other).unwrap();
    assert_eq!(other, r#"{"current-context": "b"}"#);
    // One change; a terminal that has ended does not stand in the way of taking it back.
    assert_eq!(sandbox.history().len(), 1);
    fs::remove_file(&mine).unwrap();
    call(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
    assert_eq!(fs::read_to_string(&second).unwrap(), text);
    assert_eq!(settings_now(), settings);
}

#[test]
fn a_file_that_stands_twice_in_the_chain_is_one() {
    let text = "contexts:\n- {name: a, context: {cluster: c, user: u}}\nclusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {}}\ncurrent-context: a\n";
    let sandbox = Sandbox::with(text);
    let settings = "[aliases]\ns = \"a\"\n";
    sandbox.settings(settings);
    let link = sandbox.path("link");
    std::os::unix::fs::symlink(sandbox.file(), &link).unwrap();
    let folder = sandbox.file().parent().unwrap().to_owned();
    let dotted = folder.join(".").join(sandbox.file().file_name().unwrap());
    for other in [link, dotted] {
        let chain = std::env::join_paths([&sandbox.file(), &other]).unwrap();
        let call = |arguments: &[&str]| sandbox.bowline_on(&chain, arguments);
        for arguments in [
            &["rename", "a", "z"][..],
            &["rename", "a", "z", "--all"],
            &["copy", "a", "z"],
            &["rm", "a", "--yes"],
            &["dedupe", "--apply"],
        ] {
            call(arguments).expect(0).never_says("another program");
            if arguments[0] != "dedupe" {
                assert_ne!(sandbox.text(), text, "{arguments:?}");
                call(&["undo"]).expect(0);
            }
            assert_eq!(sandbox.text(), text, "{arguments:?}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let text = "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {}}\n- {name: taken, user: {}}\ncontexts:\n- {name: alpha, context: {cluster: c, user: u}}\n- {name: beta, context: {cluster: c, user: gone}}\n";
    let sandbox = Sandbox::with(text);
    for (arguments, code, word) in [
        (&["alhpa", "x"][..], 6, "did you mean alpha?"),
        (&["alpha", "beta"], 6, "exists already"),
        (&["alpha", " "], 2, "blank"),
        (&["alpha", "x", "--all"], 6, "also that of beta"),
        (
            &["beta", "x", "--all", "--shared"],
            6,
            "user gone does not exist",
        ),
        (
            &["alpha", "taken", "--all", "--shared"],
            6,
            "user taken exists",
        ),
        (&["alpha", "x", "--shared"], 2, "--all"),
        (&["zzz\u{1b}[2J", "x"], 6, "there are: alpha, beta"),
    ] {
        let outcome = sandbox.bowline(&[&["rename"], arguments].concat());
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:#?}");
        outcome.says(word).stays_plain();
        assert_eq!(sandbox.text(), text);
    }
    sandbox
        .bowline(&["rename", "alpha", "x", "--all", "--shared"])
        .expect(0);
    assert_eq!(
        sandbox.text(),
        text.replace("c, cluster: {s", "x, cluster: {s")
            .replace("name: u,", "name: x,")
            .replace(
                "{name: alpha, context: {cluster: c, user: u}}",
                "{name: x, context: {cluster: x, user: x}}"
            )
            .replace("cluster: c, user: gone", "cluster: x, user: gone")
    );
}

#[test]
fn an_anchor_and_a_lock_are_told_well() {
    let shared = "base: &b {cluster: c, user: u}\nclusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {}}\ncontexts:\n- {name: a, context: *b}\n";
    let sandbox = Sandbox::with(shared);
    sandbox
        .bowline(&["rename", "a", "z", "--all"])
        .expect(6)
        .says("line 1")
        .says("write that entry out in full");
    assert_eq!(sandbox.text(), shared);
    fs::write(sandbox.path("home/.kube/config.lock"), "").unwrap();
    sandbox
        .bowline(&["rename", "a", "z"])
        .expect(1)
        .says("config.lock");
    assert_eq!(sandbox.text(), shared);
}

#[test]
fn another_file_leaves_the_settings_alone() {
    let sandbox = Sandbox::with("contexts:\n- {name: a, context: {}}\n");
    sandbox.settings("[labels]\na = ['x']\n");
    let other = sandbox.path("other");
    fs::write(&other, "contexts:\n- {name: a, context: {}}\n").unwrap();
    let file = format!("--kubeconfig={}", other.display());
    sandbox.bowline(&["rename", "a", "z", &file]).expect(0);
    assert!(fs::read_to_string(&other).unwrap().contains("name: z"));
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(settings, "[labels]\na = ['x']\n");
    sandbox
        .bowline(&["rename", "a", "z", "--kubeconfig=nowhere"])
        .expect(6)
        .says("nowhere does not exist");
}
