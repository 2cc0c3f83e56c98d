//! `bowline history`, `undo`, `redo`, `unlock`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;

const FILE: &str = "\
# mine
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: dev
  cluster: {server: https://dev.example.com}   # a machine
contexts:
- name: dev
  context: {cluster: dev, user: me}
users:
- name: me
  user: {token: first-secret}
";

/// One file of a chain, and what it is.
fn write(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path = sandbox.path(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn summaries(sandbox: &Sandbox) -> Vec<String> {
    let changes = sandbox.history().into_iter();
    changes
        .map(|it| it["summary"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn changes_are_listed_for_people_and_for_programs() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .bowline(&["history"])
        .expect(0)
        .says("nothing was changed yet");
    sandbox
        .config(&["set-context", "--current", "--namespace=a"])
        .expect(0);
    sandbox.config(&["delete-cluster", "dev"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    let file = sandbox.file();
    let file = file.to_str().unwrap();

    let table = sandbox.bowline(&["history"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(rows[0], ["NUMBER", "TIME", "CHANGE", "STATE", "FILES"]);
    let without_time: Vec<_> = rows[1..]
        .iter()
        .map(|row| (row[0], row[2], row[3], row[4]))
        .collect();
    let set = "config set-context --current";
    let delete = "config delete-cluster dev";
    let undo = "undo 2: config delete-cluster dev";
    assert_eq!(
        without_time,
        [
            ("1", set, "done", file),
            ("2", delete, "undone by 3", file),
            ("3", undo, "done", file)
        ]
    );

    let changes = sandbox.history();
    assert_eq!(changes.len(), 3);
    assert_eq!(changes[0]["number"], 1);
    assert_eq!(changes[0]["state"], "done");
    assert_eq!(changes[0]["files"][0], file);
    assert_eq!(changes[0]["undoneBy"], Value::Null);
    assert_eq!(changes[1]["undoneBy"], 3);
    assert_eq!(changes[2]["undoes"], 2);
    assert_eq!(changes[2]["summary"], undo);
    let yaml = sandbox.bowline(&["history", "-o", "yaml"]).expect(0);
    yaml.says("schema: 1\n").says("undoneBy: 3\n");
}

#[test]
fn no_secret_is_shown_or_kept_in_the_words_of_the_journal() {
    const SECRETS: [&str; 4] = ["first-secret", "tOkEn-42", "pA55w0rd", "x1-exec-arg"];
    let sandbox = Sandbox::with(FILE);
    for line in [
        &["set-credentials", "me", "--token=tOkEn-42"][..],
        &[
            "set-credentials",
            "two",
            "--username=u",
            "--password=pA55w0rd",
        ],
        &["set", "users.three.token", "tOkEn-42"],
        &[
            "set-credentials",
            "four",
            "--exec-command=x",
            "--exec-arg=x1-exec-arg",
            "--exec-env=A=tOkEn-42",
        ],
        &["delete-user", "two"],
    ] {
        sandbox.config(line).expect(0);
    }
    let hides = |outcome: Outcome| {
        for secret in SECRETS {
            assert!(
                !outcome.stdout.contains(secret) && !outcome.stderr.contains(secret),
                "{outcome:#?}"
            );
        }
    };
    hides(sandbox.bowline(&["history"]));
    hides(sandbox.bowline(&["history", "-o", "json"]));
    for number in 1..=5 {
        let shown = sandbox
            .bowline(&["history", "show", &number.to_string()])
            .expect(0);
        assert!(shown.stdout.lines().count() > 2, "{shown:?}");
        hides(shown);
    }
    // The file changed by another program: still nothing.
    sandbox.write(FILE.replace("first-secret", "pA55w0rd"));
    for number in 1..=5 {
        hides(
            sandbox
                .bowline(&["history", "show", &number.to_string()])
                .expect(0),
        );
        hides(sandbox.bowline(&["undo", &number.to_string(), "--reinstate"]));
    }
    let journal = sandbox.path("state/journal");
    let entries = names(&journal);
    assert!(entries.len() >= 5);
    for entry in entries {
        let path = journal.join(&entry);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{entry}");
        let text = fs::read_to_string(&path).unwrap();
        let start = text.find("\"summary\"").unwrap();
        let summary = text[start..].split('"').nth(3).unwrap();
        assert!(
            SECRETS.iter().all(|secret| !summary.contains(secret)),
            "{summary}"
        );
        assert!(summary.starts_with("config "), "{summary}");
    }
    let folder = fs::metadata(&journal).unwrap().permissions().mode();
    assert_eq!(folder & 0o777, 0o700);
}

#[test]
fn undo_and_redo_are_exact_in_any_order() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .config(&["set-context", "one", "--cluster=dev"])
        .expect(0);
    let one = sandbox.bytes();
    sandbox.config(&["rename-context", "dev", "test"]).expect(0);
    let two = sandbox.bytes();
    sandbox
        .bowline(&["undo"])
        .expect(0)
        .says("undid 2: config rename-context dev test in ");
    assert_eq!(sandbox.bytes(), one);
    sandbox.bowline(&["undo"]).expect(0).says("undid 1: ");
    assert_eq!(sandbox.text(), FILE);
    sandbox
        .bowline(&["undo"])
        .expect(1)
        .says("there is nothing to undo");
    sandbox.bowline(&["redo", "1"]).expect(0).says("redid");
    assert_eq!(sandbox.bytes(), one);
    sandbox.bowline(&["redo"]).expect(0);
    assert_eq!(sandbox.bytes(), two);
    sandbox
        .bowline(&["redo"])
        .expect(1)
        .says("there is nothing to redo");
    sandbox
        .bowline(&["undo", "99"])
        .expect(1)
        .says("there is no change 99");
    assert_eq!(sandbox.beside(), ["config"]);
}

#[test]
fn an_older_change_can_be_taken_back_alone() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .config(&["set-context", "one", "--cluster=dev"])
        .expect(0);
    sandbox.config(&["rename-context", "dev", "test"]).expect(0);
    sandbox.bowline(&["undo", "1"]).expect(0);
    let expected = FILE
        .replace("current-context: dev", "current-context: test")
        .replace("contexts:\n- name: dev", "contexts:\n- name: test");
    assert_eq!(sandbox.text(), expected);
}

#[test]
fn a_file_that_changed_since_is_left_alone() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .config(&["set-context", "dev", "--namespace=blue"])
        .expect(0);
    let edited = sandbox.text().replace("blue", "green");
    sandbox.write(&edited);
    let refused = sandbox.bowline(&["undo"]).expect(1);
    refused
        .says("cannot undo 1: ")
        .says(sandbox.file().to_str().unwrap())
        .says("was changed since")
        .says("blue")
        .says("green");
    assert_eq!(sandbox.text(), edited);
    fs::remove_file(sandbox.file()).unwrap();
    sandbox
        .bowline(&["undo"])
        .expect(1)
        .says("no longer exists");
    assert_eq!(sandbox.beside(), Vec::<String>::new());
}

#[test]
fn a_change_of_two_files_is_undone_in_both_or_in_none() {
    let sandbox = Sandbox::with("");
    let first = write(&sandbox, "a", "current-context: dev\nclusters: []\n");
    let other = "contexts:\n- name: dev   # here\n  context: {cluster: c, user: u}\n";
    let second = write(&sandbox, "b", other);
    let chain = format!("{first}:{second}");
    let rename = ["config", "rename-context", "dev", "test"];
    sandbox.bowline_on(&chain, &rename).expect(0);
    let after = [&first, &second].map(|path| fs::read_to_string(path).unwrap());
    assert!(after[0].contains("current-context: test\n"), "{after:?}");
    assert!(after[1].contains("name: test   # here\n"), "{after:?}");
    assert_eq!(sandbox.history().len(), 1, "one change");

    // Somebody changes what the change wrote in one of them.
    fs::write(&second, after[1].replace("test", "live")).unwrap();
    sandbox
        .bowline_on(&chain, &["undo"])
        .expect(1)
        .says(&second);
    assert_eq!(fs::read_to_string(&first).unwrap(), after[0]);
    fs::write(&second, &after[1]).unwrap();
    sandbox
        .bowline_on(&chain, &["undo"])
        .expect(0)
        .says(&first)
        .says(&second);
    assert_eq!(
        fs::read_to_string(&first).unwrap(),
        "current-context: dev\nclusters: []\n"
    );
    assert_eq!(fs::read_to_string(&second).unwrap(), other);
}

#[test]
fn undoing_the_first_write_removes_the_file() {
    let sandbox = Sandbox::new();
    sandbox
        .config(&["set-cluster", "new", "--server=https://n.example.com"])
        .expect(0);
    let bytes = sandbox.bytes();
    let mode = fs::metadata(sandbox.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.beside(), Vec::<String>::new());
    sandbox.bowline(&["redo"]).expect(0);
    assert_eq!(sandbox.bytes(), bytes);
    let mode = fs::metadata(sandbox.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn replaced_credentials_come_back_only_when_asked_for() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .config(&["set-credentials", "me", "--token=second"])
        .expect(0);
    let replaced = sandbox.bytes();
    assert_eq!(sandbox.history()[0]["replacesCredentials"], true);
    sandbox
        .bowline(&["undo"])
        .expect(1)
        .says("bowline undo 1 --reinstate");
    assert_eq!(sandbox.bytes(), replaced);
    sandbox.bowline(&["undo", "1", "--reinstate"]).expect(0);
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn history_is_purged_by_number_by_age_and_whole() {
    let sandbox = Sandbox::with(FILE);
    for name in ["one", "two", "three"] {
        sandbox.config(&["set-context", name]).expect(0);
    }
    sandbox.bowline(&["history", "purge"]).expect(2);
    sandbox
        .bowline(&["history", "purge", "1", "--all"])
        .expect(2);
    sandbox
        .bowline(&["history", "purge", "2"])
        .expect(0)
        .says("purged 1 change from");
    assert_eq!(
        summaries(&sandbox),
        ["config set-context one", "config set-context three"]
    );
    sandbox.bowline(&["undo", "2"]).expect(1);
    sandbox
        .bowline(&["history", "purge", "77", "2"])
        .expect(1)
        .says("there is no change 2, 77; bowline history lists them");
    sandbox
        .bowline(&["history", "purge", "--older-than", "1"])
        .expect(0)
        .says("purged 0 changes");
    sandbox
        .bowline(&["history", "purge", "--all"])
        .expect(0)
        .says("purged 2 changes");
    assert_eq!(summaries(&sandbox), Vec::<String>::new());
    // A number is never given twice.
    sandbox.config(&["set-context", "four"]).expect(0);
    assert_eq!(sandbox.history()[0]["number"], 4);
}

/// A lock file as kubectl makes it: empty, for nobody to read.
fn kubectls_lock(path: &Path) {
    fs::write(path, "").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
}

#[test]
fn a_lock_that_kubectl_left_is_removed_on_request() {
    let sandbox = Sandbox::with(FILE);
    let lock = sandbox.path("home/.kube/config.lock");
    sandbox
        .bowline(&["unlock"])
        .expect(0)
        .says("no lock was there");
    kubectls_lock(&lock);
    sandbox.kubectl(&["config", "use-context", "dev"]).expect(1);
    sandbox
        .bowline(&["unlock"])
        .expect(0)
        .says("removed ")
        .says(lock.to_str().unwrap());
    assert_eq!(sandbox.beside(), ["config"]);
    kubectls_lock(&lock);
    let file = sandbox.file();
    sandbox
        .bowline(&["unlock", file.to_str().unwrap()])
        .expect(0)
        .says("removed ");
    sandbox.kubectl(&["config", "use-context", "dev"]).expect(0);
}

#[test]
fn the_lock_of_a_living_bowline_stays() {
    use std::io::Write as _;
    let sandbox = Sandbox::with(FILE);
    // A member of the chain that nobody writes into yet keeps `set-context` waiting, lock in hand.
    let lock = sandbox.path("home/.kube/config.lock");
    let link = sandbox.path("link");
    std::os::unix::fs::symlink(sandbox.file(), &link).unwrap();
    // kubectl's lock of the file behind the link is taken, so bowline waits with the other one held.
    kubectls_lock(&lock);
    let mut command = sandbox.command(&["config", "set-context", "new"]);
    command.env("KUBECONFIG", &link);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().flush().unwrap();
    let beside = sandbox.path("link.lock");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while fs::read(&beside).unwrap_or_default().is_empty() {
        assert!(std::time::Instant::now() < deadline, "it takes no lock");
        std::thread::yield_now();
    }
    let unlock = sandbox
        .bowline(&["unlock", link.to_str().unwrap()])
        .expect(1);
    unlock.says("is being changed by another bowline");
    assert!(beside.exists() && lock.exists());
    fs::remove_file(&lock).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!beside.exists() && !lock.exists());
    assert!(sandbox.text().contains("new"));
}

#[test]
fn an_undo_beneath_later_changes_never_leaves_two_of_a_name() {
    let sandbox = Sandbox::with(FILE);
    sandbox.config(&["delete-context", "dev"]).expect(0);
    sandbox
        .config(&["set-context", "dev", "--cluster=dev"])
        .expect(0);
    let before = sandbox.bytes();
    let refused = sandbox.bowline(&["undo", "1"]).expect(1);
    assert!(
        refused.stderr.contains("nothing was undone"),
        "{}",
        refused.stderr
    );
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn files_that_are_called_locks_stay() {
    let sandbox = Sandbox::with(FILE);
    let named = write(&sandbox, "Cargo", "");
    let lock = write(&sandbox, "Cargo.lock", "version = 4\n");
    sandbox
        .bowline(&["unlock", &named])
        .expect(0)
        .says("no lock was there");
    assert_eq!(fs::read_to_string(lock).unwrap(), "version = 4\n");
}

#[test]
fn redo_after_an_undo_is_that_undo() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .config(&["set-context", "dev", "--namespace=ours"])
        .expect(0);
    // Another program, on purpose.
    let theirs = sandbox.text().replace(", namespace: ours", "");
    fs::write(sandbox.file(), &theirs).unwrap();
    sandbox.config(&["set-cluster", "new"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), theirs);
    sandbox
        .bowline(&["redo"])
        .expect(0)
        .says("config set-cluster new");
    assert!(!sandbox.text().contains("ours"));
}
