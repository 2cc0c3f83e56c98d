//! What a person gets wrong with the commands that keep kubeconfigs tidy: each is told, and nothing changes.

use std::fs;

use crate::support::Sandbox;

const TOKEN: &str = "hunter2Token";

/// Contexts with names that nobody should choose.
const FILE: &str = r#"current-context: dev
clusters:
- name: dev
  cluster: {server: "https://127.0.0.1:1"}
users:
- name: dev
  user: {token: hunter2Token}
contexts:
- name: dev
  context: {cluster: dev, user: dev}
- name: prod-eu
  context: {cluster: dev, user: dev, namespace: web}
- name: "$(touch owned)"
  context: {cluster: dev, user: dev, namespace: a}
- name: "a b/c:d 🎉"
  context: {cluster: dev, user: dev, namespace: b}
- name: "esc\e[2J"
  context: {cluster: dev, user: dev, namespace: c}
"#;

const ESC: &str = "\u{1b}[2J";

/// A line, its exit code, and words of the answer.
type Row<'a> = (&'a [&'a str], i32, &'a str);

/// Every line changes nothing.
#[track_caller]
fn check(rows: &[Row<'_>]) {
    let sandbox = Sandbox::with(FILE);
    sandbox.settings("[aliases]\nd = 'dev'\n[labels]\ndev = ['eu']\n");
    let settings = fs::read(sandbox.path("config.toml")).unwrap();
    fs::write(sandbox.path("broken"), "clusters: [").unwrap();
    fs::write(sandbox.path("words"), "just words\n").unwrap();
    for (line, code, words) in rows {
        let broken = sandbox.path("broken");
        let folder = sandbox.path("home");
        let line: Vec<&str> = line
            .iter()
            .map(|word| match *word {
                "BROKEN" => broken.to_str().unwrap(),
                "FOLDER" => folder.to_str().unwrap(),
                word => word,
            })
            .collect();
        sandbox
            .bowline(&line)
            .expect(*code)
            .says(words)
            .never_says(TOKEN)
            .never_says(ESC);
        assert_eq!(sandbox.text(), FILE, "{line:?}");
        let now = fs::read(sandbox.path("config.toml")).unwrap();
        assert_eq!(now, settings, "{line:?}");
    }
    assert_eq!(sandbox.history().len(), 0);
}

#[test]
fn names_that_are_wrong_or_taken() {
    check(&[
        (&["rename", "dve", "x"], 6, "did you mean dev?"),
        (&["rename", "minikube", "x"], 6, "there are: "),
        (&["rename", "", "x"], 6, "there is no context ``"),
        (&["rename", ESC, "x"], 6, "\\x1b[2J"),
        (&["rename", "dev", ""], 2, "blank"),
        (&["rename", "dev", " "], 2, "blank"),
        (&["rename", "dev", "prod-eu"], 6, "exists already"),
        (&["rename", "dev", "x", "--all"], 6, "--shared"),
        (&["rm", "prod"], 6, "did you mean prod-eu?"),
        (&["rm", "zz*"], 6, "fits zz*"),
        (&["rm", "["], 6, "fits ["),
        (&["rm", "*"], 6, "--yes"),
        (&["rm", ""], 6, "``"),
        (&["copy", "DEV", "x"], 6, "did you mean dev?"),
        (&["copy", "dev", "prod-eu"], 6, "exists already"),
        (&["copy", "dev", ""], 2, "blank"),
        (&["copy", "dev", "x", "-n", "B D"], 6, "no namespace can"),
        (&["export", "staging"], 6, "there is no context staging"),
        (&["split", "BROKEN"], 6, "there is no folder"),
        (&["merge", "BROKEN"], 6, "broken: "),
        (&["merge", "FOLDER"], 6, "is a folder"),
        (&["merge", "nothing-here"], 6, "does not exist"),
        (&["edit", "dve"], 6, "there is no file dve"),
        (&["edit", "--from", "nothing-here"], 6, "does not exist"),
        (&["prune", "--apply"], 2, "say what is to go"),
    ]);
}

#[test]
fn words_that_cannot_be_kept() {
    check(&[
        (&["label", "dve", "x"], 6, "did you mean dev?"),
        (&["label", "dev", "a b"], 2, "one word"),
        (&["label", "dev", ""], 2, "one word"),
        (&["label", "dev", ESC], 2, "one word"),
        (&["alias", "x", "dve"], 6, "did you mean dev?"),
        (&["alias", "dev", "prod-eu"], 6, "it comes first"),
        (&["alias", "a*", "dev"], 2, "pattern"),
        (&["alias", "", "dev"], 2, "could not be typed"),
        (&["alias", "--remove", "x"], 6, "there is no alias x"),
        (&["protect", "prod["], 2, "prod["),
        (&["protect", ""], 2, "blank"),
        (&["protect", " "], 2, "blank"),
        (&["protect", "--lift", "dev", "5m"], 6, "not protected"),
        (&["protect", "--lift", "dev", "5x"], 2, "length of time"),
        (&["protect", "--remove", "dev"], 6, "not protected"),
        (&["dirs", "add", "nothing-here"], 6, "does not exist"),
        (&["dirs", "add", "*["], 6, "Pattern syntax"),
        (&["dirs", "add", "BROKEN"], 6, "broken"),
        (&["dirs", "remove", "nothing-here"], 6, "is no source"),
        (&["init", "tcsh"], 2, "bash"),
        (&["env", "--shell", "tcsh"], 2, "bash"),
    ]);
}

#[test]
fn runs_that_cannot_begin() {
    check(&[
        (&["exec", "dve", "--", "/bin/true"], 6, "did you mean dev?"),
        (&["exec", "", "--", "/bin/true"], 6, "``"),
        (&["exec", "label:us", "--", "/bin/true"], 6, "label us"),
        (&["exec", "dev", "--", "no-such-program"], 127, "-- sh -c"),
        (&["exec", "dev", "--"], 2, "<CMD>"),
        (&["exec", "dev"], 2, "<CMD>"),
    ]);
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let sandbox = Sandbox::with(FILE);
    let gone = sandbox.path("gone");
    for line in [
        &["rename", "dev", "x"][..],
        &["rm", "dev"],
        &["copy", "dev", "x"],
        &["export", "dev"],
        &["prune"],
        &["dedupe"],
        &["exec", "dev", "--", "/bin/true"],
    ] {
        let flag = ["--kubeconfig", gone.to_str().unwrap()];
        let line = [&line[..1], &flag, &line[1..]].concat();
        let outcome = sandbox.bowline(&line).expect(6);
        outcome.says("gone does not exist");
    }
    // In KUBECONFIG it is no mistake, but has nothing.
    for chain in [gone.as_os_str(), ":".as_ref()] {
        let outcome = sandbox.bowline_on(chain, &["rm", "dev"]).expect(6);
        outcome.says("bowline add FILE").never_says("in ,");
    }
    assert!(!gone.exists());
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn vi_is_not_started_where_nobody_types() {
    let sandbox = Sandbox::with(FILE);
    sandbox.script("vi", "echo started\n");
    sandbox
        .bowline(&["edit"])
        .expect(1)
        .says("no terminal for vi")
        .says("EDITOR")
        .never_says("started");
    assert!(!sandbox.path("state/edits").exists());
}

#[test]
fn a_state_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::with(FILE);
    fs::write(sandbox.path("state"), "a file").unwrap();
    let state = sandbox.path("state").display().to_string();
    for line in [
        &["exec", "dev", "--", "/bin/true"][..],
        &["exec", "dev", "prod-eu", "--", "/bin/true"],
        &["rename", "dev", "x"],
        &["label", "dev", "x"],
    ] {
        sandbox.bowline(line).expect(1).says(&state);
    }
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn a_cluster_or_a_user_that_is_misspelt_is_guessed() {
    let sandbox = Sandbox::with(
        "clusters:\n- {name: microk8s-cluster, cluster: {server: 'https://127.0.0.1:1'}}\nusers:\n- {name: admin, user: {token: hunter2Token}}\ncontexts:\n- {name: a, context: {cluster: mikrok8s-cluster, user: admin}}\n- {name: b, context: {cluster: microk8s-cluster, user: amdin}}\n- {name: c, context: {cluster: unlike, user: admin}}\ncurrent-context: a\n",
    );
    let other = sandbox
        .text()
        .replace("current-context: a", "current-context: b");
    fs::write(sandbox.path("other"), other).unwrap();
    let cluster = "its cluster mikrok8s-cluster does not exist; did you mean microk8s-cluster?";
    let user = "its user amdin does not exist; did you mean admin?";
    let rows: &[Row<'_>] = &[
        (&["status", "a"], 6, cluster),
        (&["export", "a"], 6, cluster),
        (&["copy", "a", "x", "--with-entries"], 6, cluster),
        (&["rename", "a", "x", "--all"], 6, cluster),
        (&["export", "b"], 6, user),
        (&["copy", "b", "x", "--with-entries"], 6, user),
        (&["rename", "b", "x", "--all"], 6, user),
        (&["add", "other", "--name", "x"], 6, user),
        (&["export", "c"], 6, "its cluster unlike does not exist\n"),
        (
            &["lint"],
            8,
            "there is no cluster mikrok8s-cluster; did you mean microk8s-cluster?",
        ),
        (&["lint"], 8, "there is no user amdin; did you mean admin?"),
    ];
    for (line, code, words) in rows {
        let said = sandbox.bowline(line).expect(*code);
        let text = format!("{}{}", said.stdout, said.stderr);
        // A table breaks lines where it has to.
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&text).contains(&plain(words)), "{line:?}: {text}");
    }
}
