//! The order of the steps, as the system saw them.

use crate::helper::helper;
use crate::support::{Home, skip};
use crate::trace::{Trace, can_trace, strace};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn the_steps_come_in_their_order() {
    let home = Home::with("one\n");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let log = home.path("trace");
    let mut helper = helper("once", &home.state(), &home.file());
    helper.env("STORE_TEST_TEXT", "two\n");
    if let Err(reason) = can_trace() {
        return skip("the_steps_come_in_their_order", &reason);
    }
    let output = strace(&helper, &log).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(home.content(), "one\ntwo\n");
    let trace = Trace::parse(&fs::read_to_string(&log).unwrap());
    let path = |name: &str| {
        home.dir
            .path()
            .canonicalize()
            .unwrap()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (file, folder, lock) = (path("kube/config"), path("kube"), path("kube/config.lock"));
    let (journal, entry) = (path("state/journal"), path("state/journal/000001.json"));
    let (intent, temporary) = (
        format!("{journal}/.bowline-"),
        format!("{folder}/.bowline-"),
    );

    let own = trace.after(0, "own lock", |call| call.is("flock", "/state/locks/"));
    let kubectl = trace.after(own, "kubectl's lock", |call| call.links_to(&lock));
    let step = trace.after(kubectl, "read again", |call| {
        call.is("openat", &format!("\"{file}\""))
    });
    let step = trace.after(step, "intent, private", |call| {
        call.creates(&intent) && call.arguments.ends_with("0600")
    });
    let step = trace.after(step, "intent written", |call| call.writes(&intent));
    let step = trace.after(step, "intent durable", |call| call.is("fsync", &intent));
    let step = trace.after(step, "intent in place", |call| call.renames_to(&entry));
    let step = trace.after(step, "journal durable", |call| call.syncs(&journal));
    let made = trace.after(step, "temporary file, private", |call| {
        call.creates(&temporary) && call.arguments.ends_with("0600")
    });
    assert_eq!(
        made,
        trace.after(kubectl, "temporary file", |call| call.creates(&temporary))
    );
    let step = trace.after(made, "written", |call| call.writes(&temporary));
    let step = trace.after(step, "mode", |call| {
        call.is("fchmod", &temporary) && call.arguments.contains("0640")
    });
    let step = trace.after(step, "durable", |call| call.is("fsync", &temporary));
    let step = trace.after(step, "looked at once more", |call| {
        call.is("openat", &format!("\"{file}\""))
    });
    let renamed = trace.after(step, "rename", |call| call.renames_to(&file));
    let step = trace.after(renamed, "folder durable", |call| call.syncs(&folder));
    let step = trace.after(step, "entry done", |call| call.writes(&entry));
    let unlocked = trace.after(step, "kubectl's lock released", |call| call.removes(&lock));
    trace.after(unlocked, "own lock released", |call| {
        call.is("close", "/state/locks/")
    });

    // Nothing ever opens the user's file for writing, and nothing else is left in its folder.
    let quoted = format!("\"{file}\"");
    assert_eq!(
        trace.count(|call| call.is("openat", &quoted) && !call.arguments.contains("O_RDONLY")),
        0
    );
    assert_eq!(
        trace.count(|call| call.creates(&format!("{folder}/"))),
        2,
        "the lock and the new file"
    );
    assert_eq!(home.names(), ["config"]);
}
