//! Programs that cannot run here: stand-ins that reject what they do not expect.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use machines::Machine;
use machines::MachineError;
use machines::Privilege::AsIs;
use machines::Programs;
use tempfile::TempDir;

use super::block_on;
use super::install;
use super::machine;
use super::write;

/// `multipass exec NAME -- sudo sh -c TEXT` runs the script here; `info` and `list` print recorded forms
/// (`src/client/cli/formatter/json_formatter.cpp`); a stopped instance says what Multipass' daemon says
/// (`src/daemon/daemon.cpp`).
const MULTIPASS: &str = r#"#!/bin/sh
case "$*" in
"info dev --format json") echo '{"errors":[],"info":{"dev":{"state":"Running","ipv4":["172.17.0.1","10.21.124.56"]}}}' ;;
"list --format json") echo '{"list":[{"name":"dev","state":"Running","ipv4":["10.21.124.56"],"release":"Ubuntu 22.04 LTS"},{"name":"old","state":"Stopped","ipv4":[]},{"name":"gone","state":"Deleted","ipv4":[]}]}' ;;
"exec dev -- sudo sh -c "*) shift 4; exec "$@" ;;
"exec old -- sudo sh -c "*) echo 'exec failed: instance "old" is not running' >&2; exit 2 ;;
"exec none -- sudo sh -c "*) echo 'exec failed: instance "none" does not exist' >&2; exit 2 ;;
*) echo "unexpected arguments: $*" >&2; exit 64 ;;
esac
"#;

const LXC: &str = r#"#!/bin/sh
case "$*" in
"list --format json") echo '[{"name":"dev","status":"Running","state":{"network":{"eth0":{"addresses":[{"family":"inet","address":"10.0.9.2","scope":"global"}]}}}},{"name":"dev2","status":"Stopped","state":null}]' ;;
"exec dev -- sh -c "*) shift 3; exec "$@" ;;
"exec dev2 -- sh -c "*) echo 'Error: Instance is not running' >&2; exit 1 ;;
*) echo "unexpected arguments: $*" >&2; exit 64 ;;
esac
"#;

/// wsl.exe speaks UTF-16 itself.
const WSL: &str = r#"#!/bin/sh
say() { printf '%s' "$1" | iconv -t UTF-16LE; }
case "$*" in
"-d My Distro -u root --exec sh -c "*) shift 5; exec "$@" ;;
"-d "*" -u root --exec sh -c "*) say 'There is no distribution with the supplied name.'; exit 255 ;;
"--list --running --quiet") say 'My Distro
' ;;
*) echo "unexpected arguments: $*" >&2; exit 64 ;;
esac
"#;

fn programs(folder: &Path) -> Programs {
    let put = |name: &str, text: &str| -> Option<PathBuf> {
        let path = folder.join(name);
        install(&path, text);
        Some(path)
    };
    Programs {
        multipass: put("multipass", MULTIPASS),
        lxc: put("lxc", LXC),
        incus: put("incus", LXC),
        wsl: put("wsl.exe", WSL),
        ..Programs::default()
    }
}

#[test]
fn files_are_read_through_every_program() {
    let folder = TempDir::new().unwrap();
    let programs = programs(folder.path());
    let file = folder.path().join("file");
    write(&file, "text", 0o600);
    let path = file.to_str().unwrap();
    for place in ["multipass:dev", "lxd:dev", "incus:dev", "wsl:My Distro"] {
        let machine = machine(place, programs.clone());
        let tree = block_on(machine.fetch(&[path], AsIs));
        let tree = tree.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(tree.bytes(path), Some(&b"text"[..]), "{place}");
    }
}

#[test]
fn what_is_not_there_or_not_running_is_told() {
    let folder = TempDir::new().unwrap();
    let programs = programs(folder.path());
    let said = |place: &str| {
        let fetched = block_on(machine(place, programs.clone()).fetch(&["/x"], AsIs));
        fetched.unwrap_err().to_string()
    };
    assert_eq!(
        said("multipass:old"),
        "multipass:old is not running: `multipass start old` starts it"
    );
    assert_eq!(
        said("multipass:none"),
        "multipass:none does not exist: `multipass list` lists those that do"
    );
    assert_eq!(
        said("lxd:dev2"),
        "lxd:dev2 is not running: `lxc start dev2` starts it"
    );
    assert_eq!(
        said("wsl:Other"),
        "wsl:Other does not exist: `wsl --list` lists those that do"
    );
}

#[test]
fn addresses_and_instances_are_listed() {
    let folder = TempDir::new().unwrap();
    let programs = programs(folder.path());
    let of = |place: &str| {
        let found = block_on(machine(place, programs.clone()).addresses()).unwrap();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of("multipass:dev"), ["10.21.124.56", "172.17.0.1"]);
    assert_eq!(of("lxd:dev"), ["10.0.9.2"]);
    let listed = block_on(machines::list(&programs, Duration::from_mins(1)));
    let shown: Vec<_> = listed
        .into_iter()
        .flat_map(|it| it.instances.unwrap())
        .map(|it| format!("{} {}", it.place, it.running))
        .collect();
    assert_eq!(
        shown,
        [
            "multipass:dev true",
            "multipass:old false",
            "lxd:dev true",
            "lxd:dev2 false",
            "incus:dev true",
            "incus:dev2 false",
            "wsl:My Distro true",
        ]
    );
}

#[test]
fn a_program_that_hangs_or_talks_without_end_is_ended() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("multipass");
    let programs = Programs {
        multipass: Some(path.clone()),
        ..Programs::default()
    };
    install(&path, "#!/bin/sh\nexec sleep 1000\n");
    let place = "multipass:dev".parse().unwrap();
    let machine = Machine::new(place, programs, Duration::from_millis(300));
    let error = block_on(machine.fetch(&["/x"], AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::TimedOut { .. }), "{error}");
    assert!(
        error.to_string().contains("multipass restart dev"),
        "{error}"
    );
    let machine = Machine::new(
        machine.place().clone(),
        Programs {
            multipass: Some(path.clone()),
            ..Programs::default()
        },
        Duration::from_mins(1),
    );
    install(&path, "#!/bin/sh\nexec cat /dev/zero\n");
    let error = block_on(machine.fetch(&["/x"], AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::TooMuch { .. }), "{error}");
    install(&path, "#!/bin/sh\necho 'Welcome to Ubuntu'\n");
    let error = block_on(machine.fetch(&["/x"], AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::Garbled { .. }), "{error}");
}
