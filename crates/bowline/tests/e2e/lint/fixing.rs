//! `lint --fix`: it takes rights away from others, and does nothing else.

use std::fs;

use super::Material;
use super::kubeconfig;
use super::mode;
use super::set_mode;
use super::write;
use crate::support::Sandbox;

fn loose() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let good = Material::new();
    let text = kubeconfig(&format!("{}, extra: x", good.cluster()), "tokenFile: token");
    write(&sandbox.file(), &text);
    set_mode(&sandbox.file(), 0o666);
    write(&sandbox.path("home/.kube/token"), "hunter2");
    set_mode(&sandbox.path("home/.kube/token"), 0o444);
    (sandbox, text)
}

#[test]
fn only_modes_change_and_each_change_is_told() {
    let (sandbox, text) = loose();
    let token = sandbox.path("home/.kube/token");
    let told = sandbox.bowline(&["lint", "--fix", "--dry-run"]).expect(8);
    told.says("config: mode 0666 becomes 0600")
        .says("token: mode 0444 becomes 0400")
        .says("nothing was changed (--dry-run)");
    assert_eq!((mode(&sandbox.file()), mode(&token)), (0o666, 0o444));

    // What is left is told by the exit code.
    let told = sandbox.bowline(&["lint", "--fix"]).expect(8);
    told.says("config: mode 0666 becomes 0600")
        .says("unknown-field");
    assert_eq!((mode(&sandbox.file()), mode(&token)), (0o600, 0o400));
    assert_eq!(sandbox.text(), text);
    assert_eq!(fs::read_to_string(&token).unwrap(), "hunter2");
    assert!(sandbox.history().is_empty());

    let told = sandbox.bowline(&["lint", "--fix"]).expect(8);
    told.says("nothing of this is mended by --fix");
    write(&sandbox.file(), text.replace(", extra: x", ""));
    set_mode(&sandbox.file(), 0o640);
    sandbox.bowline(&["lint", "--fix"]).expect(0);
    sandbox.bowline(&["lint"]).expect(0).says("nothing found");
}

#[test]
fn what_was_left_out_is_not_changed() {
    let (sandbox, _) = loose();
    sandbox
        .bowline(&["lint", "--fix", "--rule", "key-readable"])
        .expect(0);
    assert_eq!(mode(&sandbox.file()), 0o666);
    assert_eq!(mode(&sandbox.path("home/.kube/token")), 0o400);
    let ignored = [
        "--ignore",
        "kubeconfig-readable",
        "--ignore",
        "kubeconfig-writable",
    ];
    sandbox
        .bowline(&[&["lint", "--fix"], &ignored[..]].concat())
        .expect(8);
    assert_eq!(mode(&sandbox.file()), 0o666);
}

#[test]
fn what_is_no_kubeconfig_keeps_its_mode() {
    let sandbox = Sandbox::new();
    let other = sandbox.path("other");
    for text in [
        &b"root:x:0:0:root:/root:/bin/bash\n"[..],
        b"\x7fELF\x02\x01\x01\x00\x00clusters:users:contexts:",
        b"services:\n  web: {}\n",
        b"kind: Pod\nusers: 1\n",
    ] {
        write(&other, text);
        set_mode(&other, 0o755);
        let told = sandbox
            .bowline(&["lint", "--fix", other.to_str().unwrap()])
            .expect(8);
        told.never_says("chmod").never_says("may read it");
        assert_eq!(mode(&other), 0o755, "{text:?}");
    }
    // A kubeconfig that is damaged still is one, and may hold what it held.
    write(
        &other,
        "clusters: []\nusers:\n- name: a\n  user: {token: hunter2\n",
    );
    set_mode(&other, 0o644);
    let path = other.to_str().unwrap();
    sandbox
        .bowline(&["lint", "--fix", path])
        .expect(8)
        .says("and it may hold a credential")
        .never_says("hunter2");
    assert_eq!(mode(&other), 0o600);
}
