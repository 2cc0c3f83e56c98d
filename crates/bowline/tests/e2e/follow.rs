//! A node moves, and its entry follows: nothing else in the file changes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::changed;
use crate::support::odd;
use crate::support::place;
use crate::support::utf16;

const NAMESPACES: &str = "kube-system";

/// The only difference that a move makes: the server, and at first the name below it.
#[track_caller]
fn assert_moved(before: &str, after: &str, old: &Node, first: bool, from: &str) {
    let (removed, added) = changed(before, after);
    assert_eq!(removed.len(), 1, "{removed:?} {added:?}");
    let [line] = removed.as_slice() else { return };
    assert_eq!(added[0], line.replace(from, &old.url()));
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let name = format!("    tls-server-name: kubernetes.default.svc{end}");
    let rest: &[&str] = if first { &[&name] } else { &[] };
    assert_eq!(&added[1..], rest);
}

#[test]
fn a_moved_node_is_followed_and_only_its_lines_change() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::new();
    let real = sandbox.path("real-config");
    fs::write(&real, &before).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../../real-config", sandbox.file()).unwrap();

    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert!(outcome.stdout.contains(NAMESPACES), "{outcome:?}");
    assert_eq!(sandbox.text(), before, "it worked");

    // The verdict of a moment ago must not stand in the way.
    let from = node.url();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let outcome = sandbox.kubectl(&["get", "ns"]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert!(outcome.stdout.contains(NAMESPACES), "{outcome:?}");
    let after = sandbox.text();
    assert_moved(&before, &after, &node, true, &from);
    sandbox.kubectl(&["get", "ns"]).expect(0).says(NAMESPACES);

    // Once more: now the name is there already.
    let from = node.url();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal"]).expect(0).says(&node.url());
    assert_moved(&after, &sandbox.text(), &node, false, &from);
    sandbox.kubectl(&["get", "ns"]).expect(0).says(NAMESPACES);

    let link = fs::read_link(sandbox.file()).unwrap();
    assert_eq!(link.to_str(), Some("../../real-config"));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o7777,
        0o640
    );
    assert_eq!(
        crate::support::names(&sandbox.path("home/.kube")),
        ["cache", "config"]
    );
}

/// One move of a file in another form; `decode` gives back the text.
fn moves_in_form(encode: impl Fn(&str) -> Vec<u8>, decode: impl Fn(Vec<u8>) -> String) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let text = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(encode(&text));
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let before = decode(sandbox.bytes());
    let from = node.url();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let outcome = sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert!(outcome.stdout.contains(NAMESPACES), "{outcome:?}");
    assert_moved(&before, &decode(sandbox.bytes()), &node, true, &from);
    sandbox.kubectl(&["get", "ns"]).expect(0).says(NAMESPACES);
}

fn of_utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_file_with_the_line_ends_of_windows_keeps_them() {
    moves_in_form(|text| text.replace('\n', "\r\n").into_bytes(), of_utf8);
}

#[test]
fn a_file_without_a_final_newline_gets_none() {
    moves_in_form(
        |text| text.trim_end_matches('\n').as_bytes().to_vec(),
        |bytes| {
            assert_ne!(bytes.last(), Some(&b'\n'));
            of_utf8(bytes)
        },
    );
}

#[test]
fn a_file_that_powershell_wrote_stays_utf16() {
    moves_in_form(
        |text| utf16(&text.replace('\n', "\r\n")),
        |bytes| {
            assert_eq!(bytes[..2], [0xff, 0xfe]);
            let (pairs, rest) = bytes[2..].as_chunks::<2>();
            assert!(rest.is_empty());
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            String::from_utf16(&units).unwrap()
        },
    );
}

#[test]
fn every_copy_of_the_stale_entry_is_healed_in_every_file_and_no_other() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let node = Node::start(&cluster, place()).unwrap();
    let first = odd(&cluster, &node.url());
    // Under other names, twice in one file, beside another cluster that was at the same address.
    let copies = cluster.kubeconfig(&node.url()).replace("microk8s", "copy");
    let stranger = other
        .kubeconfig(&node.url())
        .replace("microk8s", "stranger");
    let elsewhere = cluster
        .kubeconfig("https://127.0.0.77:16443")
        .replace("microk8s", "elsewhere");
    let sandbox = Sandbox::with(&first);
    let files = [
        ("copies", &copies),
        ("stranger", &stranger),
        ("elsewhere", &elsewhere),
    ];
    let mut chain = vec![sandbox.file(), sandbox.path("missing")];
    for (name, text) in files {
        fs::write(sandbox.path(name), text).unwrap();
        chain.push(sandbox.path(name));
    }
    let chain = std::env::join_paths(chain).unwrap();
    let from = node.url();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline_on(&chain, &["heal"]).expect(0);

    let read = |name: &str| fs::read_to_string(sandbox.path(name)).unwrap();
    assert_moved(&first, &sandbox.text(), &node, true, &from);
    assert_moved(&copies, &read("copies"), &node, true, &from);
    assert_eq!(read("stranger"), stranger);
    assert_eq!(read("elsewhere"), elsewhere);
    assert!(!sandbox.path("missing").exists());
}

#[test]
fn a_dry_run_shows_the_change_without_secrets_and_makes_none() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let before = sandbox.bytes();
    let from = node.url();
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["heal", "--dry-run"])
        .expect(0)
        .says(&format!("-    server:   '{from}'"))
        .says(&format!("+    server:   '{}'", node.url()))
        .says("+    tls-server-name: kubernetes.default.svc")
        .says("nothing was changed")
        .never_says(cluster.admin_token());
    assert_eq!(sandbox.bytes(), before);
    assert!(!sandbox.state_file().exists());
}

#[test]
fn the_user_may_say_where_it_is() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    let from = node.url();
    let mut to = place();
    to.set_port(26443);
    node.move_to(to).unwrap();
    sandbox.bowline(&["heal"]).expect(3);
    assert_eq!(sandbox.text(), before);
    let wrong = to.ip().to_string();
    sandbox.bowline(&["heal", "--at", &wrong]).expect(3);
    assert_eq!(sandbox.text(), before, "that is another port");
    sandbox
        .bowline(&["heal", "--at", &to.to_string()])
        .expect(0);
    assert_moved(&before, &sandbox.text(), &node, true, &from);
    let usage = sandbox.bowline(&["heal", "--at", "example.com"]).expect(2);
    assert!(usage.stderr.contains("--at example.com"), "{usage:?}");
}
