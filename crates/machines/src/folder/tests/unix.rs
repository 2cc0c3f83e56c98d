//! Links, pipes, rights and names that only Unix has.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::chown;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::*;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A copy of `/var/snap/microk8s` whose `current` is what the test says.
fn revisions(target: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "3582/args/kubelet", b"--v=1\n");
    symlink(target, folder.path().join("current")).unwrap();
    folder
}

#[test]
fn a_link_on_the_way_is_followed_in_the_copy() {
    for target in ["3582", "/var/snap/microk8s/3582", "./3582/../3582/"] {
        let folder = revisions(target);
        assert_eq!(
            get(folder.path(), "/var/snap/microk8s/current/args/*"),
            ["/var/snap/microk8s/current/args/kubelet --v=1\n"]
        );
        assert_eq!(
            get(folder.path(), CURRENT),
            [format!("{CURRENT} Link({target:?})")]
        );
        let path = format!("{CURRENT}/args/kubelet");
        replace(folder.path(), &path, Some(b"--v=1\n"), b"new").unwrap();
        let file = folder.path().join("3582/args/kubelet");
        assert_eq!(fs::read(file).unwrap(), b"new");
        assert!(folder.path().join("current").is_symlink());
    }
}

#[test]
fn the_folder_itself_may_be_a_link() {
    let folder = revisions("3582");
    let path = folder.path().join("current");
    assert_eq!(
        get(&path, "/var/snap/microk8s/current/args/*"),
        ["/var/snap/microk8s/current/args/kubelet --v=1\n"]
    );
}

#[test]
fn no_link_leads_out_of_the_copy() {
    let elsewhere = current();
    let away = elsewhere.path().to_str().unwrap();
    for target in [
        "/",
        "/etc",
        "..",
        "3582/../..",
        "/var/snap",
        "/var/snap/../snap/microk8s",
        away,
    ] {
        let folder = revisions(target);
        let pattern = format!("{CURRENT}/args/*");
        assert_eq!(
            get(folder.path(), &pattern),
            [format!("{CURRENT} Unreadable(\"leads out of the folder\")")],
            "{target}"
        );
        let path = format!("{CURRENT}/args/kubelet");
        for expected in [None, Some(&b"--v=1\n"[..])] {
            let error = replace(folder.path(), &path, expected, b"new").unwrap_err();
            assert!(
                matches!(error, FolderError::Outside { .. }),
                "{target}: {error}"
            );
        }
    }
    assert_eq!(
        fs::read(elsewhere.path().join("args/kubelet")).unwrap(),
        b"--v=1\n"
    );
}

#[test]
fn loops_and_dead_links_end() {
    let folder = revisions("current");
    let pattern = format!("{CURRENT}/args/*");
    let expected = [format!("{CURRENT} Unreadable(\"a loop of links\")")];
    assert_eq!(get(folder.path(), &pattern), expected);

    let folder = revisions("missing");
    assert_eq!(get(folder.path(), &pattern), [""; 0]);

    // Each step doubles what is ahead.
    let folder = revisions("a0");
    for i in 0..60 {
        let next = format!("a{0}/../a{0}/../a{0}", i + 1);
        symlink(next, folder.path().join(format!("a{i}"))).unwrap();
    }
    assert_eq!(get(folder.path(), &pattern), expected);
}

#[test]
fn a_link_at_the_end_is_shown_and_never_replaced() {
    let folder = current();
    symlink("/etc/passwd", folder.path().join("args/link")).unwrap();
    let path = format!("{CURRENT}/args/link");
    assert_eq!(
        get(folder.path(), &path),
        [format!("{path} Link(\"/etc/passwd\")")]
    );
    let error = replace(folder.path(), &path, Some(b""), b"new").unwrap_err();
    assert!(matches!(error, FolderError::NotAFile { .. }), "{error}");
    let error = replace(folder.path(), &path, None, b"new").unwrap_err();
    assert!(matches!(error, FolderError::Exists { .. }), "{error}");
    assert!(folder.path().join("args/link").is_symlink());
}

