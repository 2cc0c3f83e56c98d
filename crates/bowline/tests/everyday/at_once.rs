//! Many choices at once, in one terminal and for all: none is torn, and the last is one of those that were wanted.

use std::fs;
use std::process::Child;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const MANY: usize = 16;

fn name(number: usize) -> String {
    format!("ctx-{number}")
}

/// A kubeconfig with a comment at each context.
fn kubeconfig() -> String {
    let contexts: Vec<_> = (0..MANY)
        .map(|number| {
            format!("- name: ctx-{number} # number {number}\n  context: {{cluster: c, user: u}}\n")
        })
        .collect();
    format!(
        "contexts:\n{}current-context: ctx-0\nclusters: [{{name: c, cluster: {{server: 'https://192.0.2.1'}}}}]\nusers: [{{name: u, user: {{}}}}]\n",
        contexts.concat()
    )
}

/// A shell that only lives.
struct Shell(Child);

impl Shell {
    fn new() -> Self {
        Self(Command::new("sleep").arg("600").spawn().unwrap())
    }

    fn bowline(&self, sandbox: &Sandbox, list: &str, arguments: &[&str]) -> Outcome {
        let mut command = sandbox.command(arguments);
        command.env("KUBECONFIG", list);
        command.env("BOWLINE_SHELL_PID", self.0.id().to_string());
        run(command, b"")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs this for each number at the same time.
fn at_once(run: impl Fn(usize) -> Outcome + Sync) -> Vec<Outcome> {
    let started = std::sync::Barrier::new(MANY);
    thread::scope(|scope| {
        let all: Vec<_> = (0..MANY)
            .map(|number| {
                scope.spawn({
                    let (started, run) = (&started, &run);
                    move || {
                        started.wait();
                        run(number)
                    }
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// The number of the context that is current in a kubeconfig, as kubectl sees it.
#[track_caller]
fn current(sandbox: &Sandbox, list: &str) -> usize {
    let mut command = sandbox.settle(Command::new(sandbox.kubectl_path()));
    command.env("KUBECONFIG", list);
    command.args(["config", "current-context"]);
    let said = run(command, b"").expect(0).stdout;
    let number = said.trim_end().strip_prefix("ctx-").unwrap();
    number.parse().unwrap()
}

/// The names that are not of a lock, below a folder.
fn litter(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let mut names = names(&sandbox.path(folder));
    names.retain(|name| {
        ![
            "locks",
            "journal",
            "sessions",
            "bowline-guard.json",
            "selections.json",
        ]
        .contains(&name.as_str())
    });
    names
}

#[test]
fn in_one_terminal() {
    let sandbox = Sandbox::with(kubeconfig());
    let before = sandbox.text();
    let own = sandbox.file().display().to_string();
    let shell = Shell::new();
    // The first choices of a terminal, all of which would make its session; then those that change it.
    let said = at_once(|number| {
        shell.bowline(&sandbox, &own, &["use", &name(number), "-n", &name(number)])
    });
    let lists: Vec<String> = said.into_iter().map(|said| said.expect(0).stdout).collect();
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:#?}");
    let list = lists[0].trim_end().strip_prefix("KUBECONFIG=").unwrap();
    for round in 0..3 {
        let said = at_once(|number| {
            let namespace = format!("{}-{round}", name(number));
            shell.bowline(&sandbox, list, &["use", &name(number), "-n", &namespace])
        });
        for (number, said) in said.into_iter().enumerate() {
            let said = said.expect(0);
            assert_eq!(said.stdout, "");
            assert_eq!(
                said.stderr,
                format!("bowline: ctx-{number} (namespace ctx-{number}-{round})\n")
            );
        }
        // Context and namespace are of one choice.
        let winner = current(&sandbox, list);
        let mut prompt = sandbox.command(&["prompt"]);
        prompt.env("KUBECONFIG", list);
        assert_eq!(
            run(prompt, b"").expect(0).stdout,
            format!("ctx-{winner}:ctx-{winner}-{round}\n")
        );
    }
    let session = list.split(':').next().unwrap();
    let value: Value = serde_json::from_slice(&fs::read(session).unwrap()).unwrap();
    assert_eq!(value["contexts"].as_array().unwrap().len(), 1);
    let back = shell.bowline(&sandbox, list, &["use", "-"]).expect(0);
    assert!(back.stderr.starts_with("bowline: ctx-"), "{back:#?}");
    assert_eq!(sandbox.text(), before);
    let left = names(&sandbox.path("state/sessions"));
    assert_eq!(left.len(), 2, "a session and its memory: {left:?}");
    assert_eq!(litter(&sandbox, "state"), [""; 0]);
    assert_eq!(sandbox.beside(), ["config"]);
}

#[test]
fn for_all_terminals() {
    let sandbox = Sandbox::with(kubeconfig());
    let before = sandbox.text();
    for said in at_once(|number| sandbox.bowline(&["use", &name(number)])) {
        said.expect(0);
    }
    let winner = current(&sandbox, &sandbox.file().display().to_string());
    // Nothing else was changed, and each change can be undone.
    assert_eq!(
        sandbox.text(),
        before.replace(
            "current-context: ctx-0",
            &format!("current-context: ctx-{winner}")
        )
    );
    let changes = sandbox.history();
    assert!(
        changes.len() >= MANY - 1 && changes.len() <= MANY,
        "{}",
        changes.len()
    );
    for _ in &changes {
        sandbox.bowline(&["undo"]).expect(0);
    }
    assert_eq!(sandbox.text(), before);
    assert_eq!(litter(&sandbox, "state"), [""; 0]);
    assert_eq!(sandbox.beside(), ["config"]);
}

#[test]
fn in_terminals_and_for_all() {
    let sandbox = Sandbox::with(kubeconfig());
    let before = sandbox.text();
    let own = sandbox.file().display().to_string();
    let shells: Vec<_> = (0..4).map(|_| Shell::new()).collect();
    let lists: Vec<String> = shells
        .iter()
        .map(|shell| {
            let said = shell.bowline(&sandbox, &own, &["use", "ctx-0"]).expect(0);
            said.stdout.trim_end().replacen("KUBECONFIG=", "", 1)
        })
        .collect();
    // Each fourth for all, from within a terminal; the others in four terminals.
    let said = at_once(|number| {
        let (shell, list) = (&shells[number % 4], &lists[number % 4]);
        let name = name(number);
        if number >= 12 {
            shell.bowline(&sandbox, list, &["use", "--global", &name])
        } else {
            shell.bowline(&sandbox, list, &["use", &name])
        }
    });
    for said in said {
        said.expect(0);
    }
    for (place, list) in lists.iter().enumerate() {
        let winner = current(&sandbox, list);
        assert!(
            winner < 12 && winner % 4 == place,
            "terminal {place}: {winner}"
        );
    }
    let winner = current(&sandbox, &own);
    assert!(winner >= 12, "{winner}");
    assert_eq!(
        sandbox.text(),
        before.replace(
            "current-context: ctx-0",
            &format!("current-context: ctx-{winner}")
        )
    );
    drop(shells);
    sandbox.bowline(&["history"]).expect(0);
    assert_eq!(names(&sandbox.path("state/sessions")), [""; 0]);
    assert_eq!(litter(&sandbox, "state"), [""; 0]);
    assert_eq!(sandbox.beside(), ["config"]);
}

/// kubectl writes into a terminal's session while that terminal's choice changes.
#[test]
fn what_kubectl_writes_while_a_terminal_chooses_is_somewhere() {
    let sandbox = Sandbox::with(kubeconfig());
    let own = sandbox.file().display().to_string();
    let shell = Shell::new();
    let said = shell.bowline(&sandbox, &own, &["use", "ctx-0"]).expect(0);
    let list = said.stdout.trim_end().replacen("KUBECONFIG=", "", 1);
    let kubectl = |arguments: &[&str]| {
        let mut command = sandbox.settle(Command::new(sandbox.kubectl_path()));
        command.env("KUBECONFIG", &list).args(arguments);
        run(command, b"")
    };
    let done = AtomicBool::new(false);
    let set = thread::scope(|scope| {
        for (first, second) in [("ctx-1", "ctx-2"), ("ctx-3", "ctx-4")] {
            let (shell, sandbox, list, done) = (&shell, &sandbox, &list, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    for arguments in [vec!["use", first], vec!["use", second, "-n", "team"]] {
                        shell.bowline(sandbox, list, &arguments).expect(0);
                    }
                }
            });
        }
        // One after the other: two kubectls that read before either writes lose what the first wrote.
        let began = Instant::now();
        let mut set = Vec::new();
        let mut tried = 0;
        while tried < 80 && began.elapsed() < Duration::from_secs(8) {
            let user = format!("user-{tried}");
            tried += 1;
            let said = kubectl(&["config", "set-credentials", &user, "--token=t"]);
            // It waits for no lock, and says so.
            if said.code == Some(0) {
                set.push(user);
            } else {
                said.says(".lock: file exists");
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(set.len() * 4 > tried, "{} of {tried}", set.len());
        set
    });
    let seen = kubectl(&["config", "view", "--raw", "-o", "json"]).expect(0);
    let seen: Value = serde_json::from_str(&seen.stdout).unwrap();
    let seen = seen["users"].as_array().unwrap();
    let missing: Vec<_> = set
        .iter()
        .filter(|user| !seen.iter().any(|seen| seen["name"] == ***user))
        .collect();
    assert_eq!(missing, [""; 0], "of {}", set.len());
    assert_eq!(litter(&sandbox, "state"), [""; 0]);
    let mut left = names(&sandbox.path("state/sessions"));
    left.retain(|name| {
        !["bowline-session.json", "bowline-memory.json"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    assert_eq!(left, [""; 0]);
}
