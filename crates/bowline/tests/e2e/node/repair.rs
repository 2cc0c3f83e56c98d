//! `bowline node repair`: the plans, and what `--apply` does of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::remote::Remote;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;

const NEW: &str = "172.28.41.9";

/// Writes down what it is asked for; what a repair does not ask for is rejected.
const SNAP: &str = r#"#!/bin/sh
case "$*" in
"stop microk8s" | "start microk8s" | "restart microk8s.daemon-kubelite" | \
"restart microk8s.daemon-apiserver-proxy") ;;
*) echo "unexpected: snap $*" >&2; exit 64 ;;
esac
[ ! -e FOLDER/fails ] || { echo 'error: cannot perform it' >&2; exit 1; }
echo "snap $*" >>FOLDER/calls
"#;

const MICROK8S: &str = r#"#!/bin/sh
case "$*" in
"status --wait-ready --timeout 120" | "refresh-certs -e server.crt" | "refresh-certs -e ca.crt") ;;
*) echo "unexpected: microk8s $*" >&2; exit 64 ;;
esac
echo "microk8s $*" >>FOLDER/calls
"#;

const PROGRAMS: [(&str, &str); 2] = [("snap", SNAP), ("microk8s", MICROK8S)];

#[track_caller]
fn repair(sandbox: &Sandbox, tree: &Tree, options: &[&str]) -> Outcome {
    let call = ["node", "repair", "--root", tree.argument()];
    sandbox.bowline(&[&call, options].concat())
}

/// The numbered headings of a plan.
fn steps(outcome: &Outcome) -> Vec<&str> {
    let numbered = |line: &&str| {
        line.split_once(". ")
            .is_some_and(|(number, _)| number.parse::<u8>().is_ok())
    };
    let lines = outcome.stdout.lines().filter(numbered);
    lines.map(|line| line.split_once(". ").unwrap().1).collect()
}

fn calls(remote: &Remote) -> Vec<String> {
    let calls = fs::read_to_string(remote.folder().join("calls")).unwrap_or_default();
    calls.lines().map(str::to_owned).collect()
}

/// A node alone whose flags name the address that it had.
fn fixed() -> Tree {
    let tree = Tree::stock("1.26");
    let flags = tree.text("args/kube-apiserver");
    tree.write(
        "args/kube-apiserver",
        &format!("{flags}--advertise-address=172.28.40.7\n"),
    );
    let flags = tree.text("args/kubelet");
    tree.write(
        "args/kubelet",
        &format!("# --node-ip=172.28.40.7\n{flags}--node-ip=172.28.40.7\n"),
    );
    tree
}

#[test]
fn plans_are_printed_and_nothing_is_done() {
    let sandbox = Sandbox::new();
    let trees = [
        Tree::stock("1.28"),
        fixed(),
        Tree::new("1.28", &["--multi-node"]),
        Tree::new("1.28", &["--worker"]),
    ];
    let before: Vec<_> = trees.iter().map(Tree::everything).collect();
    let [alone, fixed, member, worker] = &trees;
    let plan = repair(&sandbox, alone, &["--new", NEW])
        .expect(0)
        .says("a node alone, which mends its certificates itself")
        .says("nothing was done");
    assert_eq!(
        steps(&plan),
        [
            "Wait for MicroK8s itself",
            "Sign all certificates anew, kubelet.crt among them"
        ]
    );
    let plan = repair(&sandbox, fixed, &["--new", NEW])
        .expect(0)
        .says("172.28.40.7 becomes 172.28.41.9")
        .says("before-repair.tar");
    assert_eq!(
        steps(&plan),
        [
            "Keep a copy",
            "Change the address in the flags",
            "Restart the Kubernetes services",
            "Sign server.crt for the new addresses",
        ]
    );
    let plan = repair(&sandbox, member, &["--new", NEW])
        .expect(0)
        .says("one of several control-plane nodes; 172.28.40.7 becomes 172.28.41.9")
        .says("remove-node 172.28.40.7")
        .says("(by hand, on every control-plane node)")
        .says("(by hand, on the workers)");
    assert!(plan.stdout.contains("info.yaml") && plan.stdout.contains("cluster.yaml"));
    repair(&sandbox, member, &["--new", "172.28.40.8"])
        .expect(6)
        .says("another member");
    repair(&sandbox, member, &["--old", "172.28.40.1", "--new", NEW])
        .expect(6)
        .says("172.28.40.9");
    repair(&sandbox, worker, &["--new", NEW])
        .expect(0)
        .says("a worker")
        .says("Restart the kubelet");
    repair(&sandbox, alone, &[]).expect(6).says("--new ADDRESS");
    repair(&sandbox, fixed, &["--new", "172.28.40.7"])
        .expect(0)
        .says("nothing to repair");
    for wrong in ["127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1"] {
        repair(&sandbox, alone, &["--new", wrong])
            .expect(6)
            .says("cannot be a node's address");
    }
    repair(&sandbox, alone, &["--new", "here"]).expect(2);
    let after: Vec<_> = trees.iter().map(Tree::everything).collect();
    assert_eq!(after, before);
}

