//! Many writers and readers at once, ours and kubectl's.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use kubeconfig::Document;
use testnode::Cluster;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::run;

const WRITERS: usize = 16;
const CHANGES: usize = 5;

/// The last line of the file: a reader that sees it, and the first one, saw all of it.
const END: &str = "x-end: here\n";

fn sandbox() -> Sandbox {
    let text = odd(&Cluster::new(), "https://127.0.0.1:1");
    let text = format!("{}{END}", text.replace("  without an end\n", "\n"));
    Sandbox::with(text)
}

fn name(writer: usize, change: usize) -> String {
    format!("writer{writer}-{change}")
}

fn ours() -> BTreeSet<String> {
    let names = (0..WRITERS).flat_map(|writer| (0..CHANGES).map(move |n| name(writer, n)));
    names.collect()
}

/// The contexts of the file, sorted.
fn contexts(bytes: &[u8]) -> BTreeSet<String> {
    let document = Document::parse(bytes.to_vec()).unwrap();
    let contexts = document.config().contexts.iter();
    contexts.map(|it| it.name.clone()).collect()
}

/// Lets sixteen bowlines make five changes each; what they said.
fn write_all(sandbox: &Sandbox) -> Vec<Outcome> {
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || {
                    let change = |n| {
                        let name = name(writer, n);
                        let line = ["set-context", &name, "--cluster=work", "--user=admin"];
                        sandbox.config(&line).expect(0)
                    };
                    (0..CHANGES).map(change).collect::<Vec<_>>()
                })
            })
            .collect();
        let said = writers.into_iter().flat_map(|it| it.join().unwrap());
        said.collect()
    })
}

/// Reads with `look`, which returns how many contexts there are, until the writers are done.
fn follow(done: &AtomicBool, reads: &AtomicUsize, look: impl Fn() -> usize) {
    let mut most = 1;
    while !done.load(Ordering::Relaxed) {
        let now = look();
        assert!(now >= most, "went back from {most} to {now} contexts");
        most = now;
        reads.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn sixteen_bowlines_keep_all_eighty_changes_and_no_reader_sees_a_torn_file() {
    let sandbox = sandbox();
    let before = contexts(&sandbox.bytes());
    let done = AtomicBool::new(false);
    let [raw, programs] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let list = ["config", "get-contexts", "-o", "name"];
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                follow(&done, &raw, || {
                    let text = sandbox.text();
                    assert!(text.starts_with("# My clusters") && text.ends_with(END));
                    text.matches("writer").count() + 1
                });
            });
        }
        scope.spawn(|| {
            follow(&done, &programs, || {
                sandbox.bowline(&list).expect(0).stdout.lines().count()
            });
        });
        scope.spawn(|| {
            follow(&done, &programs, || {
                sandbox.kubectl(&list).expect(0).stdout.lines().count()
            });
        });
        // A failed writer must not leave the readers reading.
        let written = thread::scope(|inner| inner.spawn(|| write_all(&sandbox)).join());
        done.store(true, Ordering::Relaxed);
        for outcome in written.unwrap() {
            assert_eq!(outcome.stderr, "", "nobody took anything back");
        }
    });
    println!("{raw:?} reads of the file and {programs:?} by programs beside {WRITERS} writers");
    let after = contexts(&sandbox.bytes());
    assert_eq!(after, before.union(&ours()).cloned().collect());
    assert_eq!(sandbox.beside(), ["config"]);
    assert_eq!(sandbox.history().len(), WRITERS * CHANGES);
    assert!(sandbox.text().ends_with(END));
    // The last of them can still be taken back, byte for byte.
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(contexts(&sandbox.bytes()).len(), after.len() - 1);
}

