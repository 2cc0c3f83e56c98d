//! `kill -9` at random moments of `heal`.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::names;
use crate::support::odd;
use crate::support::place;

const KILLS: u32 = 200;
const BETWEEN: u32 = 50;
const MOST: u32 = 800;

/// Large enough for a window between creation and rename that random moments hit.
const SIZE: usize = 1 << 20;

/// A kubeconfig with one cluster that moved, and a long text of somebody's: cheap to parse, slow to write.
fn large(cluster: &Cluster, server: &str) -> String {
    let mut text = odd(cluster, server);
    text.push_str("x-history: |\n");
    while text.len() < SIZE {
        text.push_str(
            "  a line that stays as it is, however often this file is written, and by whom\n",
        );
    }
    text
}

/// How a round ended.
#[derive(Default)]
struct Count {
    kills: u32,
    between: u32,
    healed: u32,
    locks: u32,
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(".bowline-") && name.strip_suffix(".tmp").is_some()
}

/// Waits until the process has begun a temporary file, or has ended.
fn wait_for_temporary(sandbox: &Sandbox, child: &mut std::process::Child) {
    let folder = sandbox.path("home/.kube");
    let deadline = Instant::now() + Duration::from_mins(1);
    while !names(&folder).iter().any(|name| is_temporary(name)) {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "heal neither writes nor ends");
        thread::sleep(Duration::from_micros(50));
    }
}

#[test]
fn a_killed_heal_leaves_the_whole_old_or_the_whole_new_file() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let old = large(&cluster, &format!("https://{}", place()));
    let sandbox = Sandbox::on_disk();
    sandbox.write(&old);
    sandbox.settings("multipass = false\n");
    let at = node.address().to_string();
    let arguments = ["heal", "--at", &at];

    // What a heal makes of it, and how long it takes here.
    let began = Instant::now();
    sandbox.bowline(&arguments).expect(0);
    let whole = began.elapsed();
    let new = sandbox.bytes();
    assert!(new != old.as_bytes() && new.len() < old.len() + 100);

    let folder = sandbox.path("home/.kube");
    let random = |below: Duration| {
        let number = RandomState::new().hash_one(0);
        let micros = u64::try_from(below.as_micros()).unwrap().max(1);
        Duration::from_micros(number % micros)
    };
    let mut window = whole / 50;
    let mut count = Count::default();
    while count.kills < KILLS || count.between < BETWEEN {
        assert!(
            count.kills < MOST,
            "{} of {} hit",
            count.between,
            count.kills
        );
        // A new file each time, so that a failure cannot hide behind the one before.
        for name in names(&folder).iter().filter(|name| is_temporary(name)) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        sandbox.write(&old);
        let mut command: Command = sandbox.command(&arguments);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .stdin(Stdio::null());
        let mut child = command.spawn().unwrap();
        let anywhere = count.kills % 2 == 0;
        if anywhere {
            // Anywhere in its life.
            thread::sleep(random(whole * 11 / 10));
        } else {
            // Anywhere in the time that it writes.
            wait_for_temporary(&sandbox, &mut child);
            thread::sleep(random(window));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        count.kills += 1;

        let now = sandbox.bytes();
        let (is_old, is_new) = (now == old.as_bytes(), now == new);
        assert!(is_old || is_new, "torn after {} kills", count.kills);
        let caught = names(&folder).iter().any(|name| is_temporary(name));
        count.between += u32::from(caught && is_old);
        count.healed += u32::from(is_new);
        if !anywhere {
            // As long as the writing takes here, so that about half come too late.
            window = if is_new {
                window * 3 / 4
            } else {
                window * 5 / 4
            };
        }
        // Nobody else can know that its owner is dead.
        count.locks += u32::from(fs::remove_file(folder.join("config.lock")).is_ok());
    }
    println!(
        "{} kills: {} between temporary file and rename, {} healed, {} locks left, {whole:?} a heal",
        count.kills, count.between, count.healed, count.locks
    );

    sandbox.write(&old);
    sandbox.bowline(&arguments).expect(0);
    assert_eq!(sandbox.bytes(), new);
    let litter: Vec<_> = names(&folder)
        .into_iter()
        .filter(|name| is_temporary(name))
        .collect();
    assert_eq!(litter, Vec::<String>::new());
}
