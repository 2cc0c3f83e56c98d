//! `bowline shell`: a shell with a session of its own, and what is left when it ends.

use std::fs;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;

use crate::shells::with_programs;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const TWO: &str = "contexts:\n\
    - {name: dev, context: {cluster: c, user: u, namespace: team}}\n\
    - {name: prod, context: {cluster: c, user: u}}\n\
    - {name: '$(touch owned)', context: {cluster: c, user: u}}\n\
    clusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\n\
    users: [{name: u, user: {}}]\n\
    current-context: dev\n";

/// Prints the context and the namespace that kubectl has.
const NOW: &str = "now() { kubectl config current-context; kubectl config view --minify -o 'jsonpath={..namespace}{\"\\n\"}'; }\n";

fn sandbox() -> Sandbox {
    with_programs(TWO)
}

/// `bowline shell` where this script is the user's shell.
fn command(sandbox: &Sandbox, script: &str, arguments: &[&str]) -> Command {
    let shell = sandbox.script("my-shell", &format!("{NOW}{script}"));
    let mut command = sandbox.command(&[&["shell"], arguments].concat());
    command.env("SHELL", shell);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    command.env("PATH", path);
    command
}

#[track_caller]
fn shell(sandbox: &Sandbox, script: &str, arguments: &[&str]) -> Outcome {
    run(command(sandbox, script, arguments), b"")
}

/// What lies in the folder of the sessions.
fn left(sandbox: &Sandbox) -> Vec<String> {
    names(&sandbox.path("state/sessions"))
}

#[test]
fn its_choice_is_inside_and_its_exit_code_comes_out() {
    let sandbox = sandbox();
    for (arguments, code, expected) in [
        (&["prod"][..], 0, "prod\n\n"),
        (&["prod", "-n", "b"], 7, "prod\nb\n"),
        (&[], 1, "dev\nteam\n"),
        (&["-n", "b"], 126, "dev\nb\n"),
        (&["$(touch owned)"], 255, "$(touch owned)\n\n"),
    ] {
        let script = format!("now; echo \"$KUBECONFIG\"; exit {code}");
        let said = shell(&sandbox, &script, arguments).expect(code);
        let list = said.stdout.strip_prefix(expected).unwrap();
        let own = sandbox.file().display().to_string();
        assert!(
            list.contains("/state/sessions/") && list.split(':').any(|file| file == own),
            "{said:#?}"
        );
        assert_eq!(said.stderr, "", "{arguments:?}");
        assert_eq!(left(&sandbox), [""; 0], "{arguments:?}");
    }
    // Nothing of the shell around it is taken for its own.
    let mut inherited = command(&sandbox, "env", &["prod"]);
    inherited.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    let said = run(inherited, b"").expect(0);
    said.never_says("BOWLINE_SHELL_PID");
    assert_eq!(sandbox.text(), TWO);
    assert!(!sandbox.path("owned").exists());
    let said = shell(&sandbox, "echo never", &["nope"]).expect(6);
    said.never_says("never").says("there is no context nope");
    let mut none = command(&sandbox, "", &["prod"]);
    none.env("SHELL", "/no/such/shell");
    run(none, b"")
        .expect(1)
        .says("the shell /no/such/shell cannot be run");
    sandbox.bowline(&["history"]).expect(0);
    assert_eq!(left(&sandbox), [""; 0]);
}

#[test]
fn one_in_another_goes_its_own_way() {
    let sandbox = sandbox();
    let inner = sandbox.script(
        "inner",
        &format!("{NOW}now; bowline use prod -n inner >&2; now; kubectl config set-cluster inner --server=https://192.0.2.8; exit 5"),
    );
    let script = format!(
        "now; SHELL='{}' bowline shell dev; echo $?; now",
        inner.display()
    );
    let said = shell(&sandbox, &script, &["prod", "-n", "outer"]).expect(0);
    assert_eq!(
        said.stdout,
        "prod\nouter\ndev\nteam\nprod\ninner\nCluster \"inner\" set.\n5\nprod\nouter\n"
    );
    assert!(sandbox.text().contains("192.0.2.8"), "{said:#?}");
    assert!(sandbox.text().contains("current-context: dev"));
    assert_eq!(left(&sandbox), [""; 0]);
    // The inner one takes over what the outer one has.
    let script = format!("SHELL='{}' bowline shell; exit $?", inner.display());
    let said = shell(&sandbox, &script, &["prod", "-n", "outer"]).expect(5);
    assert!(said.stdout.starts_with("prod\nouter\n"), "{said:#?}");
    assert_eq!(left(&sandbox), [""; 0]);
}

/// What its programs wrote comes home however it ends.
#[test]
fn a_killed_shell_leaves_nothing() {
    let sandbox = sandbox();
    let set = "kubectl config set-cluster new --server=https://192.0.2.9 >&2; kubectl config set-credentials me --token=hunter2hunter2 >&2;";
    for (signal, code) in [("KILL", 137), ("TERM", 143), ("HUP", 129)] {
        sandbox.write(TWO);
        let script = format!("{set} kill -{signal} $$; echo never");
        let said = shell(&sandbox, &script, &["prod"]).expect(code);
        let said = said.never_says("never").never_says("hunter2");
        let said = said.says("cluster new").says("bowline undo");
        assert!(sandbox.text().contains("192.0.2.9"), "{said:#?}");
        assert!(sandbox.text().contains("current-context: dev"));
        assert_eq!(left(&sandbox), [""; 0]);
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), TWO);
    }
}

/// The session is the shell's, not that of the program that started it.
#[test]
fn a_shell_whose_starter_was_killed_keeps_its_choice() {
    let sandbox = sandbox();
    let mut command = command(
        &sandbox,
        "echo $$ >pid.new; mv pid.new pid; until [ -e go ]; do sleep 0.02; done; now >said.new; mv said.new said; exec sleep 600",
        &["prod"],
    );
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut starter = command.spawn().unwrap();
    let began = Instant::now();
    let wait_for = |name: &str| {
        let path = sandbox.path(name);
        loop {
            if let Ok(text) = fs::read_to_string(&path) {
                return text;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "no {name}");
            thread::sleep(Duration::from_millis(5));
        }
    };
    let pid: i32 = wait_for("pid").trim().parse().unwrap();
    let pid = Pid::from_raw(pid).unwrap();
    starter.kill().unwrap();
    starter.wait().unwrap();
    // Whoever sweeps lets it live.
    sandbox.bowline(&["history"]).expect(0);
    assert_eq!(left(&sandbox).len(), 2);
    fs::write(sandbox.path("go"), "").unwrap();
    assert_eq!(wait_for("said"), "prod\n\n");
    kill_process(pid, Signal::KILL).unwrap();
    loop {
        sandbox.bowline(&["history"]).expect(0);
        if left(&sandbox).is_empty() {
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "it is not swept");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(sandbox.text(), TWO);
}
