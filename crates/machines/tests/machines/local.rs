//! The scripts on this machine, in every `sh` that is here.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use machines::Kind;
use machines::Machine;
use machines::MachineError;
use machines::Place;
use machines::Privilege;
use machines::Programs;
use machines::Script;
use zeroize::Zeroizing;

use crate::support::PATIENCE;
use crate::support::mode;
use crate::support::names;
use crate::support::only_sh;
use crate::support::program;
use crate::support::shown;
use crate::support::skip;

const WHO: Script = Script::new("ask who it is", "read -r line; echo \"$WHO $line\"");
const FAIL: Script = Script::new("fail", "cat >/dev/null; echo out; echo err >&2; exit 7");
const DEAF: Script = Script::new("not listen", "exit 0");
const FLOOD: Script = Script::new("flood", "yes");
const HANG: Script = Script::new(
    "hang",
    "read -r file
(read -r pid rest </proc/self/stat; echo $pid >$file; exec sleep 1000) & wait",
);
const NOTHING: Script = Script::new("do nothing", ":");

/// Every shell that a node may have as `sh`, with a name; busybox also brings its own tools.
fn shells(folder: &Path) -> Vec<(String, Machine)> {
    let mut shells = vec![];
    for shell in ["/bin/sh", "/bin/dash", "/bin/bash"] {
        if Path::new(shell).exists() {
            shells.push((shell.to_owned(), PathBuf::from(shell)));
        }
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"]
        .iter()
        .find(|path| Path::new(path).exists());
    match busybox {
        Some(busybox) => {
            // Its tools in front of all others.
            let tools = folder.join("busybox");
            fs::create_dir(&tools).unwrap();
            let installed = Command::new(busybox)
                .args(["--install", "-s"])
                .arg(&tools)
                .status()
                .unwrap();
            assert!(installed.success());
            let text = format!("PATH={}:$PATH exec {busybox} sh \"$@\"\n", tools.display());
            shells.push(("busybox".to_owned(), program(folder, "busybox-sh", &text)));
        }
        None => skip("machines: scripts in busybox", "there is no busybox"),
    }
    shells
        .into_iter()
        .map(|(name, sh)| {
            let programs = Programs {
                sh: Some(sh),
                ..Programs::default()
            };
            (name, Machine::new(Place::Local, programs, PATIENCE))
        })
        .collect()
}

fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).unwrap().uid() == 0
}

