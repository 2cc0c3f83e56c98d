//! Disks, folders, files and neighbours at their worst: a clear error, the file as it was, nothing left.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;
use crate::support::skip;
use crate::trace::can_trace;

const FILE: &str = "\
# mine
current-context: dev
contexts:
- name: dev
  context: {cluster: dev, user: me}
users:
- {name: me, user: {token: secret-token}}
";

const CHANGE: [&str; 3] = ["config", "set-context", "new"];

/// [`FILE`] with this many bytes more.
fn padded(bytes: usize) -> String {
    format!("{FILE}# {}\n", "x".repeat(bytes))
}

/// A bowline that runs under other programs, which are on the machine's PATH.
fn under(sandbox: &Sandbox, program: &str, arguments: &[&str], bowline: &[&str]) -> Outcome {
    let inner = sandbox.command(bowline);
    let mut command = sandbox.settle(Command::new(program));
    command
        .env("PATH", std::env::var_os("PATH").unwrap())
        .args(arguments)
        .arg(inner.get_program())
        .args(inner.get_args());
    run(command, b"")
}

/// Runs `config set-context new` in a mount namespace of its own, after `mount` has changed it and with
/// `after` run behind it; `$KUBE` is the kubeconfig's folder. `None` where nothing can be mounted.
fn mounted(sandbox: &Sandbox, name: &str, mount: &str, after: &str) -> Option<Outcome> {
    let kube = sandbox.path("home/.kube");
    let script = format!(
        "KUBE='{}'\n{mount} && echo MOUNTED && \"$@\"; echo CODE $?\n{after}",
        kube.display()
    );
    let mut reason = String::new();
    for namespaces in ["-m", "-rm"] {
        let outcome = under(
            sandbox,
            "unshare",
            &[namespaces, "sh", "-c", &script, "sh"],
            &CHANGE,
        );
        if outcome.stdout.contains("MOUNTED") {
            return Some(outcome);
        }
        reason = outcome.stderr;
    }
    skip(
        name,
        &format!("nothing can be mounted here: {}", reason.trim()),
    );
    None
}

/// Checks that a command was refused in words about the file.
#[track_caller]
fn refused(sandbox: &Sandbox, outcome: Outcome) -> Outcome {
    let file = sandbox.file();
    outcome
        .expect(1)
        .says(file.to_str().unwrap())
        .never_says("secret-token")
        .never_says("panicked")
}

/// Checks that reading and changing are refused with `word`, and leave everything as it is.
#[track_caller]
fn is_refused(sandbox: &Sandbox, word: &str) {
    let beside = sandbox.beside();
    for line in [
        &CHANGE[..],
        &["config", "view"],
        &["config", "get-contexts"],
        &["config", "use-context", "dev"],
        &["config", "unset", "users.me"],
    ] {
        refused(sandbox, sandbox.bowline(line)).says(word);
    }
    assert_eq!(sandbox.beside(), beside);
    assert_eq!(sandbox.history().len(), 0);
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("old"), padded(150_000)).unwrap();
    let old = sandbox.path("old");
    let mount = format!(
        "mount -t tmpfs -o size=256k tmpfs \"$KUBE\" && cp '{}' \"$KUBE/config\"",
        old.display()
    );
    let after = format!(
        "cmp '{}' \"$KUBE/config\" && echo SAME; ls -A \"$KUBE\"",
        old.display()
    );
    let Some(outcome) = mounted(&sandbox, "a_full_disk_keeps_the_old_file", &mount, &after) else {
        return;
    };
    assert_eq!(
        outcome.stdout, "MOUNTED\nCODE 1\nSAME\nconfig\n",
        "{outcome:#?}"
    );
    let file = sandbox.file();
    let _ = outcome
        .says("no space left to write ")
        .says(file.to_str().unwrap());
    assert_eq!(sandbox.history().len(), 0, "nothing happened");
}

