//! `bowline prune`: what goes, what stays, and that a dry run is the rule.

use std::fs;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::Sandbox;

const DAY: u64 = 24 * 60 * 60;

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().as_secs()
}

/// A token that says when it ends (RFC 7519).
fn token(ends: u64) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\": {ends}}}"));
    format!("e30.{claims}.c2ln")
}

#[test]
fn dangling_and_expired_go_with_what_only_they_use() {
    let text = format!(
        "# mine\nclusters:\n- name: a\n  cluster: {{server: 'https://10.0.0.1'}}   # shared\n- name: b\n  cluster: {{server: 'https://10.0.0.2'}}\n- name: lonely\n  cluster: {{server: 'https://10.0.0.3'}}\ncontexts:\n- name: good\n  context: {{cluster: a, user: good}}   # stays\n- name: old\n  context: {{cluster: a, user: old}}\n- name: older\n  context: {{cluster: b, user: old}}\n- name: nowhere\n  context: {{cluster: gone, user: good}}\nusers:\n- name: good\n  user: {{token: {}}}\n- name: old\n  user: {{token: {}}}\n- name: idle\n  user: {{token: hunter2}}\ncurrent-context: good\n",
        token(now() + DAY),
        token(now() - DAY)
    );
    let sandbox = Sandbox::with(&text);
    let secret = token(now() - DAY);
    sandbox
        .bowline(&["prune"])
        .expect(0)
        .says("context nowhere: there is no cluster gone")
        .says("context old: the token of user old ended on")
        .says("cluster b: only contexts that go use it")
        .says("cluster a stays")
        .says("user idle: no context uses it")
        .says("nothing was changed")
        .never_says("hunter2")
        .never_says(&secret);
    assert_eq!(sandbox.text(), text);
    sandbox.bowline(&["prune", "--apply"]).expect(2);
    assert_eq!(sandbox.text(), text);
    sandbox
        .bowline(&["prune", "--dangling", "--apply"])
        .expect(0);
    let after = sandbox.text();
    for gone in ["name: nowhere", "lonely", "idle"] {
        assert!(!after.contains(gone), "{after}");
    }
    for stays in ["# mine", "# shared", "# stays", "name: older"] {
        assert!(after.contains(stays), "{after}");
    }
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), text);
    sandbox
        .bowline(&["prune", "--expired", "--apply"])
        .expect(0);
    let after = sandbox.text();
    assert!(!after.contains("name: old") && !after.contains("name: b\n"));
    assert!(
        after.contains("name: a\n") && after.contains("lonely"),
        "{after}"
    );
}

#[test]
fn unreachable_is_what_failed_at_several_looks_over_all_those_days() {
    let text = "clusters:\n- name: a\n  cluster: {server: 'https://127.0.0.1:1', certificate-authority-data: CA}\ncontexts:\n- name: gone\n  context: {cluster: a, user: u}\nusers:\n- name: u\n  user: {token: hunter2}\n";
    let cluster = testnode::Cluster::new();
    let printed = cluster.kubeconfig("https://127.0.0.1:1");
    let ca = printed
        .lines()
        .find_map(|line| line.trim().strip_prefix("certificate-authority-data: "))
        .unwrap();
    let text = text.replace("CA}", &format!("{ca}}}"));
    let sandbox = Sandbox::with(&text);
    let prune = ["prune", "--unreachable", "7", "--apply"];
    // Never looked at.
    sandbox.bowline(&prune).expect(0).says("nothing to prune");
    sandbox.bowline(&["status", "gone"]).expect(3);
    sandbox.bowline(&["status", "gone"]).expect(3);
    let state = fs::read_to_string(sandbox.state_file()).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let failing = state["failing"].as_object_mut().unwrap();
    let (_, entry) = failing.iter_mut().next().unwrap();
    assert_eq!(entry["looks"], 1, "looks at one time are one");
    // As a week and more of looks leave it.
    entry["looks"] = 5.into();
    entry["since"] = (now() - 9 * DAY).into();
    entry["last"] = (now() - DAY).into();
    fs::write(sandbox.state_file(), state.to_string()).unwrap();
    sandbox
        .bowline(&["prune", "--unreachable", "9"])
        .expect(0)
        .says("nothing to prune");
    assert_eq!(sandbox.text(), text);
    // A clock that is behind judges nothing.
    let mut later = state.clone();
    let failing = later["failing"].as_object_mut().unwrap();
    failing.iter_mut().next().unwrap().1["last"] = (now() + 40 * DAY).into();
    fs::write(sandbox.state_file(), later.to_string()).unwrap();
    sandbox.bowline(&prune).expect(7).says("clock");
    assert_eq!(sandbox.text(), text);
    fs::write(sandbox.state_file(), state.to_string()).unwrap();
    sandbox
        .bowline(&prune)
        .expect(0)
        .says("cluster a did not answer from");
    assert!(!sandbox.text().contains("name: gone"), "{}", sandbox.text());
}
