//! `bowline exec`: one program in many contexts.

use std::fs;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const FILE: &str = "\
contexts:
- name: prod-1
  context: {cluster: a, namespace: one}
- name: prod-2
  context: {cluster: a}
- name: dev
  context: {cluster: a}
- name: $(touch owned)
  context: {cluster: a}
- name: \"esc\\e[2J\"
  context: {cluster: a}
clusters:
- name: a
  cluster: {server: 'https://127.0.0.1:1'}
current-context: dev
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(FILE);
    sandbox.settings("[aliases]\nd = 'dev'\n[labels]\nprod-2 = ['eu']\ndev = ['eu']\n");
    sandbox
}

/// `bowline exec` with a script of /bin/sh behind `--`.
fn exec(arguments: &[&str], script: &str) -> Vec<String> {
    let shell = ["--", "/bin/sh", "-c", script];
    let all = [&["exec"], arguments, &shell].concat();
    all.into_iter().map(str::to_owned).collect()
}

#[track_caller]
fn says(sandbox: &Sandbox, arguments: &[&str], script: &str, code: i32) -> Vec<String> {
    let line = exec(arguments, script);
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut lines: Vec<String> = sandbox
        .bowline(&line)
        .expect(code)
        .stdout
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

fn sessions(sandbox: &Sandbox) -> Vec<String> {
    names(&sandbox.path("state/sessions"))
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn contexts_are_named_in_four_ways() {
    let sandbox = sandbox();
    let echo = "echo \"$BOWLINE_CONTEXT\"";
    assert_eq!(says(&sandbox, &[], echo, 0), ["dev"]);
    assert_eq!(says(&sandbox, &["d"], echo, 0), ["dev"]);
    assert_eq!(
        says(&sandbox, &["prod-*"], echo, 0),
        ["prod-1 | prod-1", "prod-2 | prod-2"]
    );
    assert_eq!(
        says(&sandbox, &["label:eu", "d"], echo, 0),
        ["dev    | dev", "prod-2 | prod-2"]
    );
    assert_eq!(says(&sandbox, &["--all"], "echo x", 0).len(), 5);
    for (pattern, said) in [
        ("prod", "did you mean prod-1"),
        ("x*", "matches x*"),
        ("label:us", "has the label us"),
        ("[", "pattern ["),
    ] {
        sandbox
            .bowline(&["exec", pattern, "--", "true"])
            .expect(6)
            .says(said);
    }
    sandbox.bowline(&["exec", "dev"]).expect(2);
    sandbox
        .bowline(&["exec", "dev", "--", "no-such-program"])
        .expect(127)
        .says("nothing was run");
    let plain = sandbox.path("plain");
    fs::write(&plain, "").unwrap();
    let plain = plain.display().to_string();
    sandbox
        .bowline(&["exec", "dev", "--", &plain])
        .expect(126)
        .says("is not executable: nothing was run");
}

#[test]
fn each_run_has_its_own_context_for_real_kubectl_and_no_file_changes() {
    let sandbox = sandbox();
    let script = format!(
        "{} config current-context",
        sandbox.kubectl_path().display()
    );
    let lines = says(&sandbox, &["prod-*", "dev", "$(touch owned)"], &script, 0);
    assert_eq!(
        lines,
        [
            "$(touch owned) | $(touch owned)",
            "dev            | dev",
            "prod-1         | prod-1",
            "prod-2         | prod-2",
        ]
    );
    let kubectl = sandbox.kubectl_path().to_str().unwrap().to_owned();
    let said = sandbox.bowline(&[
        "exec",
        "prod-1",
        "--",
        &kubectl,
        "config",
        "view",
        "--minify",
        "-o",
        "jsonpath={..namespace}",
    ]);
    assert_eq!(said.expect(0).stdout, "one");
    assert_eq!(sandbox.text(), FILE);
    assert!(!sandbox.path("owned").exists());
    assert_eq!(sessions(&sandbox), [""; 0]);
}

#[test]
fn runs_leave_no_locks_behind() {
    let sandbox = sandbox();
    let locks = || names(&sandbox.path("state/locks"));
    says(&sandbox, &["--all"], "echo x", 0);
    let once = locks();
    assert!(once.len() < 5, "{once:?}");
    says(&sandbox, &["--all"], "echo x", 0);
    assert_eq!(locks(), once);
}

#[test]
fn k_is_ours_and_changes_only_its_own_selection() {
    let sandbox = sandbox();
    let said = sandbox.bowline(&["exec", "prod-2", "--", "k", "config", "current-context"]);
    assert_eq!(said.expect(0).stdout, "prod-2\n");
}

#[test]
fn what_programs_write_into_their_kubeconfigs_is_brought_home() {
    let sandbox = sandbox();
    let script = format!(
        "{} config set-cluster new-$BOWLINE_CONTEXT --server=https://h",
        sandbox.kubectl_path().display()
    );
    for (patterns, names) in [
        (&["dev"][..], &["new-dev"][..]),
        // One by one: kubectl locks all files of the list, and does not wait for another one.
        (&["prod-*", "-j", "1"], &["new-prod-1", "new-prod-2"]),
    ] {
        let line = exec(patterns, &script);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let mut said = sandbox.bowline(&line).expect(0);
        for name in names {
            said = said.says(&format!("cluster {name}"));
            assert!(sandbox.text().contains(&format!("name: {name}\n")));
        }
        assert_eq!(sessions(&sandbox), [""; 0]);
    }
    assert!(
        sandbox
            .text()
            .starts_with(FILE.split("clusters").next().unwrap())
    );
    for _ in 0..3 {
        sandbox.bowline(&["undo"]).expect(0);
    }
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn what_a_killed_one_leaves_behind_is_brought_home_by_the_next_command() {
    let sandbox = sandbox();
    let script = format!(
        "until {} config set-cluster new-$BOWLINE_CONTEXT --server=https://h; do sleep 0.01; done; echo $$ > pid-$BOWLINE_CONTEXT && exec sleep 600",
        sandbox.kubectl_path().display()
    );
    for contexts in [&["dev"][..], &["prod-1", "prod-2"]] {
        let line = exec(contexts, &script);
        let mut command = sandbox.command(&line.iter().map(String::as_str).collect::<Vec<_>>());
        command.env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = |context: &str| {
            let file = sandbox.path(&format!("pid-{context}"));
            fs::read_to_string(file)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        wait_until("all have written", || {
            contexts.iter().all(|name| !pid(name).is_empty())
        });
        assert!(!sandbox.text().contains(&format!("new-{}", contexts[0])));
        // Another command does not take a living one's away.
        sandbox.bowline(&["dirs"]).expect(0);
        let living = sessions(&sandbox);
        let count = living.iter().filter(|name| name.ends_with("-session.json"));
        assert_eq!(count.count(), contexts.len(), "{living:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        // Whoever comes next may have another kubeconfig.
        let other = sandbox.path("other");
        fs::write(&other, FILE).unwrap();
        let mut said = sandbox.bowline_on(other.as_os_str(), &["dirs"]).expect(0);
        for context in contexts {
            said = said.says(&format!("cluster new-{context}"));
            assert!(sandbox.text().contains(&format!("name: new-{context}\n")));
            Command::new("kill").arg(pid(context)).status().unwrap();
        }
        assert_eq!(fs::read_to_string(&other).unwrap(), FILE);
        assert_eq!(sessions(&sandbox), [""; 0]);
    }
}

#[test]
fn names_drive_no_terminal_and_bytes_pass_through() {
    let sandbox = sandbox();
    let lines = exec(&["esc*", "dev"], "printf 'a\\377b'; printf 'e\\n' >&2");
    let mut command = sandbox.command(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let output = command.output().unwrap();
    let mut out: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    out.sort_unstable();
    assert_eq!(
        out,
        [&b""[..], b"dev        | a\xffb", b"esc\\x1b[2J | a\xffb"]
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stderr)
            .matches(" | e\n")
            .count(),
        2
    );
}

#[test]
fn the_worst_code_counts_and_fail_fast_ends_the_rest() {
    let sandbox = sandbox();
    let script = "case $BOWLINE_CONTEXT in prod-1) exit 3;; dev) exit 7;; esac";
    let failed = exec(&["--all"], script);
    let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
    sandbox.bowline(&failed).expect(7).says("failed in 2 of 5");
    let script = "case $BOWLINE_CONTEXT in prod-1) exit 3;; *) exec sleep 600;; esac";
    let line = exec(&["--all", "--fail-fast", "-j", "2"], script);
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let said = run(
        {
            let mut command = sandbox.command(&line);
            command.env("PATH", "/usr/bin:/bin");
            command
        },
        b"",
    );
    // SIGTERM, as a shell tells it.
    said.expect(143).says("not started in 3 contexts");
    assert_eq!(sessions(&sandbox), [""; 0]);
}

#[test]
fn runs_are_told_as_json_and_bounded() {
    let sandbox = sandbox();
    let script = "echo out; echo err >&2; [ $BOWLINE_CONTEXT = dev ] && head -c 3000000 /dev/zero | tr '\\0' z; exit 4";
    let line = exec(&["prod-1", "dev", "-o", "json"], script);
    let mut command = sandbox.command(&line.iter().map(String::as_str).collect::<Vec<_>>());
    command.env("PATH", "/usr/bin:/bin");
    let said = run(command, b"").expect(4);
    let value: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    let mut runs = value["runs"].as_array().unwrap().clone();
    runs.sort_by_key(|run| run["context"].to_string());
    assert_eq!(runs[0]["truncated"], true);
    assert_eq!(runs[0]["stdout"].as_str().unwrap().len(), 1 << 20);
    assert_eq!(runs[1]["stdout"], "out\n");
    assert_eq!(runs[1]["stderr"], "err\n");
    assert_eq!(runs[1]["code"], 4);
    assert_eq!(runs[1]["signal"], Value::Null);
    assert_eq!(runs[1]["truncated"], false);
}

#[test]
fn a_dry_run_runs_nothing() {
    let sandbox = sandbox();
    let line = [
        "exec",
        "prod-*",
        "--dry-run",
        "--",
        "/bin/sh",
        "-c",
        "touch owned",
    ];
    let said = sandbox.bowline(&line).expect(0);
    assert_eq!(
        said.stdout,
        "prod-1 | /bin/sh -c 'touch owned'\nprod-2 | /bin/sh -c 'touch owned'\n"
    );
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn signals_end_all_and_leave_nothing_behind() {
    let sandbox = sandbox();
    // The second process of each run must end, too.
    let script =
        "echo $$ > pid-$BOWLINE_CONTEXT; sleep 600 & echo $! >> pid-$BOWLINE_CONTEXT; wait";
    for (contexts, signal, code) in [(&["prod-*"][..], "INT", 130), (&["prod-*"], "TERM", 143)] {
        let line = exec(contexts, script);
        let mut command = sandbox.command(&line.iter().map(String::as_str).collect::<Vec<_>>());
        command
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let pids = || -> Vec<String> {
            let read = |name: &str| fs::read_to_string(sandbox.path(name)).unwrap_or_default();
            let both = read("pid-prod-1") + &read("pid-prod-2");
            both.lines().map(str::to_owned).collect()
        };
        wait_until("both run", || pids().len() == 4);
        Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        for pid in pids() {
            wait_until("it is gone", || {
                let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                stat.is_empty() || stat.contains(") Z ")
            });
        }
        assert_eq!(sessions(&sandbox), [""; 0]);
        for name in ["pid-prod-1", "pid-prod-2"] {
            fs::remove_file(sandbox.path(name)).unwrap();
        }
    }
}

#[test]
fn one_context_has_the_input_and_the_exit_code() {
    let sandbox = sandbox();
    let said = sandbox.feed(&["exec", "dev", "--", "/bin/cat"], "a\nb");
    assert_eq!(said.expect(0).stdout, "a\nb");
    sandbox
        .bowline(&["exec", "dev", "--", "/bin/sh", "-c", "exit 42"])
        .expect(42);
    sandbox
        .bowline(&["exec", "dev", "--", "/bin/sh", "-c", "kill -9 $$"])
        .expect(137);
}

#[test]
fn a_reader_that_goes_away_ends_all() {
    let sandbox = sandbox();
    let line = exec(&["prod-*"], "while echo x; do :; done");
    let mut command = sandbox.command(&line.iter().map(String::as_str).collect::<Vec<_>>());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    wait_until("it ends", || child.try_wait().unwrap().is_some());
    assert_eq!(sessions(&sandbox), [""; 0]);
}

#[test]
fn one_context_has_the_terminal() {
    if !Terminal::is_possible("exec") {
        return;
    }
    let sandbox = sandbox();
    let script = "test -t 0 && test -t 1 && test -t 2 && echo tty; read -r x; trap 'echo stopped; exit 5' INT; echo \"got:$x\"; while :; do /bin/sleep 0.05; done";
    let line = exec(&["dev"], script);
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(Terminal::bowline(&sandbox, &line), USUAL);
    terminal.wait_for_text("tty");
    terminal.send("word\r");
    terminal.wait_for_text("got:word");
    // Ctrl-C is the program's own.
    terminal.send("\x03");
    assert_eq!(terminal.end(), Some(5));
    assert!(terminal.text().contains("stopped"));
    assert_eq!(sessions(&sandbox), [""; 0]);
    // Many have none.
    let many = exec(
        &["prod-*"],
        "test -t 0 || echo none; test -t 1 || echo none",
    );
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(Terminal::bowline(&sandbox, &many), USUAL);
    assert_eq!(terminal.end(), Some(0));
    assert_eq!(terminal.text().matches("| none").count(), 4);
}
