//! Nodes that cannot be read or written: each says why, and is left as it is.

use std::fs;

use testnode::Cluster;
use testnode::Node;

use super::remote::Remote;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::place;

pub(super) const READ: [&[&str]; 8] = [
    &["info"],
    &["args"],
    &["credentials"],
    &["users", "list"],
    &["kubeconfig", "admin"],
    &["certs"],
    &["audit"],
    &["repair", "--new", "172.28.41.9"],
];

pub(super) const WRITE: [&[&str]; 4] = [
    &["users", "add", "alice", "--force"],
    &["users", "rotate", "admin"],
    &["users", "remove", "admin", "--force"],
    &["repair", "--new", "172.28.41.9", "--apply"],
];

#[track_caller]
fn root(sandbox: &Sandbox, tree: &Tree, arguments: &[&str]) -> Outcome {
    let on = ["--root", tree.argument()];
    sandbox.bowline(&[&["node"], arguments, &on].concat())
}

/// Takes that nothing of ours was made.
#[track_caller]
pub(super) fn assert_untouched(sandbox: &Sandbox) {
    assert!(!sandbox.file().exists());
    assert!(!sandbox.path("state").exists() || sandbox.history().is_empty());
}

#[test]
fn what_is_no_node_is_not_taken_for_one() {
    let sandbox = Sandbox::new();
    let empty = sandbox.path("tmp");
    let file = sandbox.path("config.toml");
    let missing = sandbox.path("missing");
    for folder in [&empty, &file, &missing] {
        let folder = folder.to_str().unwrap();
        for command in READ.iter().chain(&WRITE) {
            let call = [&["node"], *command, &["--root", folder]].concat();
            let outcome = sandbox.bowline(&call).says(folder).stays_plain();
            assert!(matches!(outcome.code, Some(3 | 6)), "{call:?} {outcome:#?}");
            assert_eq!(outcome.stdout, "", "{call:?}");
        }
    }
    let other = Tree::stock("1.28");
    fs::remove_dir_all(other.root().join("var/snap/microk8s")).unwrap();
    let name = "what_is_no_node_is_not_taken_for_one";
    let Some(remote) = Remote::new(name, other, place().ip(), &[]) else {
        return;
    };
    for command in [READ[0], READ[3], READ[7], WRITE[0], WRITE[1]] {
        let outcome = remote.node(command).says(&remote.place()).says("MicroK8s");
        assert!(
            matches!(outcome.code, Some(3 | 6)),
            "{command:?} {outcome:#?}"
        );
    }
    assert_untouched(&remote.sandbox);
}

#[test]
fn a_worker_gives_no_users_whatever_was_left_there() {
    let sandbox = Sandbox::new();
    let tree = Tree::new("1.28", &["--worker"]);
    // What the node was before it joined.
    let left = Tree::stock("1.28").text("credentials/client.config");
    tree.write("credentials/client.config", &left);
    let before = tree.everything();
    let commands: [&[&str]; 6] = [
        READ[3],
        READ[4],
        WRITE[0],
        WRITE[1],
        WRITE[2],
        &["kubeconfig", "x", "-o", "f"],
    ];
    for command in commands {
        root(&sandbox, &tree, command).expect(6).says(
            "is a worker node: users and credentials are the business of a control-plane node",
        );
    }
    root(&sandbox, &tree, &["info"])
        .expect(0)
        .says("worker")
        .never_says("AlwaysAllow");
    root(&sandbox, &tree, &["certs"])
        .expect(0)
        .says("ca.remote.crt");
    root(&sandbox, &tree, &["args", "kube-apiserver"]).expect(0);
    assert_eq!(tree.everything(), before);
    assert!(!sandbox.path("f").exists());
    assert_untouched(&sandbox);
}