#[test]
fn a_copy_in_a_folder_is_never_repaired() {
    let sandbox = Sandbox::new();
    // Of the worker's plan, a file is the first that would change.
    let worker = Tree::new("1.28", &["--worker"]);
    for (tree, old) in [
        (&worker, "172.28.40.2"),
        (&Tree::stock("1.28"), "172.28.40.7"),
        (&fixed(), "172.28.40.7"),
        (&Tree::new("1.28", &["--multi-node"]), "172.28.40.7"),
    ] {
        let before = tree.everything();
        let plan = repair(&sandbox, tree, &["--old", old, "--new", NEW]).expect(0);
        let refused = repair(&sandbox, tree, &["--old", old, "--new", NEW, "--apply"])
            .expect(6)
            .says("a folder is only a copy")
            .says("--on");
        assert!(
            !refused.stderr.contains("before-repair.tar"),
            "{refused:#?}"
        );
        // The plan is what somebody came for.
        assert_eq!(refused.stdout, plan.stdout);
        assert_eq!(tree.everything(), before);
    }
}

#[test]
fn a_node_alone_is_repaired_in_order() {
    let name = "a_node_alone_is_repaired_in_order";
    let Some(remote) = Remote::new(name, fixed(), place().ip(), &PROGRAMS) else {
        return;
    };
    let before = remote.tree.everything();
    let arguments = ["repair", "--new", NEW];
    remote.node(&arguments).expect(0).says("nothing was done");
    assert_eq!(remote.tree.everything(), before);
    assert_eq!(calls(&remote), [] as [&str; 0]);

    remote
        .node(&["repair", "--new", NEW, "--apply"])
        .expect(0)
        .says(": done");
    assert_eq!(
        calls(&remote),
        [
            "snap restart microk8s.daemon-kubelite",
            "microk8s refresh-certs -e server.crt"
        ]
    );
    let copy = remote
        .tree
        .root()
        .join("var/snap/microk8s/common/before-repair.tar");
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let listed = std::process::Command::new("tar")
        .arg("-tf")
        .arg(&copy)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for name in [
        "args/kube-apiserver",
        "certs/server.key",
        "credentials/known_tokens.csv",
        "var/kubernetes/backend/info.yaml",
    ] {
        assert!(listed.lines().any(|line| line == name), "{name}: {listed}");
    }
    // Only the two files that the plan names, and in them only the flags.
    let mut expected = before;
    for name in ["args/kube-apiserver", "args/kubelet"] {
        let path = fs::canonicalize(remote.tree.data(name)).unwrap();
        let (_, bytes) = expected.get_mut(&path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let lines = text.split_inclusive('\n').map(|line| {
            if line.starts_with("--") {
                line.replace("172.28.40.7", NEW)
            } else {
                line.to_owned()
            }
        });
        *bytes = lines.collect::<String>().into_bytes();
    }
    let mut after = remote.tree.everything();
    after.remove(&copy).unwrap();
    assert_eq!(after, expected);
    remote
        .node(&["repair", "--new", NEW])
        .expect(0)
        .says("nothing to repair");
    // The copy of before is not written over.
    let bytes = fs::read(&copy).unwrap();
    remote
        .node(&["repair", "--new", "172.28.41.10", "--apply"])
        .expect(1)
        .says("step 1 failed")
        .says("is there already: move it away first");
    assert_eq!(fs::read(&copy).unwrap(), bytes);
    assert_eq!(remote.tree.everything().len(), expected.len() + 1);
}

#[test]
fn a_member_is_not_repaired_by_itself() {
    let name = "a_member_is_not_repaired_by_itself";
    let tree = Tree::new("1.28", &["--multi-node"]);
    let Some(remote) = Remote::new(name, tree, place().ip(), &PROGRAMS) else {
        return;
    };
    let before = remote.tree.everything();
    remote
        .node(&["repair", "--new", NEW, "--apply"])
        .expect(1)
        .says("nothing was done: step 1 is by hand, as printed above");
    assert_eq!(calls(&remote), [] as [&str; 0]);
    assert_eq!(remote.tree.everything(), before);
}

#[test]
fn the_last_member_is_given_its_new_address_while_it_is_stopped() {
    let name = "the_last_member_is_given_its_new_address_while_it_is_stopped";
    let tree = Tree::new("1.28", &["--multi-node"]);
    let backend = "var/kubernetes/backend";
    let own = tree.text(&format!("{backend}/localnode.yaml"));
    tree.write(&format!("{backend}/cluster.yaml"), &own);
    let Some(remote) = Remote::new(name, tree, place().ip(), &PROGRAMS) else {
        return;
    };
    remote
        .node(&["repair", "--new", NEW, "--apply"])
        .expect(0)
        .says("the last node of a cluster");
    assert_eq!(
        calls(&remote),
        [
            "snap stop microk8s",
            "snap start microk8s",
            "microk8s status --wait-ready --timeout 120",
            "microk8s refresh-certs -e ca.crt",
        ]
    );
    let data = |name: &str| remote.tree.text(&format!("{backend}/{name}"));
    assert_eq!(data("update.yaml"), format!("Address: {NEW}:19001\n"));
    assert_eq!(data("localnode.yaml"), own.replace("172.28.40.7", NEW));
    // dqlite itself writes the rest when it starts.
    assert_eq!(data("cluster.yaml"), own);
    assert!(data("info.yaml").contains("172.28.40.7"));
}

#[test]
fn a_worker_keeps_a_copy_too_and_a_failure_says_where_it_stands() {
    let name = "a_worker_keeps_a_copy_too_and_a_failure_says_where_it_stands";
    let tree = Tree::new("1.28", &["--worker"]);
    let Some(remote) = Remote::new(name, tree, place().ip(), &PROGRAMS) else {
        return;
    };
    let fails = remote.folder().join("fails");
    fs::write(&fails, "").unwrap();
    // Without a flag that names an address there is nothing to copy: none is spoken of.
    remote
        .node(&["repair", "--new", NEW, "--apply"])
        .expect(1)
        .says("step 1 failed")
        .says("cannot perform it")
        .never_says("before-repair.tar");
    fs::remove_file(&fails).unwrap();
    let copy = remote
        .tree
        .root()
        .join("var/snap/microk8s/common/before-repair.tar");
    assert!(!Path::new(&copy).exists());
    remote
        .node(&["repair", "--old", "172.28.40.2", "--new", NEW, "--apply"])
        .expect(0);
    assert!(copy.exists());
    assert_eq!(
        calls(&remote),
        [
            "snap restart microk8s.daemon-apiserver-proxy",
            "snap restart microk8s.daemon-kubelite"
        ]
    );
    let provider = remote.tree.text("args/traefik/provider.yaml");
    assert!(provider.contains(&format!("{NEW}:16443")), "{provider}");
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}
