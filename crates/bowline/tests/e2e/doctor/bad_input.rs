//! Names that would drive a terminal, thousands of contexts, and files that are no kubeconfigs.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use testnode::Cluster;

use super::stage::Stage;
use crate::support::place;

#[test]
fn names_do_not_drive_a_terminal() {
    let stage = Stage::with(Cluster::new());
    let evil = "\"\\e[2J\\n\\u202e'; rm -rf $(id)\"";
    let text = stage.sandbox.text();
    let gone = place();
    stage.write(&format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {evil}\nclusters:\n- name: {evil}\n  cluster: {{server: 'https://{gone}'}}\n\
         contexts:\n- name: {evil}\n  context: {{cluster: {evil}, user: {evil}, namespace: {evil}}}\n\
         users:\n- name: {evil}\n  user:\n    exec: {{apiVersion: {evil}, command: {evil}, installHint: {evil}, interactiveMode: {evil}}}\n"
    ));
    for arguments in [
        &["doctor"][..],
        &["doctor", "-o", "yaml"],
        &["doctor", "-o", "json"],
    ] {
        stage.bowline(arguments).expect(3).stays_plain();
    }
    stage.write(&text.replace("    cluster: dev", &format!("    cluster: {evil}")));
    stage.bowline(&["doctor"]).expect(6).stays_plain();
    stage
        .bowline(&["doctor", "\u{1b}[2J"])
        .expect(6)
        .stays_plain();
    let server = format!("    server: {evil}");
    let line = text.lines().find(|line| line.contains("server:")).unwrap();
    stage.write(&text.replace(line, &server));
    stage.bowline(&["doctor"]).expect(6).stays_plain();
}

/// A kubeconfig is data: a name in it must not become a flag of the command that mends it.
#[test]
fn names_do_not_become_flags() {
    let stage = Stage::with(Cluster::new());
    let text = stage.sandbox.text();
    // Of somebody else, and to be left alone.
    let other = "- context: {cluster: other, user: dev}\n  name: other\n";
    let gone = place();
    stage.write(
        &text
            .replace("    cluster: dev\n", "    cluster: --all\n")
            .replace("  name: dev\ncontexts:\n", &format!("  name: --all\n- cluster: {{server: 'https://{gone}', insecure-skip-tls-verify: true, certificate-authority-data: eA==}}\n  name: other\ncontexts:\n{other}"))
            .replace("  name: dev\ncurrent-context: dev", "  name: --dry-run\ncurrent-context: --dry-run")
            .replace("    server: ", "    insecure-skip-tls-verify: true\n    server: "),
    );
    let left = format!("https://{gone}");
    stage.sandbox.settings(&format!(
        "{}\n[clusters.--all]\nmachine = 'multipass:dev'\n",
        stage.sandbox.default_settings()
    ));
    stage.move_away();
    stage
        .bowline(&["doctor", "--fix"])
        .expect(0)
        .says("$ bowline config set-cluster --insecure-skip-tls-verify=false -- --all")
        .says("$ bowline heal -- --dry-run")
        .says("Nothing is broken.");
    let after = stage.sandbox.text();
    assert!(after.contains(&stage.node.url()), "{after}");
    assert!(
        after.contains(&left) && after.contains("certificate-authority-data: eA=="),
        "{after}"
    );
}

#[test]
fn what_is_no_kubeconfig_is_said_to_be_none() {
    let stage = Stage::with(Cluster::new());
    for (text, code) in [
        (&b""[..], 6),
        (b"[]", 6),
        (b"\x7fELF\x02\x01\x01\x00", 6),
        (b"\xff\xfe", 6),
        (b"contexts: 7\n", 6),
        (b"contexts: [{name: dev}]\ncurrent-context: dev\n", 6),
    ] {
        fs::write(stage.sandbox.file(), text).unwrap();
        let outcome = stage.bowline(&["doctor"]).expect(code).stays_plain();
        assert!(outcome.stdout.contains("mend:"), "{outcome:#?}");
    }
    fs::remove_file(stage.sandbox.file()).unwrap();
    let all = stage.bowline(&["doctor", "--all", "-o", "json"]).expect(6);
    let report: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(report["contexts"][0]["verdict"], "kubeconfig-none");
    assert_eq!(report["contexts"][0]["context"], Value::Null);
    // A file that is damaged hides no other.
    fs::write(stage.sandbox.path("damaged"), "a: [").unwrap();
    stage.write(&super::stage::named(
        &stage.cluster.kubeconfig(&stage.node.url()),
    ));
    let both = format!(
        "{}:{}",
        stage.sandbox.path("damaged").display(),
        stage.sandbox.file().display()
    );
    let mut stage = stage;
    stage.list = Some(both);
    let diagnosis = stage.diagnose(6);
    assert_eq!(diagnosis["verdict"], "kubeconfig-damaged");
    let credential = &diagnosis["rungs"][8];
    assert_eq!(credential["state"], "ok", "{diagnosis:#}");
}

#[test]
fn thousands_of_contexts_are_looked_at() {
    const MANY: usize = 3000;
    let stage = Stage::with(Cluster::new());
    let (mut clusters, mut contexts) = (String::new(), String::new());
    for number in 0..MANY {
        write!(
            clusters,
            "- cluster:\n    server: https://127.250.{}.{}:1\n    insecure-skip-tls-verify: true\n  name: c{number}\n",
            number / 250,
            number % 250 + 1
        )
        .unwrap();
        write!(
            contexts,
            "- context:\n    cluster: c{number}\n    user: dev\n  name: c{number}\n"
        )
        .unwrap();
    }
    stage.edit("contexts:\n", &format!("{clusters}contexts:\n{contexts}"));
    let outcome = stage.bowline(&["doctor", "--all", "-o", "json"]).expect(3);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let listed = report["contexts"].as_array().unwrap();
    assert_eq!(listed.len(), MANY + 1);
    assert_eq!(listed[MANY]["healthy"], true, "{:#}", listed[MANY]);
    let refused = listed
        .iter()
        .filter(|context| context["verdict"] == "port-refused");
    assert_eq!(refused.count(), MANY);
}