#[test]
fn a_damaged_node_says_what_is_damaged() {
    let sandbox = Sandbox::new();
    let whole = Tree::stock("1.26");
    let list = whole.text("credentials/known_tokens.csv");
    // Half-written; a user twice, one of them would stay; nothing at all; something else.
    for (text, part) in [
        (
            list[..list.len() - 20].to_owned() + "\"",
            "known_tokens.csv",
        ),
        (format!("{list}half"), "known_tokens.csv"),
        (format!("{list}\"unclosed,admin,x\n"), "known_tokens.csv"),
        (String::from("\0\u{1}\n"), "known_tokens.csv"),
    ] {
        let tree = Tree::stock("1.26");
        tree.write("credentials/known_tokens.csv", &text);
        let before = tree.everything();
        for command in [WRITE[0], WRITE[1], WRITE[2]] {
            let outcome = root(&sandbox, &tree, command).says(part).stays_plain();
            assert_eq!(outcome.code, Some(6), "{text:?} {outcome:#?}");
        }
        // What can be told is told.
        for command in [READ[0], READ[2], READ[3]] {
            root(&sandbox, &tree, command).expect(0).stays_plain();
        }
        root(&sandbox, &tree, READ[6])
            .expect(8)
            .says("token-file-refused");
        assert_eq!(tree.everything(), before);
    }
    // Twice in the list: which line would get the new token cannot be known.
    let tree = Tree::stock("1.26");
    let double = format!("{list}{},bob,1\n{},bob,2\n", "b".repeat(32), "c".repeat(32));
    tree.write("credentials/known_tokens.csv", &double);
    root(&sandbox, &tree, READ[6])
        .expect(8)
        .says("duplicate-user")
        .says("bob");
    root(&sandbox, &tree, &["users", "rotate", "bob"])
        .expect(6)
        .says("several lines for \"bob\" (6, 7)");
    assert_eq!(tree.text("credentials/known_tokens.csv"), double);
    // None of them may stay.
    root(&sandbox, &tree, &["users", "remove", "bob"]).expect(0);
    assert_eq!(tree.text("credentials/known_tokens.csv"), list);
    // A second administrator may go, the last may not.
    tree.write(
        "credentials/known_tokens.csv",
        &format!(
            "{list}{},second,second,\"a,system:masters\"\n",
            "d".repeat(32)
        ),
    );
    root(&sandbox, &tree, &["users", "remove", "second"]).expect(0);
    root(&sandbox, &tree, &["users", "remove", "admin"]).expect(6);
    assert_eq!(tree.text("credentials/known_tokens.csv"), list);

    // The administrator's kubeconfig.
    for text in ["", "clusters: [\u{1b}[31m", "{}", "a: &a [*a]\n"] {
        let tree = Tree::stock("1.28");
        tree.write("credentials/client.config", text);
        let before = tree.everything();
        for command in [READ[3], READ[4], WRITE[0], WRITE[1]] {
            root(&sandbox, &tree, command)
                .expect(6)
                .says("client.config")
                .stays_plain();
        }
        root(&sandbox, &tree, READ[2]).expect(0).stays_plain();
        assert_eq!(tree.everything(), before);
    }
    assert_untouched(&sandbox);
}

#[test]
fn names_that_would_break_the_list_are_refused() {
    let sandbox = Sandbox::new();
    for version in ["1.26", "1.28"] {
        let tree = Tree::stock(version);
        let before = tree.everything();
        let at = place().to_string();
        for user in [
            "",
            "a\nb",
            "a\rb",
            "a\u{1b}[31mb",
            "a\0b",
            "system:masters\n",
        ] {
            if user.contains('\0') {
                continue;
            }
            let call = ["users", "add", "--force", "--at", &at, "--", user];
            let outcome = root(&sandbox, &tree, &call[..3]).code;
            assert_eq!(outcome, Some(2));
            let on = ["node", "--root", tree.argument()];
            let outcome = sandbox.bowline(&[&on, &call[..]].concat()).stays_plain();
            assert!(matches!(outcome.code, Some(2 | 6)), "{user:?} {outcome:#?}");
        }
        for group in ["", "a\nb", "a\rb", "a\u{7f}b"] {
            let group = format!("--group={group}");
            let outcome = root(
                &sandbox,
                &tree,
                &["users", "add", "bob", "--force", "--at", &at, &group],
            )
            .stays_plain();
            assert!(
                matches!(outcome.code, Some(2 | 6)),
                "{group:?} {outcome:#?}"
            );
        }
        root(&sandbox, &tree, &["users", "rotate", "nobody", "--at", &at])
            .expect(6)
            .says("nobody");
        // What a certificate's user was granted is in the cluster, which does not answer here.
        let (code, part) = if version == "1.26" {
            (6, "nobody")
        } else {
            (3, "was not found")
        };
        root(&sandbox, &tree, &["users", "remove", "nobody", "--at", &at])
            .expect(code)
            .says(part);
        assert_eq!(tree.everything(), before);
    }
    assert_untouched(&sandbox);
}

