//! This machine, through `sh`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use machines::Kind;
use machines::MachineError;
use machines::Privilege::AsIs;
use tempfile::TempDir;

use super::block_on;
use super::install;
use super::machine;
use super::mode;
use super::programs;
use super::write;

#[test]
fn files_are_read_with_mode_and_owner_whatever_they_are_called() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(&root.join("3582/args/a b"), "--x\n", 0o660);
    write(&root.join("3582/args/new\nline 'x' \"y\" $(z)"), "", 0o600);
    write(&root.join("3582/args/.hidden"), "no", 0o600);
    write(&root.join("3582/big"), &"x".repeat((1 << 20) + 1), 0o600);
    std::os::unix::fs::symlink("3582", root.join("current")).unwrap();
    let fifo = Command::new("mkfifo").arg(root.join("3582/fifo")).status();
    assert!(fifo.unwrap().success());
    let path = |name: &str| format!("{}/{name}", root.display());
    let patterns = [
        "current",
        "current/args/*",
        "current/big",
        "current/fifo",
        "none/*",
    ]
    .map(path);
    let patterns: Vec<_> = patterns.iter().map(String::as_str).collect();
    let tree = block_on(machine("local", programs()).fetch(&patterns, AsIs)).unwrap();
    let names: Vec<_> = tree.entries.keys().cloned().collect();
    assert_eq!(
        names,
        [
            path("current"),
            path("current/args/a b"),
            path("current/args/new\nline 'x' \"y\" $(z)"),
            path("current/big"),
            path("current/fifo"),
        ]
    );
    assert_eq!(
        tree.entries[&path("current")].kind,
        Kind::Link("3582".to_owned())
    );
    let file = &tree.entries[&path("current/args/a b")];
    assert_eq!(tree.bytes(&path("current/args/a b")), Some(&b"--x\n"[..]));
    assert_eq!(file.mode, Some(0o660));
    let meta = fs::metadata(root.join("current/args/a b")).unwrap();
    assert_eq!(file.owner.as_ref().unwrap().id, meta.uid());
    assert_eq!(file.modified, meta.mtime());
    let unreadable: Vec<_> = tree.unreadable().map(|(_, why)| why).collect();
    assert_eq!(unreadable, ["larger than 1 MiB", "not a file"]);
}

#[test]
fn private_keys_stay_where_they_are() {
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("ca.key");
    let made = Command::new("openssl")
        .args([
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
        ])
        .arg(&key)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let public = Command::new("openssl")
        .args(["pkey", "-pubout", "-in"])
        .arg(&key)
        .output()
        .unwrap();
    write(&folder.path().join("odd.key"), "no key", 0o600);
    let pattern = format!("{}/*.key", folder.path().display());
    let tree = block_on(machine("local", programs()).fetch(&[&pattern], AsIs)).unwrap();
    let kinds: Vec<_> = tree.entries.values().map(|entry| &entry.kind).collect();
    assert_eq!(
        kinds,
        [
            &Kind::PrivateKey(Some(public.stdout)),
            &Kind::PrivateKey(None)
        ]
    );
}

#[test]
fn a_file_is_replaced_with_its_mode_and_owner() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("known tokens 'x'.csv");
    write(&file, "old\n", 0o660);
    // Only root can give files away; then they have to stay given.
    let chown = Command::new("chown").arg("1234:1235").arg(&file).status();
    let given = chown.unwrap().success();
    let path = file.to_str().unwrap();
    let local = machine("local", programs());
    let replace = |expected: Option<&[u8]>, bytes: &[u8]| {
        block_on(local.replace(path, expected, bytes, AsIs))
    };
    replace(Some(b"old\n"), b"new\n\x00\xff").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new\n\x00\xff");
    assert_eq!(mode(&file), 0o660);
    if given {
        let meta = fs::metadata(&file).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (1234, 1235));
    }
    let changed = replace(Some(b"old\n"), b"x").unwrap_err();
    assert!(matches!(changed, MachineError::Changed { .. }), "{changed}");
    let exists = replace(None, b"x").unwrap_err();
    assert!(matches!(exists, MachineError::Exists { .. }), "{exists}");
    assert_eq!(fs::read(&file).unwrap(), b"new\n\x00\xff");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing is left behind: {names:?}");
}

#[test]
fn a_new_file_is_private_and_a_link_is_not_written_through() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let local = machine("local", programs());
    block_on(local.replace(&path("new"), None, b"secret", AsIs)).unwrap();
    assert_eq!(mode(&folder.path().join("new")), 0o600);
    std::os::unix::fs::symlink("new", folder.path().join("link")).unwrap();
    let error = block_on(local.replace(&path("link"), Some(b"secret"), b"x", AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::NotAFile { .. }), "{error}");
    let none = block_on(local.replace(&path("none/x"), None, b"x", AsIs)).unwrap_err();
    assert!(matches!(none, MachineError::NotWritten { .. }), "{none}");
    assert_eq!(fs::read(folder.path().join("new")).unwrap(), b"secret");
}

#[test]
fn sudo_is_asked_without_a_password_and_its_refusal_is_told() {
    let folder = TempDir::new().unwrap();
    let sudo = folder.path().join("sudo");
    let mut with_sudo = programs();
    with_sudo.sudo = Some(sudo.clone());
    install(
        &sudo,
        "#!/bin/sh\n[ \"$1 $2 $3 $4\" = '-n -- sh -c' ] || { echo \"unexpected: $*\" >&2; exit 64; }\n\
         shift 2\nexec \"$@\"\n",
    );
    write(&folder.path().join("f"), "x", 0o600);
    let pattern = format!("{}/f", folder.path().display());
    let privilege = machines::Privilege::Sudo;
    let tree = block_on(machine("local", with_sudo.clone()).fetch(&[&pattern], privilege)).unwrap();
    assert_eq!(tree.bytes(&pattern), Some(&b"x"[..]));
    install(
        &sudo,
        "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n",
    );
    let error = block_on(machine("local", with_sudo).fetch(&[&pattern], privilege)).unwrap_err();
    assert!(matches!(error, MachineError::NoSudo { .. }), "{error}");
}
