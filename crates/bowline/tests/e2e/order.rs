//! The order of the steps of a change, as the system saw them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::skip;
use crate::trace::Trace;
use crate::trace::can_trace;
use crate::trace::strace;

#[test]
fn heal_locks_then_journals_then_writes_then_renames() {
    if let Err(reason) = can_trace() {
        return skip("heal_locks_then_journals_then_writes_then_renames", &reason);
    }
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    fs::set_permissions(sandbox.file(), fs::Permissions::from_mode(0o640)).unwrap();
    sandbox.settings(&format!(
        "{}multipass = false\n",
        sandbox.default_settings()
    ));
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let log = sandbox.path("trace");
    let mut traced = strace(&sandbox.command(&["heal"]), &log);
    // strace is on the machine's PATH.
    traced.env("PATH", std::env::var_os("PATH").unwrap());
    run(traced, b"").expect(0);
    assert!(sandbox.text().contains(&node.url()));

    let trace = Trace::parse(&fs::read_to_string(&log).unwrap());
    let root = sandbox.path("").canonicalize().unwrap();
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let folder = path("home/.kube");
    let (file, lock) = (format!("{folder}/config"), format!("{folder}/config.lock"));
    let (journal, entry) = (path("state/journal"), path("state/journal/000001.json"));
    let (intent, temporary) = (
        format!("{journal}/.bowline-"),
        format!("{folder}/.bowline-"),
    );

    let first = |what, fits: &dyn Fn(&crate::trace::Call) -> bool| trace.after(0, what, fits);
    let kubectl = first("kubectl's lock", &|call| call.links_to(&lock));
    let made = trace.after(kubectl, "temporary file", |call| call.creates(&temporary));
    // The state has a lock of its own; the kubeconfig's is the last before kubectl's.
    let owns = |call: &crate::trace::Call| call.succeeded && call.is("flock", "/state/locks/");
    assert!(trace.calls[..kubectl].iter().any(owns), "own lock first");
    let step = trace.after(kubectl, "read again", |call| {
        call.is("openat", &format!("\"{file}\""))
    });
    let step = trace.after(step, "intent", |call| call.creates(&intent));
    let step = trace.after(step, "intent written", |call| call.writes(&intent));
    let step = trace.after(step, "intent durable", |call| call.is("fsync", &intent));
    let step = trace.after(step, "intent in place", |call| call.renames_to(&entry));
    let step = trace.after(step, "journal durable", |call| call.syncs(&journal));
    assert!(
        step < made,
        "the intent is durable before the file is begun"
    );
    let step = trace.after(made, "written", |call| call.writes(&temporary));
    let step = trace.after(step, "mode", |call| {
        call.is("fchmod", &temporary) && call.arguments.contains("0640")
    });
    let step = trace.after(step, "durable", |call| call.is("fsync", &temporary));
    let step = trace.after(step, "looked at once more", |call| {
        call.is("openat", &format!("\"{file}\""))
    });
    let step = trace.after(step, "rename", |call| call.renames_to(&file));
    let step = trace.after(step, "folder durable", |call| call.syncs(&folder));
    trace.after(step, "kubectl's lock released", |call| call.removes(&lock));

    // Nothing ever opens the user's file for writing, and nothing secret is in the journal.
    let quoted = format!("\"{file}\"");
    let writes = |call: &crate::trace::Call| {
        call.is("openat", &quoted) && !call.arguments.contains("O_RDONLY")
    };
    assert_eq!(trace.count(writes), 0);
    let journalled = fs::read_to_string(entry).unwrap();
    assert!(!journalled.contains(cluster.admin_token()), "{journalled}");
}