/// A tree with every kind of file and odd names.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["3582/args", "3582/certs", "3500/args"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    symlink("3582", root.join("current")).unwrap();
    for (name, text) in [
        ("3582/args/kubelet", "--a\n"),
        ("3582/args/a b", "space\n"),
        ("3582/args/new\nline", "newline"),
        ("3582/args/ends in newline\n", "n"),
        ("3582/args/quote'\"", "quote"),
        ("3582/args/[x]?\\", "brackets"),
        ("3582/args/:end 0", "frame\n:end 0\n"),
        ("3582/args/-n", "dash"),
        ("3582/args/empty", ""),
        ("3582/args/.hidden", "hidden"),
        ("3500/args/kubelet", "--old\n"),
    ] {
        fs::write(root.join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn reads_every_kind_of_name() {
    let tools = tempfile::tempdir().unwrap();
    let folder = tree();
    let at = |rest: &str| format!("{}/{rest}", folder.path().display());
    let patterns = [
        at("current"),
        at("current/args/*"),
        at("35*/args/kubelet"),
        at("current/args/[x]?\\"),
        at("nothing/*"),
        at("nothing"),
        at("*.none"),
        at("*/[x]*"),
        "relative".to_owned(),
    ];
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    for (shell, machine) in shells(tools.path()) {
        let found = machine.fetch(&patterns, Privilege::AsIs).await.unwrap();
        assert_eq!(
            shown(&found, folder.path().to_str().unwrap()),
            [
                r#""/3500/args/kubelet" "--old\n""#,
                r#""/3582/args/kubelet" "--a\n""#,
                r#""/current" Link("3582")"#,
                r#""/current/args/-n" "dash""#,
                r#""/current/args/:end 0" "frame\n:end 0\n""#,
                r#""/current/args/[x]?\\" "brackets""#,
                r#""/current/args/a b" "space\n""#,
                r#""/current/args/empty" """#,
                r#""/current/args/ends in newline\n" "n""#,
                r#""/current/args/kubelet" "--a\n""#,
                r#""/current/args/new\nline" "newline""#,
                r#""/current/args/quote'\"" "quote""#,
                r#""relative" Unreadable("not a plain absolute path")"#,
            ],
            "{shell}"
        );
        let entry = &found.entries[&at("current/args/kubelet")];
        let metadata = fs::metadata(folder.path().join("3582/args/kubelet")).unwrap();
        assert_eq!(entry.mode, Some(metadata.mode() & 0o7777));
        assert_eq!(entry.owner.as_ref().unwrap().id, metadata.uid());
        assert_eq!(entry.group.as_ref().unwrap().id, metadata.gid());
        assert_eq!(entry.modified, metadata.mtime());
        if metadata.uid() == 0 {
            assert_eq!(entry.owner.as_ref().unwrap().name.as_deref(), Some("root"));
        }
    }
}

#[tokio::test]
async fn reads_binary_large_and_odd_files() {
    let tools = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    fs::write(root.join("binary"), &bytes).unwrap();
    fs::write(root.join("large"), vec![0; 1024 * 1024 + 1]).unwrap();
    fs::write(root.join("just"), vec![0; 1024 * 1024]).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("sock")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    let pattern = format!("{}/*", root.display());
    for (shell, machine) in shells(tools.path()) {
        let found = machine.fetch(&[&pattern], Privilege::AsIs).await.unwrap();
        let at = |name: &str| format!("{}/{name}", root.display());
        assert_eq!(found.bytes(&at("binary")), Some(&bytes[..]), "{shell}");
        assert_eq!(found.bytes(&at("just")).unwrap().len(), 1024 * 1024);
        assert_eq!(
            found.entries[&at("dangling")].kind,
            Kind::Link("nowhere".to_owned())
        );
        let unreadable: Vec<_> = found.unreadable().map(|(_, why)| why).collect();
        assert_eq!(unreadable, ["larger than 1 MiB", "not a regular file"]);
    }
}

#[tokio::test]
async fn of_a_private_key_only_the_public_half_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("ca.key");
    let Ok(openssl) = Command::new("openssl")
        .args(["genrsa", "-out"])
        .arg(&key)
        .arg("2048")
        .output()
    else {
        skip("machines: public halves of keys", "there is no openssl");
        return;
    };
    assert!(openssl.status.success());
    fs::write(folder.path().join("odd.key"), "no key").unwrap();
    let pattern = format!("{}/*.key", folder.path().display());
    let machine = Machine::new(Place::Local, only_sh(), PATIENCE);
    let found = machine.fetch(&[&pattern], Privilege::AsIs).await.unwrap();
    let public = Command::new("openssl")
        .args(["pkey", "-pubout", "-in"])
        .arg(&key)
        .output()
        .unwrap();
    let entry = |name: &str| &found.entries[&format!("{}/{name}", folder.path().display())];
    assert_eq!(entry("ca.key").kind, Kind::PrivateKey(Some(public.stdout)));
    assert_eq!(entry("ca.key").mode, Some(mode(&key)));
    assert_eq!(entry("odd.key").kind, Kind::PrivateKey(None));
}

/// As somebody whom modes stop: root is not.
#[tokio::test]
async fn what_may_not_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let root = folder.path();
    for (name, bits) in [("closed", 0o700), ("listless", 0o711), ("open", 0o755)] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("file"), "x").unwrap();
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(bits)).unwrap();
    }
    fs::write(root.join("secret"), "x").unwrap();
    fs::set_permissions(root.join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let tools = tempfile::tempdir().unwrap();
    fs::set_permissions(tools.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let sh = if is_root(root) {
        program(
            tools.path(),
            "sh",
            "exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh \"$@\"\n",
        )
    } else {
        skip("machines: permissions", "the tests do not run as root");
        return;
    };
    let programs = Programs {
        sh: Some(sh),
        ..Programs::default()
    };
    let machine = Machine::new(Place::Local, programs, PATIENCE);
    let at = |rest: &str| format!("{}/{rest}", root.display());
    let patterns = [
        at("closed/*"),
        at("closed/file"),
        at("listless/*"),
        at("open/none"),
        at("open/none*"),
        at("secret"),
    ];
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let found = machine.fetch(&patterns, Privilege::AsIs).await.unwrap();
    assert_eq!(
        shown(&found, root.to_str().unwrap()),
        [
            r#""/closed" Unreadable("permission denied")"#,
            r#""/listless" Unreadable("permission denied")"#,
            r#""/secret" Unreadable("permission denied")"#,
        ]
    );
    // What may be entered but not listed still gives what is asked for by name.
    let found = machine
        .fetch(
            &[&at("listless/file"), &at("listless/none")],
            Privilege::AsIs,
        )
        .await
        .unwrap();
    assert_eq!(
        shown(&found, root.to_str().unwrap()),
        [r#""/listless/file" "x""#]
    );

    // Somebody else's file cannot be given back to them by us, so it is not taken.
    fs::set_permissions(root.join("open"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(root.join("open/file"), fs::Permissions::from_mode(0o666)).unwrap();
    let error = machine
        .replace(&at("open/file"), Some(b"x"), b"y", Privilege::AsIs)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, MachineError::NotPermitted { what, .. } if what.contains("owner and mode")),
        "{error}"
    );
    let error = machine
        .replace(&at("listless/file"), Some(b"x"), b"y", Privilege::AsIs)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, MachineError::NotPermitted { what, .. } if what.contains("writing beside")),
        "{error}"
    );
    assert_eq!(names(&root.join("open")), ["file"]);
    assert_eq!(fs::read(root.join("open/file")).unwrap(), b"x");
}

