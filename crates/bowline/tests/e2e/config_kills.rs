//! `kill -9` at random moments of `config use-context` on a kubeconfig of 10,000 contexts.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::support::Sandbox;
use crate::support::names;

const KILLS: u32 = 500;
const BETWEEN: u32 = 100;
const MOST: u32 = 1500;
/// 58 MB in kubectl's style, as certificates of usual length make it.
const CONTEXTS: u32 = 10_000;

/// 23 MB, for a machine that is too busy to write the other one a thousand times in a few minutes.
const FEWER: u32 = 4_000;
const SLOW: Duration = Duration::from_millis(400);

fn large(current: &str, contexts: u32) -> String {
    let data = |bytes: usize| "QUJD".repeat(bytes / 4);
    let (authority, key) = (data(1592), data(2376));
    let mut text = String::with_capacity(60_000_000);
    text.push_str("apiVersion: v1\nclusters:\n");
    for n in 0..contexts {
        write!(
            text,
            "- cluster:\n    certificate-authority-data: {authority}\n    \
               server: https://c{n:05}.example.com:6443\n  name: c{n:05}\n"
        )
        .unwrap();
    }
    text.push_str("contexts:\n");
    for n in 0..contexts {
        write!(
            text,
            "- context:\n    cluster: c{n:05}\n    user: u{n:05}\n  name: x{n:05}\n"
        )
        .unwrap();
    }
    writeln!(text, "current-context: {current}\nkind: Config\nusers:").unwrap();
    for n in 0..contexts {
        write!(
            text,
            "- name: u{n:05}\n  user:\n    client-certificate-data: {authority}\n    \
               client-key-data: {key}\n"
        )
        .unwrap();
    }
    text
}

/// How the rounds ended.
#[derive(Debug, Default)]
struct Count {
    kills: u32,
    between: u32,
    switched: u32,
    locks: u32,
    undone: u32,
}

struct Victim<'a> {
    sandbox: &'a Sandbox,
}

impl Victim<'_> {
    fn temporary(&self) -> bool {
        let beside = self.sandbox.beside();
        let is_temporary =
            |name: &String| name.starts_with(".bowline-") && name.strip_suffix(".tmp").is_some();
        beside.iter().any(is_temporary)
    }

    /// The one in the state folder is the intent's: it comes before the kubeconfig's.
    fn wait_for_temporary(&self, child: &mut Child) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !self.temporary() && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it neither writes nor ends");
            thread::sleep(Duration::from_micros(50));
        }
    }

    fn switch(&self, to: &str) -> Child {
        let mut command = self.sandbox.command(&["config", "use-context", to]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }
}

fn random(below: Duration) -> Duration {
    let number = RandomState::new().hash_one(0);
    let micros = u64::try_from(below.as_micros()).unwrap().max(1);
    Duration::from_micros(number % micros)
}

#[test]
fn a_killed_use_context_leaves_the_whole_old_or_the_whole_new_file() {
    let began = Instant::now();
    let names_of = ["x00000", "x03999"];
    let sandbox = Sandbox::on_disk();
    // How long it takes here, and that it does what it should.
    let first = |contexts| {
        let states = names_of.map(|name| large(name, contexts));
        sandbox.write(&states[0]);
        let switched = sandbox.config(&["use-context", names_of[1]]).expect(0);
        assert!(sandbox.bytes() == states[1].as_bytes());
        (states, switched.elapsed)
    };
    let (mut states, mut whole) = first(CONTEXTS);
    if whole > SLOW {
        (states, whole) = first(FEWER);
    }
    let victim = Victim { sandbox: &sandbox };

    let mut at = 1;
    let mut window = whole / 20;
    let mut count = Count::default();
    while count.kills < KILLS || count.between < BETWEEN {
        assert!(count.kills < MOST, "{count:?}");
        let to = 1 - at;
        let mut child = victim.switch(names_of[to]);
        let anywhere = count.kills % 2 == 0;
        if anywhere {
            thread::sleep(random(whole * 11 / 10));
        } else {
            victim.wait_for_temporary(&mut child);
            thread::sleep(random(window));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        count.kills += 1;

        let caught = victim.temporary();
        count.locks += u32::from(sandbox.path("home/.kube/config.lock").exists());
        let now = sandbox.bytes();
        let is_new = now == states[to].as_bytes();
        assert!(
            is_new || now == states[at].as_bytes(),
            "torn: {count:?}, {} bytes",
            now.len()
        );
        count.between += u32::from(caught && !is_new);
        count.switched += u32::from(is_new);
        if !anywhere {
            // As long as the writing takes here, so that about half come too late.
            window = if is_new {
                window * 3 / 4
            } else {
                window * 5 / 4
            };
        }
        if is_new {
            at = to;
        }
        // Now and then: the next run works, whatever the dead left, and can be taken back.
        if count.kills % 25 == 0 {
            let to = 1 - at;
            sandbox.config(&["use-context", names_of[to]]).expect(0);
            assert!(sandbox.bytes() == states[to].as_bytes());
            assert_eq!(
                sandbox.beside(),
                ["config"],
                "the litter of the dead is gone"
            );
            sandbox.bowline(&["undo"]).expect(0);
            assert!(sandbox.bytes() == states[at].as_bytes());
            count.undone += 1;
        }
    }
    let seconds = began.elapsed().as_secs();
    println!(
        "{count:?} in {seconds} s, {whole:?} a run, {} bytes",
        states[0].len()
    );
    assert!(!sandbox.path("home/.kube/config.lock").exists());
    assert!(names(&sandbox.path("state/journal")).len() > 1);
    sandbox.bowline(&["history"]).expect(0);
}
