//! Another machine, through a real sshd.

use std::fs;
use std::net::IpAddr;
use std::net::Ipv4Addr;

use machines::Machine;
use machines::MachineError;
use machines::Privilege::AsIs;
use machines::Programs;
use tempfile::TempDir;

use super::block_on;
use super::machine;
use super::mode;
use super::skip;
use super::sshd::Options;
use super::sshd::Sshd;
use super::write;

/// A folder, and an sshd on an address of its own; `None` after the test was skipped.
fn start(name: &str, last: u8) -> Option<(TempDir, Sshd)> {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 77, last));
    let sshd = Sshd::start(&keys, address, &Options::default());
    if sshd.is_none() {
        skip(name, "there is no /usr/sbin/sshd (package openssh-server)");
    }
    Some((folder, sshd?))
}

fn over(sshd: &Sshd) -> Machine {
    let programs = Programs {
        ssh: Some(sshd.ssh.clone()),
        ..Programs::default()
    };
    machine(&sshd.place(), programs)
}

#[test]
fn files_are_read_and_replaced_over_ssh() {
    let Some((folder, sshd)) = start("files_are_read_and_replaced_over_ssh", 1) else {
        return;
    };
    let file = folder.path().join("a 'b' $(c)");
    write(&file, "old", 0o640);
    let path = file.to_str().unwrap();
    let machine = over(&sshd);
    let tree = block_on(machine.fetch(&[path], AsIs)).unwrap();
    assert_eq!(tree.bytes(path), Some(&b"old"[..]));
    block_on(machine.replace(path, Some(b"old"), b"new", AsIs)).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(mode(&file), 0o640);
    let addresses = block_on(machine.addresses()).unwrap();
    assert_eq!(addresses.first(), Some(&sshd.address), "{addresses:?}");
}

#[test]
fn an_unknown_and_a_changed_host_key_get_nothing() {
    let Some((_folder, sshd)) = start("an_unknown_and_a_changed_host_key_get_nothing", 2) else {
        return;
    };
    sshd.new_key("other");
    for (known, changed_key) in [("", false), ("other.pub", true)] {
        sshd.know_host(known);
        let error = block_on(over(&sshd).fetch(&["/etc/hostname"], AsIs)).unwrap_err();
        let MachineError::HostKey { changed, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(changed, changed_key);
    }
    let log = sshd.log();
    assert!(!log.contains("Accepted"), "{log}");
}

#[test]
fn who_is_not_let_in_or_finds_nobody_is_told() {
    let Some((_folder, sshd)) = start("who_is_not_let_in_or_finds_nobody_is_told", 3) else {
        return;
    };
    sshd.new_key("stranger");
    sshd.use_key("stranger");
    let machine = over(&sshd);
    let error = block_on(machine.fetch(&["/etc/hostname"], AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::NotLetIn { .. }), "{error}");
    drop(sshd);
    let error = block_on(machine.fetch(&["/etc/hostname"], AsIs)).unwrap_err();
    assert!(matches!(error, MachineError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
}