#[tokio::test]
async fn replaces_and_keeps_mode_and_owner() {
    let tools = tempfile::tempdir().unwrap();
    for (shell, machine) in shells(tools.path()) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["plain", "a b", "new\nline", "quote'\"$(id)", "-n", "end\n"] {
            let file = folder.path().join(name);
            fs::write(&file, "old").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
            let others = is_root(&file);
            if others {
                std::os::unix::fs::chown(&file, Some(1234), Some(2345)).unwrap();
            }
            let path = file.to_str().unwrap();
            // Longer than a line of the script's input, and any bytes.
            let new: Vec<u8> = (0..=255).cycle().take(20_001).collect();
            machine
                .replace(path, Some(b"old"), &new, Privilege::AsIs)
                .await
                .unwrap_or_else(|error| panic!("{shell}: {name:?}: {error}"));
            assert_eq!(fs::read(&file).unwrap(), new, "{shell}");
            assert_eq!(mode(&file), 0o660, "{shell}");
            let metadata = fs::metadata(&file).unwrap();
            if others {
                assert_eq!((metadata.uid(), metadata.gid()), (1234, 2345), "{shell}");
            }
            machine
                .replace(path, Some(&new), b"", Privilege::AsIs)
                .await
                .unwrap();
            assert_eq!(fs::read(&file).unwrap(), b"");
        }
        let fresh = folder.path().join("fresh");
        let path = fresh.to_str().unwrap();
        machine
            .replace(path, None, b"1", Privilege::AsIs)
            .await
            .unwrap();
        assert_eq!(
            (fs::read(&fresh).unwrap(), mode(&fresh)),
            (b"1".to_vec(), 0o600)
        );
        assert_eq!(fs::metadata(&fresh).unwrap().nlink(), 1);
        assert_eq!(
            names(folder.path()).len(),
            7,
            "{shell}: nothing is left behind"
        );
    }
}