/// One change by kubectl, again until the lock is free.
fn kubectl_changes(sandbox: &Sandbox, name: &str) {
    let command = || -> Command {
        let mut command = sandbox.settle(Command::new(sandbox.kubectl_path()));
        command.args(["config", "set-context", name, "--cluster=work"]);
        command
    };
    for _ in 0..1000 {
        let outcome = run(command(), b"");
        if outcome.code == Some(0) {
            return;
        }
        assert!(outcome.stderr.contains("file exists"), "{outcome:#?}");
    }
    panic!("kubectl never got the lock");
}

/// How many changes a note says were taken back.
fn told(outcome: &Outcome) -> usize {
    let notes = outcome.stderr.lines().map(|line| {
        let rest = line
            .strip_prefix("bowline: another program took back ")
            .unwrap_or_else(|| panic!("{line}"));
        if rest.starts_with("change ") {
            return 1;
        }
        let (number, _) = rest.split_once(" changes").unwrap();
        number.parse().unwrap()
    });
    notes.sum()
}

#[test]
fn what_kubectl_deletes_of_ours_is_told_and_brought_back() {
    let sandbox = sandbox();
    let done = AtomicBool::new(false);
    let mut said = thread::scope(|scope| {
        let (sandbox, done) = (&sandbox, &done);
        for writer in 0..2 {
            scope.spawn(move || {
                let mut change = 0;
                while !done.load(Ordering::Relaxed) {
                    kubectl_changes(sandbox, &format!("kubectl{writer}-{change}"));
                    change += 1;
                }
            });
        }
        let written = thread::scope(|inner| inner.spawn(|| write_all(sandbox)).join());
        done.store(true, Ordering::Relaxed);
        written.unwrap()
    });
    let here = contexts(&sandbox.bytes());
    let missing: BTreeSet<String> = ours().difference(&here).cloned().collect();
    said.push(sandbox.config(&["get-contexts"]).expect(0));
    let told: usize = said.iter().map(told).sum();
    println!(
        "kubectl took back {} of 80, {told} were told",
        missing.len()
    );
    assert!(told >= missing.len());

    if missing.is_empty() {
        sandbox.bowline(&["redo"]).expect(1).says("nothing to redo");
    } else {
        let redid = sandbox.bowline(&["redo"]).expect(0);
        let redid: BTreeSet<String> = redid
            .stdout
            .lines()
            .map(|line| line.split(' ').nth(4).unwrap().to_owned())
            .collect();
        assert_eq!(redid, missing, "what is missing, and nothing else");
    }
    let after = contexts(&sandbox.bytes());
    assert_eq!(ours().difference(&after).count(), 0);
    assert!(here.is_subset(&after), "kubectl's changes stay");
    let again = sandbox.config(&["get-contexts"]).expect(0);
    assert_eq!(again.stderr, "", "nothing is lost any more");
    assert_eq!(sandbox.beside(), ["config"]);
    sandbox.kubectl(&["config", "view"]).expect(0);
}

/// kubectl's own steps, one by one, so that the loss does not depend on luck.
#[test]
fn a_change_of_ours_hides_no_loss_before_it() {
    let sandbox = sandbox();
    sandbox.config(&["set-context", "kept"]).expect(0);
    let as_kubectl_read_it = sandbox.bytes();
    sandbox.config(&["set-context", "lost"]).expect(0);
    fs::write(sandbox.file(), as_kubectl_read_it).unwrap();
    // The next change says so itself, though it has written the file again.
    let next = sandbox.config(&["set-context", "next"]).expect(0);
    assert_eq!(told(&next), 1, "{next:#?}");
    let next = next.says("context lost is gone").says("`bowline redo 2`");
    assert_eq!(next.stdout, "Context \"next\" created.\n");
    let quiet = sandbox.config(&["get-contexts"]).expect(0);
    assert_eq!(quiet.stderr, "", "told once");
    sandbox
        .bowline(&["redo", "2"])
        .expect(0)
        .says("redid 2: config set-context lost in ");
    let names = contexts(&sandbox.bytes());
    assert!(
        ["kept", "lost", "next"]
            .iter()
            .all(|it| names.contains(*it))
    );
}