#[test]
fn a_read_only_mount_is_named() {
    let sandbox = Sandbox::with(FILE);
    let mount = "mount --bind \"$KUBE\" \"$KUBE\" && mount -o remount,bind,ro \"$KUBE\"";
    let Some(outcome) = mounted(
        &sandbox,
        "a_read_only_mount_is_named",
        mount,
        "ls -A \"$KUBE\"",
    ) else {
        return;
    };
    assert_eq!(outcome.stdout, "MOUNTED\nCODE 1\nconfig\n", "{outcome:#?}");
    let file = sandbox.file();
    let _ = outcome
        .says(file.to_str().unwrap())
        .says("read-only file system");
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn a_file_that_is_mounted_by_itself_is_told_apart() {
    let sandbox = Sandbox::with(FILE);
    fs::write(sandbox.path("other"), FILE).unwrap();
    let mount = format!(
        "mount --bind '{}' \"$KUBE/config\"",
        sandbox.path("other").display()
    );
    let Some(outcome) = mounted(
        &sandbox,
        "a_file_that_is_mounted_by_itself_is_told_apart",
        &mount,
        "ls -A \"$KUBE\"",
    ) else {
        return;
    };
    assert_eq!(outcome.stdout, "MOUNTED\nCODE 1\nconfig\n", "{outcome:#?}");
    let _ = outcome.says("is mounted by itself");
    assert_eq!(fs::read_to_string(sandbox.path("other")).unwrap(), FILE);
}

#[test]
fn a_read_only_folder_stops_changes_and_no_reading() {
    let sandbox = Sandbox::with(FILE);
    let folder = sandbox.path("home/.kube");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    // Root writes where nobody may, unless that power is taken away.
    let set = ["--bounding-set=-dac_override,-dac_read_search"];
    let probe = under(&sandbox, "setpriv", &set, &["config", "current-context"]);
    let outcome = match probe.code {
        Some(0) => under(&sandbox, "setpriv", &set, &CHANGE),
        _ => sandbox.bowline(&CHANGE),
    };
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    refused(&sandbox, outcome).says("folder cannot be written to");
    assert_eq!(
        (sandbox.text().as_str(), sandbox.beside()),
        (FILE, vec!["config".to_owned()])
    );
}

/// One system call after the other fails, as a disk that breaks at that moment makes it.
#[test]
fn a_call_that_fails_costs_nothing_but_the_change() {
    if let Err(reason) = can_trace() {
        return skip("a_call_that_fails_costs_nothing_but_the_change", &reason);
    }
    let old = padded(20_000);
    let (mut failed, mut made) = (0, 0);
    for (call, most) in [
        ("write", 12),
        ("fsync", 6),
        ("rename", 3),
        ("fchmod", 2),
        ("/open", 40),
    ] {
        for (n, error) in (1..=most).zip(["ENOSPC", "EIO"].into_iter().cycle()) {
            let call = call.replace("/open", "openat");
            let sandbox = Sandbox::with(&old);
            let log = sandbox.path("trace");
            let inject = format!("inject={call}:error={error}:when={n}");
            let line = [
                "-f",
                "-o",
                log.to_str().unwrap(),
                "-e",
                &format!("trace={call}"),
                "-e",
                &inject,
            ];
            let outcome = under(&sandbox, "strace", &line, &CHANGE);
            let log = fs::read_to_string(&log).unwrap();
            if !log.contains("(INJECTED)") {
                break;
            }
            let now = sandbox.text();
            // Before the program's own first step nothing is its own to report: the loader ends it.
            let begun = !matches!(outcome.code, Some(127) | None);
            if now == old {
                failed += 1;
                assert!(!begun || outcome.code == Some(1), "{inject}: {outcome:#?}");
                assert!(
                    !begun || outcome.stderr.starts_with("error: "),
                    "{inject}: {outcome:#?}"
                );
            } else {
                made += 1;
                assert!(
                    now.contains("name: new\n") && now.ends_with("xxx\n"),
                    "{inject}: {now}"
                );
            }
            assert!(
                !outcome.stderr.contains("panicked"),
                "{inject}: {outcome:#?}"
            );
            assert_eq!(sandbox.beside(), ["config"], "{inject}: {outcome:#?}");
            // The next one is not in its way.
            sandbox
                .bowline(&["config", "set-context", "next"])
                .expect(0);
            assert!(sandbox.text().contains("next"));
        }
    }
    println!("{failed} failed, {made} were made all the same");
    assert!(failed > 10 && made > 0);
}

#[test]
fn what_is_no_file_is_told() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.file()).unwrap();
    is_refused(&sandbox, "is a directory");
    fs::remove_dir(sandbox.file()).unwrap();

    symlink(sandbox.path("home/.kube/b"), sandbox.file()).unwrap();
    symlink(sandbox.file(), sandbox.path("home/.kube/b")).unwrap();
    is_refused(&sandbox, "");
    assert_eq!(sandbox.beside(), ["b", "config"]);
}

#[test]
fn a_link_that_leads_to_no_file_yet_is_kept() {
    let sandbox = Sandbox::new();
    symlink("real/config", sandbox.file()).unwrap();
    sandbox.config(&["get-contexts"]).expect(0);
    sandbox.bowline(&CHANGE).expect(0);
    assert_eq!(
        fs::read_link(sandbox.file()).unwrap().to_str(),
        Some("real/config")
    );
    sandbox
        .kubectl(&["config", "get-contexts", "-o", "name"])
        .expect(0)
        .says("new");
    assert_eq!(names(&sandbox.path("home/.kube/real")), ["config"]);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(
        fs::read_link(sandbox.file()).unwrap().to_str(),
        Some("real/config")
    );
    assert!(!sandbox.file().exists());
}