#[tokio::test]
async fn refuses_and_leaves_everything_as_it_was() {
    let tools = tempfile::tempdir().unwrap();
    for (shell, machine) in shells(tools.path()) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(at("file"), "present").unwrap();
        symlink("file", at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("one"), "1").unwrap();
        fs::hard_link(at("one"), at("two")).unwrap();
        let before = names(folder.path());
        for (name, expected, said) in [
            ("file", Some("past"), "is not what it was when it was read"),
            ("file", None, "exists already"),
            ("gone", Some("x"), "is not there any more"),
            ("link", Some("present"), "is a link"),
            ("link", None, "is a link"),
            ("dangling", None, "is a link"),
            ("folder", Some("x"), "is not a regular file"),
            ("folder", None, "exists already"),
            ("one", Some("1"), "has other hard links"),
            ("none/file", None, "is in a folder that does not exist"),
            ("file/file", None, "is in a folder that does not exist"),
        ] {
            let error = machine
                .replace(
                    &at(name),
                    expected.map(str::as_bytes),
                    b"new",
                    Privilege::AsIs,
                )
                .await
                .unwrap_err()
                .to_string();
            assert!(error.contains(said), "{shell}: {name}: {error}");
            assert!(error.ends_with("nothing was changed"), "{error}");
        }
        assert_eq!(names(folder.path()), before);
        assert_eq!(fs::read(at("file")).unwrap(), b"present");
    }
}

/// A mount of a size and mode of its own needs a mount namespace.
async fn on_a_mount(options: &str, file: &str) -> Option<(MachineError, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("mount");
    fs::create_dir(&mount).unwrap();
    let text = format!(
        "exec unshare -m /bin/sh -c 'm={mount}; mount -t tmpfs -o size=64k tmpfs $m && printf old >$m/file && \
         {{ mount -o remount,{options} $m; /bin/sh \"$@\"; code=$?; ls -A $m >&3; exit $code; }}' sh \"$@\" 3>{log}\n",
        mount = mount.display(),
        log = folder.path().join("log").display(),
    );
    let can = Command::new("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "tmpfs"])
        .arg(&mount)
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        skip(
            "machines: full and read-only file systems",
            "no mount namespaces",
        );
        return None;
    }
    let programs = Programs {
        sh: Some(program(folder.path(), "sh", &text)),
        ..Programs::default()
    };
    let machine = Machine::new(Place::Local, programs, PATIENCE);
    let path = mount.join(file);
    let error = machine
        .replace(
            path.to_str().unwrap(),
            Some(b"old"),
            &vec![b'x'; 200_000],
            Privilege::AsIs,
        )
        .await
        .unwrap_err();
    let left = fs::read_to_string(folder.path().join("log")).unwrap();
    Some((error, left.lines().map(str::to_owned).collect()))
}

#[tokio::test]
async fn a_read_only_file_system_is_named() {
    if let Some((error, left)) = on_a_mount("ro", "file").await {
        assert!(matches!(error, MachineError::ReadOnly { .. }), "{error}");
        assert_eq!(left, ["file"]);
    }
}

#[tokio::test]
async fn a_full_file_system_is_named() {
    if let Some((error, left)) = on_a_mount("rw", "file").await {
        assert!(matches!(error, MachineError::NoSpace { .. }), "{error}");
        assert_eq!(left, ["file"]);
    }
}

