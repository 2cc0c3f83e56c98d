//! Who is not root on the node: a stranger, and a member of the group microk8s.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::bad_node::READ;
use super::bad_node::WRITE;
use super::bad_node::assert_untouched;
use super::remote::Remote;
use crate::support::Tree;
use crate::support::place;

/// A node whose files are root's and of the group 61001, as the hooks leave them.
fn grouped() -> (Tree, IpAddr) {
    let ip = place().ip();
    let tree = Tree::new("1.26", &["--group", "61001", "--address", &ip.to_string()]);
    fs::set_permissions(tree.root(), fs::Permissions::from_mode(0o755)).unwrap();
    (tree, ip)
}

const DEFAULTS: &str = "Defaults !lecture\nDefaults !syslog\n";

#[test]
fn who_may_not_read_is_told_what_is_missing() {
    let (tree, ip) = grouped();
    let before = tree.everything();
    let name = "who_may_not_read_is_told_what_is_missing";
    let Some(remote) = Remote::of_joe(name, tree, ip, "", DEFAULTS) else {
        return;
    };
    for command in READ.iter().chain(&WRITE) {
        let outcome = remote
            .node(command)
            .says("uses sudo on ssh:joe@")
            .says("needs root's rights there, and sudo refuses: sudo: a password is required");
        assert_eq!(outcome.code, Some(1), "{command:?} {outcome:#?}");
        assert_eq!(outcome.stdout, "");
    }
    assert_eq!(remote.tree.everything(), before);
    assert_untouched(&remote.sandbox);
}

#[test]
fn a_member_of_the_group_reads_without_sudo_and_writes_with_it() {
    let (tree, ip) = grouped();
    let before = tree.everything();
    let name = "a_member_of_the_group_reads_without_sudo_and_writes_with_it";
    let group = "microk8s:x:61001:joe\n";
    let Some(remote) = Remote::of_joe(name, tree, ip, group, DEFAULTS) else {
        return;
    };
    remote
        .node(&["info"])
        .expect(0)
        .says("the files of the datastore are left out")
        .says("Not read");
    remote.node(&["users", "list"]).expect(0).says("admin");
    // Whether it is one of several members is in those files.
    remote
        .node(&["repair", "--new", "172.28.41.9"])
        .expect(1)
        .says("sudo refuses");
    remote
        .node(&["credentials"])
        .expect(0)
        .says("root:microk8s");
    remote
        .node(&["users", "rotate", "admin"])
        .expect(1)
        .says("uses sudo on ssh:joe@")
        .says("sudo refuses");
    assert_eq!(remote.tree.everything(), before);

    // Where the group may read everything, sudo is for writing alone.
    let (tree, ip) = grouped();
    let backend = tree.data("var/kubernetes/backend");
    for file in fs::read_dir(backend).unwrap() {
        let mode = fs::Permissions::from_mode(0o660);
        fs::set_permissions(file.unwrap().path(), mode).unwrap();
    }
    let sudoers = format!("{DEFAULTS}joe ALL=(ALL) NOPASSWD: ALL\n");
    let Some(remote) = Remote::of_joe(name, tree, ip, group, &sudoers) else {
        return;
    };
    let list = remote.tree.data("credentials/known_tokens.csv");
    let old = fs::read_to_string(&list).unwrap();
    remote
        .node(&["users", "rotate", "admin"])
        .expect(0)
        .never_says("to read")
        .says("to write /var/snap/microk8s/current/credentials/known_tokens.csv");
    let new = fs::read_to_string(&list).unwrap();
    assert_eq!(
        old.lines().skip(1).collect::<Vec<_>>(),
        new.lines().skip(1).collect::<Vec<_>>()
    );
    assert_ne!(old.lines().next(), new.lines().next());
    let meta = fs::metadata(&list).unwrap();
    assert_eq!(
        (meta.uid(), meta.gid(), meta.mode() & 0o7777),
        (0, 61001, 0o660)
    );
}
