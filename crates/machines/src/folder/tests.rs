#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;

use super::*;
use crate::replace::EXISTS;

/// A small copy of a whole system.
fn system() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let snap = folder.path().join("var/snap/microk8s");
    for name in [
        "3582/args",
        "3582/certs",
        "3582/credentials",
        "3500/credentials",
    ] {
        fs::create_dir_all(snap.join(name)).unwrap();
    }
    symlink("3582", snap.join("current")).unwrap();
    for (name, text) in [
        ("3582/args/kubelet", "--a"),
        ("3582/args/kube-apiserver", "--b"),
        ("3582/args/.hidden", "x"),
        ("3582/certs/ca.key", "KEY"),
        ("3582/credentials/client.config", "new"),
        ("3500/credentials/client.config", "old"),
    ] {
        fs::write(snap.join(name), text).unwrap();
    }
    folder
}

fn fetch(folder: &Path, patterns: &[&str]) -> Tree {
    let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
    Copy::open(folder).unwrap().fetch(&patterns).unwrap()
}

fn shown(tree: &Tree) -> Vec<String> {
    tree.entries
        .iter()
        .map(|(path, entry)| match &entry.kind {
            Kind::File(bytes) => format!("{path} {}", String::from_utf8_lossy(bytes)),
            other => format!("{path} {other:?}"),
        })
        .collect()
}

const PATTERNS: [&str; 4] = [
    "/var/snap/microk8s/current",
    "/var/snap/microk8s/current/args/*",
    "/var/snap/microk8s/*/credentials/client.config",
    "/var/snap/microk8s/current/certs/ca.key",
];

#[test]
fn a_copy_of_any_part_has_the_same_paths() {
    let folder = system();
    let snap = folder.path().join("var/snap/microk8s");
    let whole = [
        "/var/snap/microk8s/3500/credentials/client.config old",
        "/var/snap/microk8s/3582/credentials/client.config new",
        "/var/snap/microk8s/current Link(\"3582\")",
        "/var/snap/microk8s/current/args/kube-apiserver --b",
        "/var/snap/microk8s/current/args/kubelet --a",
        "/var/snap/microk8s/current/certs/ca.key KEY",
        "/var/snap/microk8s/current/credentials/client.config new",
    ];
    assert_eq!(shown(&fetch(folder.path(), &PATTERNS)), whole);
    assert_eq!(shown(&fetch(&snap, &PATTERNS)), whole);
    let mut current = whole[2..].to_vec();
    current[0] = "/var/snap/microk8s/current Folder";
    assert_eq!(shown(&fetch(&snap.join("current"), &PATTERNS)), current);
    assert_eq!(
        shown(&fetch(&snap, &["/etc/*", "/var/snap/*/common"])),
        [""; 0]
    );
}

#[test]
fn an_absolute_link_leads_to_the_copy() {
    let folder = system();
    let snap = folder.path().join("var/snap/microk8s");
    fs::remove_file(snap.join("current")).unwrap();
    symlink("/var/snap/microk8s/3500", snap.join("current")).unwrap();
    let patterns = ["/var/snap/microk8s/current/credentials/*"];
    for copy in [folder.path(), &snap] {
        assert_eq!(
            shown(&fetch(copy, &patterns)),
            ["/var/snap/microk8s/current/credentials/client.config old"]
        );
    }
}

#[test]
fn no_link_leads_out_of_a_copy() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "SECRET").unwrap();
    let folder = system();
    let current = folder.path().join("var/snap/microk8s/3582");
    symlink(outside.path(), current.join("evil")).unwrap();
    symlink("../../../../../../../../../../../..", current.join("up")).unwrap();
    symlink("loop", current.join("loop")).unwrap();
    symlink(outside.path().join("secret"), current.join("args/link")).unwrap();
    let out = outside.path().to_str().unwrap();
    let up = format!("/var/snap/microk8s/current/up{out}/*");
    for copy in [folder.path(), &current] {
        let tree = fetch(
            copy,
            &[
                "/var/snap/microk8s/current/evil/*",
                "/var/snap/microk8s/current/evil/secret",
                &up,
                "/var/snap/microk8s/current/loop/*",
                "/var/snap/microk8s/current/args/l*",
            ],
        );
        assert_eq!(
            shown(&tree),
            [format!(
                "/var/snap/microk8s/current/args/link Link({:?})",
                format!("{out}/secret")
            )]
        );
        let error = Copy::open(copy).unwrap().replace(
            "/var/snap/microk8s/current/evil/secret",
            Some(b"SECRET"),
            b"x",
        );
        assert!(error.is_err());
    }
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"SECRET");
}

#[test]
fn what_is_no_copy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Copy::open(folder.path()).unwrap_err();
    assert!(matches!(error, MachineError::NoSuchMachine { .. }));
    assert!(
        error
            .remedy()
            .unwrap()
            .contains("/var/snap/microk8s/current")
    );
    let error = Copy::open(&folder.path().join("none")).unwrap_err();
    assert!(matches!(error, MachineError::NoSuchMachine { .. }));
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Copy::open(&folder.path().join("file")).unwrap_err();
    assert!(error.to_string().ends_with("it is not a folder"), "{error}");
}

#[test]
fn large_and_odd_files_are_named() {
    let folder = system();
    let args = folder.path().join("var/snap/microk8s/3582/args");
    fs::write(args.join("large"), vec![b'x'; reply::LARGEST_FILE + 1]).unwrap();
    fs::write(args.join("just"), vec![b'x'; reply::LARGEST_FILE]).unwrap();
    std::os::unix::net::UnixListener::bind(args.join("sock")).unwrap();
    let tree = fetch(folder.path(), &["/var/snap/microk8s/current/args/*", "x"]);
    let unreadable: Vec<_> = tree.unreadable().collect();
    assert_eq!(
        unreadable,
        [
            ("/var/snap/microk8s/current/args/large", "larger than 1 MiB"),
            ("/var/snap/microk8s/current/args/sock", "not a regular file"),
            ("x", "not a plain absolute path"),
        ]
    );
    assert!(tree.bytes("/var/snap/microk8s/current/args/just").is_some());
}

#[test]
fn replaces_with_the_old_mode() {
    let folder = system();
    let path = "/var/snap/microk8s/current/args/kubelet";
    let file = folder.path().join("var/snap/microk8s/3582/args/kubelet");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
    let copy = Copy::open(folder.path()).unwrap();

    let error = copy.replace(path, Some(b"--other"), b"--new").unwrap_err();
    assert!(matches!(error, MachineError::Changed { .. }), "{error}");
    let error = copy.replace(path, None, b"--new").unwrap_err();
    assert!(matches!(error, MachineError::Changed { how: EXISTS, .. }));
    assert_eq!(fs::read(&file).unwrap(), b"--a");

    copy.replace(path, Some(b"--a"), b"--new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"--new");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o660);

    copy.replace("/var/snap/microk8s/current/args/fresh", None, b"1")
        .unwrap();
    let fresh = file.with_file_name("fresh");
    let mode = fs::metadata(fresh).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);

    let error = copy
        .replace("/var/snap/microk8s/current", Some(b"x"), b"1")
        .unwrap_err();
    assert!(matches!(
        error,
        MachineError::NotAFile {
            what: "is a link",
            ..
        }
    ));
    let names: Vec<_> = fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 4, "nothing is left behind: {names:?}");
}