#[test]
fn a_name_with_a_comma_and_a_quote_stays_one_line() {
    let sandbox = Sandbox::new();
    let made = Cluster::new();
    let address = place();
    let tree = Tree::of(&made, "1.26", &["--address", &address.ip().to_string()]);
    let list = tree.text("credentials/known_tokens.csv");
    let cluster = Cluster::builder().ca(made.ca()).known_tokens(&list).build();
    let node = Node::start(&cluster, address).unwrap();
    let at = node.address().to_string();
    let add = [
        "users",
        "add",
        "o\"ne, two",
        "--group",
        "dev",
        "--group",
        "ops",
        "--force",
        "--at",
        &at,
    ];
    root(&sandbox, &tree, &add).expect(0).stays_plain();
    let now = tree.text("credentials/known_tokens.csv");
    let line = now.strip_prefix(&list).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(
        line.contains("\"o\"\"ne, two\"") && line.ends_with(",\"dev,ops\"\n"),
        "{line}"
    );
    // Commas part the groups of one user.
    let add = [
        "users", "add", "two", "--group", "a,b", "--force", "--at", &at,
    ];
    root(&sandbox, &tree, &add).expect(6).says("has a comma");
    assert_eq!(tree.text("credentials/known_tokens.csv"), now);
}

#[test]
fn a_file_system_that_cannot_be_written_to_is_named() {
    let name = "a_file_system_that_cannot_be_written_to_is_named";
    let tree = Tree::stock("1.26");
    let before = tree.everything();
    let programs = [("snap", "#!/bin/sh\nexit 64\n")];
    let Some(remote) = Remote::mounted(name, tree, place().ip(), &programs, "ro", None) else {
        return;
    };
    let ours = remote.tree.text("credentials/client.config");
    remote.sandbox.write(&ours);
    for arguments in [WRITE[1], &["users", "rotate", "system:kube-scheduler"]] {
        remote
            .node(arguments)
            .expect(1)
            .says("is on a read-only file system; nothing was changed")
            .says("known_tokens.csv");
    }
    assert_eq!(remote.tree.everything(), before);
    // Ours would be the only ones with the new token.
    assert_eq!(remote.sandbox.text(), ours);
    assert!(remote.sandbox.history().is_empty());
}

#[test]
fn a_stopped_machine_is_not_started() {
    let sandbox = Sandbox::new();
    sandbox.script(
        "multipass",
        "case \"$*\" in\n'info dev --format json')\n\
         echo '{\"errors\":[],\"info\":{\"dev\":{\"state\":\"Stopped\",\"ipv4\":[]}}}' ;;\n\
         *) echo \"unexpected: $*\" >&2; exit 64 ;;\nesac\n",
    );
    for command in READ.iter().chain(&WRITE) {
        let outcome = sandbox
            .bowline(&[&["node"], *command, &["--on", "multipass:dev"]].concat())
            .says("multipass:dev does not run (Stopped)")
            .says("multipass start dev")
            .never_says("unexpected");
        assert_eq!(outcome.code, Some(3), "{outcome:#?}");
    }
    assert_untouched(&sandbox);
}