#[tokio::test]
async fn sudo_is_asked_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let programs = |text: &str| Programs {
        sudo: Some(program(folder.path(), "sudo", text)),
        ..only_sh()
    };
    let accepts = "[ \"$1 $2 $3 $4\" = \"-n -- sh -c\" ] && [ $# = 5 ] || { echo \"unexpected: $*\" >&2; exit 64; }\n\
                   shift 2; WHO=root exec \"$@\"\n";
    let machine = Machine::new(Place::Local, programs(accepts), PATIENCE);
    let input = Zeroizing::new(b"hello\n".to_vec());
    let output = machine.run(WHO, &input, Privilege::Sudo).await.unwrap();
    assert_eq!(output.stdout.as_slice(), b"root hello\n");
    let output = machine.run(WHO, &input, Privilege::AsIs).await.unwrap();
    assert_eq!(output.stdout.as_slice(), b" hello\n");

    let refuses = "echo 'sudo: a password is required' >&2; exit 1\n";
    let machine = Machine::new(Place::Local, programs(refuses), PATIENCE);
    let error = machine.run(WHO, &input, Privilege::Sudo).await.unwrap_err();
    assert!(matches!(error, MachineError::NeedsSudo { .. }), "{error}");
    let machine = Machine::new(Place::Local, only_sh(), PATIENCE);
    let error = machine.run(WHO, &input, Privilege::Sudo).await.unwrap_err();
    assert!(matches!(
        error,
        MachineError::NoProgram {
            program: "sudo",
            ..
        }
    ));
}

#[tokio::test]
async fn a_script_ends_with_its_own_code_and_words() {
    let machine = Machine::new(Place::Local, only_sh(), PATIENCE);
    // More than a pipe holds, to be read and written at once.
    let input = Zeroizing::new(vec![b'x'; 1024 * 1024]);
    let output = machine.run(FAIL, &input, Privilege::AsIs).await.unwrap();
    assert_eq!(output.code, Some(7));
    assert_eq!(output.stdout.as_slice(), b"out\n");
    assert_eq!(output.stderr, "err\n");
    // One that does not read at all.
    let output = machine.run(DEAF, &input, Privilege::AsIs).await.unwrap();
    assert_eq!(output.code, Some(0));
}

#[tokio::test]
async fn an_answer_has_a_bound() {
    let machine = Machine::new(Place::Local, only_sh(), PATIENCE);
    let error = machine
        .run(FLOOD, &Zeroizing::new(vec![]), Privilege::AsIs)
        .await
        .unwrap_err();
    assert!(matches!(error, MachineError::TooMuch { .. }), "{error}");
}

/// The script's own children end with it.
#[tokio::test]
async fn what_takes_too_long_is_ended_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let machine = Machine::new(Place::Local, only_sh(), Duration::from_secs(2));
    let input = Zeroizing::new(format!("{}\n", pid.display()).into_bytes());
    let error = machine
        .run(HANG, &input, Privilege::AsIs)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "local: `sh` did not answer within 2 s");
    let child = fs::read_to_string(&pid).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    while Path::new("/proc").join(child.trim()).join("exe").exists() {
        assert!(std::time::Instant::now() < deadline, "sleep lives on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn this_machine_has_addresses() {
    let machine = Machine::new(Place::Local, only_sh(), PATIENCE);
    let addresses = machine.addresses().await.unwrap();
    assert_eq!(addresses[0].to_string(), "127.0.0.1");
    // Without a shell (Windows), that is all.
    let machine = Machine::new(Place::Local, Programs::default(), PATIENCE);
    assert_eq!(machine.addresses().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_runs_nothing() {
    let folder = tree();
    fs::create_dir(folder.path().join("3582/credentials")).unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let machine = Machine::new(place, Programs::default(), PATIENCE);
    let found = machine
        .fetch(
            &["/var/snap/microk8s/current/args/kubelet"],
            Privilege::AsIs,
        )
        .await
        .unwrap();
    assert_eq!(
        found.bytes("/var/snap/microk8s/current/args/kubelet"),
        Some(&b"--a\n"[..])
    );
    let error = machine
        .run(NOTHING, &Zeroizing::new(vec![]), Privilege::AsIs)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nothing runs there"), "{error}");
    assert!(machine.addresses().await.unwrap().is_empty());
}
