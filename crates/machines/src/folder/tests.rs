#[cfg(unix)]
mod unix;

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::tree::Kind;
use crate::tree::Tree;

const CURRENT: &str = "/var/snap/microk8s/current";

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A copy of `current` with a few files.
fn current() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "args/kubelet", b"--v=1\n");
    write(
        folder.path(),
        "credentials/client.config",
        b"kind: Config\n",
    );
    write(folder.path(), "certs/ca.key", b"secret");
    folder
}

fn shown(tree: &Tree) -> Vec<String> {
    let kind = |kind: &Kind| match kind {
        Kind::File(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    let entries = tree.entries.iter();
    entries
        .map(|(path, entry)| format!("{path} {}", kind(&entry.kind)))
        .collect()
}

fn get(folder: &Path, pattern: &str) -> Vec<String> {
    shown(&fetch(folder, &[pattern]).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_may_be_a_copy_of_three_things() {
    let expected = ["/var/snap/microk8s/current/args/kubelet --v=1\n"];
    for prefix in ["", "current/", "var/snap/microk8s/current/"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &format!("{prefix}args/kubelet"), b"--v=1\n");
        write(folder.path(), &format!("{prefix}args/.hidden"), b"");
        let pattern = format!("{CURRENT}/args/*");
        assert_eq!(get(folder.path(), &pattern), expected, "{prefix}");
        assert_eq!(
            get(folder.path(), "/var/snap/microk8s/*/args/kube*"),
            expected
        );
        assert_eq!(get(folder.path(), CURRENT), [format!("{CURRENT} Folder")]);
        assert_eq!(get(folder.path(), "/var/snap/other/*/args/*"), [""; 0]);
        assert_eq!(get(folder.path(), "/etc/passwd"), [""; 0]);
    }
}

#[test]
fn says_what_is_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "other", b"");
    let error = fetch(folder.path(), &[]).unwrap_err();
    assert!(matches!(error, FolderError::NotANode { .. }));
    assert!(error.to_string().contains("var/snap/microk8s"), "{error}");
    let error = fetch(&folder.path().join("other"), &[]).unwrap_err();
    assert!(matches!(error, FolderError::NotANode { .. }));
    let error = fetch(&folder.path().join("missing"), &[]).unwrap_err();
    assert!(matches!(error, FolderError::NotThere { .. }));
}

#[test]
fn reads_keys_folders_and_nothing_that_is_not_there() {
    let folder = current();
    let patterns = [
        "/var/snap/microk8s/current/certs/*.key",
        "/var/snap/microk8s/current/c*",
        "/var/snap/microk8s/current/args/missing",
        "/var/snap/microk8s/current/args/kubelet/below",
        "/var/snap/microk8s/current/missing/*",
        "/var/snap/microk8s/current/certs/ca.key",
        "/var/snap/microk8s/current/args/..",
        "",
    ];
    let tree = fetch(folder.path(), &patterns).unwrap();
    assert_eq!(
        shown(&tree),
        [
            "/var/snap/microk8s/current/certs Folder",
            "/var/snap/microk8s/current/certs/ca.key secret",
            "/var/snap/microk8s/current/credentials Folder",
        ]
    );
    let entry = &tree.entries["/var/snap/microk8s/current/certs/ca.key"];
    assert!(entry.modified > 1_000_000_000);
}

#[test]
fn large_files_are_not_read() {
    let folder = current();
    write(folder.path(), "args/a", &vec![b'x'; fetch::LARGEST_FILE]);
    write(
        folder.path(),
        "args/b",
        &vec![b'x'; fetch::LARGEST_FILE + 1],
    );
    let tree = fetch(folder.path(), &["/var/snap/microk8s/current/args/*"]).unwrap();
    let path = format!("{CURRENT}/args/a");
    assert_eq!(tree.bytes(&path).unwrap().len(), fetch::LARGEST_FILE);
    let path = format!("{CURRENT}/args/b");
    let expected = [(path.as_str(), "larger than 1 MiB")];
    assert_eq!(tree.unreadable().collect::<Vec<_>>(), expected);
}

#[test]
fn all_files_together_are_bounded() {
    let folder = current();
    fs::remove_file(folder.path().join("args/kubelet")).unwrap();
    let files = fetch::LARGEST / fetch::LARGEST_FILE;
    let one = vec![0; fetch::LARGEST_FILE];
    for i in 0..=files {
        write(folder.path(), &format!("args/{i}"), &one);
    }
    let tree = fetch(folder.path(), &["/var/snap/microk8s/current/args/*"]).unwrap();
    assert_eq!(tree.entries.len(), files + 1);
    let unreadable: Vec<_> = tree.unreadable().map(|(_, why)| why).collect();
    assert_eq!(unreadable, ["the files are larger than 64 MiB together"]);
}

#[test]
fn matches_are_bounded() {
    let folder = current();
    let pattern = "/var/snap/microk8s/current/args/kubelet";
    let patterns = vec![pattern; fetch::MOST];
    // Every name on the way counts, so that no pattern can be made to look for ever.
    let error = fetch(folder.path(), &patterns).unwrap_err();
    assert!(matches!(error, FolderError::TooMany { .. }), "{error}");
    let few = vec![pattern; fetch::MOST / 2];
    assert_eq!(fetch(folder.path(), &few).unwrap().entries.len(), 1);
}

#[test]
fn replaces_what_is_unchanged() {
    let folder = current();
    let path = format!("{CURRENT}/args/kubelet");
    replace(folder.path(), &path, Some(b"--v=1\n"), b"--v=2\n").unwrap();
    let file = folder.path().join("args/kubelet");
    assert_eq!(fs::read(&file).unwrap(), b"--v=2\n");
    for old in [&b"--v=1\n"[..], b"--v=2", b"--v=2\n\n", b""] {
        let error = replace(folder.path(), &path, Some(old), b"new").unwrap_err();
        assert!(matches!(error, FolderError::Changed { .. }), "{error}");
    }
    let error = replace(folder.path(), &path, None, b"new").unwrap_err();
    assert!(matches!(error, FolderError::Exists { .. }), "{error}");
    fs::remove_file(&file).unwrap();
    let error = replace(folder.path(), &path, Some(b"--v=2\n"), b"new").unwrap_err();
    assert!(matches!(error, FolderError::Changed { .. }), "{error}");
    assert_eq!(names(&folder.path().join("args")), [""; 0]);
    replace(folder.path(), &path, None, b"new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(names(&folder.path().join("args")), ["kubelet"]);
}

#[test]
fn replaces_files_of_the_copy_only() {
    let folder = current();
    for path in [
        "",
        "/",
        "/etc/passwd",
        "var/snap/microk8s/current/args/kubelet",
        "/var/snap/microk8s/current",
        "/var/snap/microk8s/current/..",
        "/var/snap/microk8s/current/../current/args/kubelet",
        "/var/snap/microk8s/current/args/./kubelet",
    ] {
        let error = replace(folder.path(), path, None, b"new").unwrap_err();
        assert!(
            matches!(error, FolderError::Outside { .. }),
            "{path}: {error}"
        );
    }
    let path = format!("{CURRENT}/missing/file");
    let error = replace(folder.path(), &path, None, b"new").unwrap_err();
    assert!(matches!(error, FolderError::NotThere { .. }), "{error}");
    let path = format!("{CURRENT}/args");
    let error = replace(folder.path(), &path, Some(b""), b"new").unwrap_err();
    assert!(matches!(error, FolderError::NotAFile { .. }), "{error}");
    let path = format!("{CURRENT}/args/kubelet/below");
    let error = replace(folder.path(), &path, None, b"new").unwrap_err();
    assert!(matches!(error, FolderError::NotAFile { .. }), "{error}");
}

#[test]
fn tells_why_nothing_can_be_written() {
    let error = |kind: io::ErrorKind| FolderError::writing(Path::new("f"), kind.into());
    for kind in [
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ReadOnlyFilesystem,
    ] {
        assert!(matches!(error(kind), FolderError::ReadOnly { .. }));
    }
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
        assert!(matches!(error(kind), FolderError::NoSpace { .. }));
    }
    let other = error(io::ErrorKind::BrokenPipe);
    assert!(matches!(other, FolderError::Io { .. }));
}