#[test]
fn a_gigabyte_is_no_kubeconfig() {
    let sandbox = Sandbox::with(FILE);
    let file = fs::OpenOptions::new()
        .write(true)
        .open(sandbox.file())
        .unwrap();
    let size = (1 << 30) + 1;
    file.set_len(size).unwrap();
    is_refused(&sandbox, "is larger than 1024 MiB: not a kubeconfig");
    assert_eq!(file.metadata().unwrap().len(), size);
}

#[test]
fn a_file_that_is_rewritten_in_place_is_never_seen_half() {
    let sandbox = Sandbox::with(FILE);
    // Less than a page: of a longer one the system itself may show half, for as long as the writer rests.
    let file = |name: &str| -> String {
        let mut text = String::from("contexts:\n");
        for n in 0..100 {
            writeln!(text, "- context: {{}}\n  name: {name}{n:04}").unwrap();
        }
        text
    };
    let [one, two] = ["a", "b"].map(file);
    sandbox.write(&one);
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                sandbox.write(&two);
                sandbox.write(&one);
            }
        });
        let reads = (0..30)
            .map(|_| sandbox.config(&["get-contexts", "-o", "name"]))
            .collect::<Vec<_>>();
        done.store(true, Ordering::Relaxed);
        reads
    });
    let listed = |name: &str| -> String {
        let lines = (0..100).map(|n| format!("{name}{n:04}"));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    // A writer that rests between emptying its file and filling it leaves an empty one, which is valid.
    let whole = [listed("a"), listed("b"), String::new()];
    let mut read = 0;
    for outcome in seen {
        if outcome.code == Some(1) {
            refused(&sandbox, outcome).says("keeps changing");
        } else {
            assert!(
                whole.contains(&outcome.stdout),
                "{} lines",
                outcome.stdout.lines().count()
            );
            read += 1;
        }
    }
    println!("{read} of 30 found a moment of peace");
}

#[test]
fn a_node_that_others_share_is_not_edited_in_place() {
    let shared = "\
users:
- name: a
  user: &both {token: secret-token}
- name: b
  user: *both
";
    let sandbox = Sandbox::with(shared);
    for line in [
        &["config", "set-credentials", "a", "--token=x"][..],
        &["config", "set-credentials", "b", "--token=x"],
    ] {
        let outcome = sandbox.bowline(line);
        if outcome.code == Some(0) {
            // Then the other one must mean what it meant.
            let other = if line[2] == "a" { "b" } else { "a" };
            let path = format!("-o=jsonpath={{.users[?(@.name==\"{other}\")].user.token}}");
            let view = sandbox
                .kubectl(&["config", "view", "--raw", &path])
                .expect(0);
            assert_eq!(view.stdout, "secret-token", "{}", sandbox.text());
            sandbox.bowline(&["undo", "--reinstate"]).expect(0);
        } else {
            refused(&sandbox, outcome);
        }
        assert_eq!(sandbox.text(), shared);
    }
}

#[test]
fn what_is_no_text_or_no_yaml_is_told() {
    let bomb = {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..10 {
            let item = format!("*a{}", n - 1);
            let items = [item.as_str(); 10].join(", ");
            writeln!(text, "a{n}: &a{n} [{items}]").unwrap();
        }
        text
    };
    let deep = format!("a: {}{}\n", "[".repeat(10_001), "]".repeat(10_001));
    for bytes in [
        &b"contexts: \"\xff\xfe\xfa\"\n"[..],
        b"current-context: a\0b\n",
        bomb.as_bytes(),
        deep.as_bytes(),
        b"contexts: [\n",
        b"contexts:\n- name: a\n- name: a\n",
        b"- secret-token\n",
    ] {
        let sandbox = Sandbox::with(bytes);
        is_refused(&sandbox, "error loading config file");
        assert_eq!(sandbox.bytes(), bytes);
    }
}

#[test]
fn a_lock_that_stays_is_waited_for_and_then_named() {
    let sandbox = Sandbox::with(FILE);
    let lock = sandbox.path("home/.kube/config.lock");
    fs::write(&lock, "").unwrap();
    refused(&sandbox, sandbox.bowline(&CHANGE))
        .says(lock.to_str().unwrap())
        .says(&format!("bowline unlock {}", sandbox.file().display()));
    assert_eq!(sandbox.text(), FILE);
    assert_eq!(sandbox.beside(), ["config", "config.lock"]);
    // Nothing to do needs no lock, and neither does reading.
    sandbox.config(&["get-contexts"]).expect(0);
    sandbox.config(&["use-context", "dev"]).expect(0);
}