#[test]
fn pipes_and_sockets_are_not_opened() {
    let folder = current();
    let pipe = folder.path().join("args/pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let _socket = UnixListener::bind(folder.path().join("args/socket")).unwrap();
    assert_eq!(
        get(folder.path(), "/var/snap/microk8s/current/args/*"),
        [
            "/var/snap/microk8s/current/args/kubelet --v=1\n",
            "/var/snap/microk8s/current/args/pipe Unreadable(\"not a file\")",
            "/var/snap/microk8s/current/args/socket Unreadable(\"not a file\")",
        ]
    );
    let path = format!("{CURRENT}/args/pipe");
    let error = replace(folder.path(), &path, Some(b""), b"new").unwrap_err();
    assert!(matches!(error, FolderError::NotAFile { .. }), "{error}");
}

#[test]
fn odd_names_are_names() {
    let folder = current();
    for name in ["a\nb", "it's \"x\"", "$(id)", "-rf"] {
        write(folder.path(), &format!("args/{name}"), b"1");
        let path = format!("{CURRENT}/args/{name}");
        assert_eq!(get(folder.path(), &path), [format!("{path} 1")]);
        replace(folder.path(), &path, Some(b"1"), b"2").unwrap();
        assert_eq!(get(folder.path(), &path), [format!("{path} 2")]);
    }
    // macOS takes no such name.
    let odd = folder.path().join(OsStr::from_bytes(b"args/\xff"));
    let found = get(folder.path(), "/var/snap/microk8s/current/args/*").len();
    let wrote = fs::write(odd, b"").is_ok();
    let now = get(folder.path(), "/var/snap/microk8s/current/args/*").len();
    assert_eq!(now, found + usize::from(wrote));
}

#[test]
fn rights_are_read_and_kept() {
    let folder = current();
    let file = folder.path().join("args/kubelet");
    // Only root can give files away.
    let _ = chown(&file, Some(1234), Some(2345));
    set_mode(&file, 0o660);
    let before = fs::metadata(&file).unwrap();
    let path = format!("{CURRENT}/args/kubelet");
    let tree = fetch(folder.path(), &[&path]).unwrap();
    let entry = &tree.entries[&path];
    assert_eq!(entry.mode, Some(0o660));
    assert_eq!(entry.owner.as_ref().unwrap().id, before.uid());
    assert_eq!(entry.group.as_ref().unwrap().id, before.gid());
    replace(folder.path(), &path, Some(b"--v=1\n"), b"new").unwrap();
    let after = fs::metadata(&file).unwrap();
    assert_eq!(
        (after.mode(), after.uid(), after.gid()),
        (before.mode(), before.uid(), before.gid())
    );
    assert_ne!(after.ino(), before.ino());

    let path = format!("{CURRENT}/args/new");
    replace(folder.path(), &path, None, b"new").unwrap();
    let made = fs::metadata(folder.path().join("args/new")).unwrap();
    assert_eq!(made.mode() & 0o7777, 0o600);
}

#[test]
fn what_the_system_forbids_is_told() {
    let folder = current();
    let args = folder.path().join("args");
    set_mode(&args.join("kubelet"), 0o000);
    set_mode(&args, 0o555);
    // Nothing is forbidden to root.
    let is_root = fs::write(args.join("probe"), b"").is_ok();
    let path = format!("{CURRENT}/args/kubelet");
    let found = get(folder.path(), &path);
    let new = format!("{CURRENT}/args/new");
    let made = replace(folder.path(), &new, None, b"new");
    set_mode(&args, 0o755);
    if is_root {
        assert_eq!(found, [format!("{path} --v=1\n")]);
        assert!(made.is_ok());
    } else {
        assert_eq!(found, [format!("{path} Unreadable(\"permission denied\")")]);
        assert!(matches!(made, Err(FolderError::ReadOnly { .. })));
        assert_eq!(names(&args), ["kubelet"]);
    }
}
