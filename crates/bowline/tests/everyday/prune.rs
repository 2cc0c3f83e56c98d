//! `bowline prune`: what goes, what stays, and that a dry run is the rule.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::process::Stdio;
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

/// Runs a command whose first file somebody holds locked until `change` is done, which is after the plan was shown.
#[track_caller]
fn meanwhile(sandbox: &Sandbox, arguments: &[&str], change: impl FnOnce()) -> (String, String) {
    let lock = sandbox.path("home/.kube/config.lock");
    fs::write(&lock, "").unwrap();
    let mut command = sandbox.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.lines().any(|line| line.starts_with("@@")) {
        assert_ne!(stdout.read_line(&mut said).unwrap(), 0, "no plan: {said}");
    }
    change();
    fs::remove_file(&lock).unwrap();
    stdout.read_to_string(&mut said).unwrap();
    let mut notes = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut notes).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}{notes}");
    (said, notes)
}

#[test]
fn what_is_not_what_it_was_when_it_was_judged_is_left_alone() {
    let old = token(now() - DAY);
    let text = format!(
        "clusters:\n- {{name: a, cluster: {{server: 'https://10.0.0.1'}}}}\n- {{name: b, cluster: {{server: 'https://10.0.0.2'}}}}\n- {{name: idle, cluster: {{server: 'https://10.0.0.3'}}}}\n- {{name: idler, cluster: {{server: 'https://10.0.0.4'}}}}\ncontexts:\n- {{name: renewed, context: {{cluster: a, user: renewed}}}}\n- {{name: old, context: {{cluster: b, user: old}}}}\n- {{name: filed, context: {{cluster: a, user: filed}}}}\n- {{name: lost, context: {{cluster: gone, user: good}}}}\nusers:\n- {{name: renewed, user: {{token: {old}}}}}\n- {{name: old, user: {{token: {old}, username: x}}}}\n- {{name: good, user: {{token: hunter2}}}}\n- {{name: filed, user: {{client-certificate: c.crt}}}}\n"
    );
    let sandbox = Sandbox::with(&text);
    let cluster = testnode::Cluster::new();
    let admin = testnode::ClientCertificateSpec::admin();
    let valid = cluster.client_certificate(&admin);
    let ended = cluster.client_certificate(&admin.expired());
    let certificate = sandbox.path("home/.kube/c.crt");
    fs::write(&certificate, ended.pem()).unwrap();
    let beside = sandbox.path("beside");
    fs::write(&beside, "contexts: []\n").unwrap();
    sandbox.settings(&format!(
        "kubeconfigs = ['{}']\n[labels]\nrenewed = ['l']\nold = ['l']\n",
        beside.display()
    ));
    let now_there = text
        .replace(
            &format!("name: renewed, user: {{token: {old}"),
            &format!("name: renewed, user: {{token: {}", token(now() + DAY)),
        )
        .replace("cluster: gone", "cluster: a")
        // Nobody was shown that this would go.
        .replace(
            "contexts:\n",
            "contexts:\n- {name: newly, context: {cluster: nowhere}}\n",
        );
    let prune = ["prune", "--expired", "--dangling", "--apply"];
    let (said, notes) = meanwhile(&sandbox, &prune, || {
        sandbox.write(&now_there);
        fs::write(&certificate, valid.pem()).unwrap();
        fs::write(
            &beside,
            "contexts:\n- {name: far, context: {cluster: idler}}\n",
        )
        .unwrap();
    });
    for name in ["renewed", "filed", "lost", "old"] {
        assert!(said.contains(&format!("context {name}: ")), "{said}");
    }
    for what in [
        "context renewed",
        "context filed",
        "context lost",
        "cluster idler",
    ] {
        let told = format!("{what} is left alone");
        assert!(notes.contains(&told), "{told}: {notes}");
    }
    let expected: String = now_there
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("- {name: old,") && !line.contains("name: b,"))
        .filter(|line| !line.contains("name: idle,"))
        .collect();
    assert_eq!(sandbox.text(), expected);
    let toml = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert!(toml.contains("renewed") && !toml.contains("old"), "{toml}");
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), now_there);
}

#[test]
fn a_cluster_that_answered_meanwhile_stays() {
    let cluster = testnode::Cluster::new();
    let printed = cluster.kubeconfig("https://127.0.0.1:1");
    let sandbox = Sandbox::with(printed.replace("current-context", "# current-context"));
    sandbox.bowline(&["status", "microk8s"]).expect(3);
    let state = fs::read_to_string(sandbox.state_file()).unwrap();
    let mut failing: serde_json::Value = serde_json::from_str(&state).unwrap();
    let entries = failing["failing"].as_object_mut().unwrap();
    let (_, entry) = entries.iter_mut().next().unwrap();
    entry["looks"] = 5.into();
    entry["since"] = (now() - 9 * DAY).into();
    entry["last"] = (now() - DAY).into();
    fs::write(sandbox.state_file(), failing.to_string()).unwrap();
    let before = sandbox.text();
    let prune = ["prune", "--unreachable", "7", "--apply"];
    let (_, notes) = meanwhile(&sandbox, &prune, || {
        // As a command leaves it that has proved the cluster: nothing is failing.
        failing["failing"] = serde_json::json!({});
        fs::write(sandbox.state_file(), failing.to_string()).unwrap();
    });
    assert!(notes.contains("is left alone"), "{notes}");
    assert!(notes.contains("nothing was changed"), "{notes}");
    assert_eq!(sandbox.text(), before);
    assert!(sandbox.history().is_empty());
}
