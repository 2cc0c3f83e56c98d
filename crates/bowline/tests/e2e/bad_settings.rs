//! Bowline's own files and sources when they are damaged, from a newer version, or full of garbage.

use std::fmt::Write as _;
use std::fs;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn a_damaged_or_newer_state_is_refused_and_left_alone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let before = sandbox.bytes();
    fs::create_dir(sandbox.path("state")).unwrap();
    for (state, word) in [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ("\u{0}\u{1b}[31m", "is damaged"),
        ("{\"version\":1,\"clusters\":7}", "is damaged"),
        ("{\"version\":99,\"clusters\":7}", "is of version 99"),
    ] {
        fs::write(sandbox.state_file(), state).unwrap();
        for line in [&["status"][..], &["heal"]] {
            let path = sandbox.state_file();
            sandbox
                .bowline(line)
                .expect(7)
                .stays_plain()
                .says(word)
                .says(&format!("rm {}", path.display()));
        }
        assert_eq!(fs::read_to_string(sandbox.state_file()).unwrap(), state);
        assert_eq!(sandbox.bytes(), before);
    }
    // What a power cut leaves is no damage.
    fs::write(sandbox.state_file(), "").unwrap();
    sandbox.bowline(&["status"]).expect(0);
}

#[test]
fn damaged_settings_are_named_with_the_line() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let before = sandbox.bytes();
    for (settings, word) in [
        ("multipass = maybe\n", "line 1"),
        ("\nmultipass = 'no'\n", "line 2"),
        ("hosts_isc = ['x']\n", "hosts_isc"),
        ("[clusters.x]\nfolow = false\n", "folow"),
        ("[clusters.x]\ncandidates = ['nonsense']\n", "candidates"),
        ("version = 99\nwhat = 'ever'\n", "is of version 99"),
    ] {
        sandbox.settings(settings);
        for line in [&["status"][..], &["heal"], &["heal", "--dry-run"]] {
            sandbox
                .bowline(line)
                .expect(7)
                .stays_plain()
                .says("config.toml")
                .says(word);
        }
        assert_eq!(sandbox.bytes(), before, "{settings}");
    }
    fs::remove_file(sandbox.path("config.toml")).unwrap();
    fs::create_dir(sandbox.path("config.toml")).unwrap();
    sandbox.bowline(&["heal"]).expect(7).says("config.toml");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn garbage_duplicates_and_stale_networks_in_hosts_ics_do_no_harm() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let impostor = Node::start(&Cluster::new(), place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    let (right, wrong) = (node.address().ip(), impostor.address().ip());
    let mut text =
        String::from("28\r\n881\r\n\u{0}\u{1b}[31m\r\n10.0.0.3 $(id) # 1\r\n0.0.0.0 z\r\n");
    // The newest lease of a name counts, wherever it stands.
    for (ip, hour) in [(wrong, 1), (right, 3), (wrong, 2)] {
        write!(
            text,
            "{ip} microk8s-vm.mshome.net # 2036 11 6 29 {hour} 30 0 0\r\n"
        )
        .unwrap();
    }
    // Machines of a network that the switch no longer has.
    for host in 1..40 {
        write!(
            text,
            "127.250.0.{host} old{host}.mshome.net # 2022 8 1 1 13 44 18 754\r\n"
        )
        .unwrap();
    }
    fs::write(sandbox.path("hosts.ics"), &text).unwrap();
    sandbox.bowline(&["heal"]).expect(0).stays_plain();
    assert!(sandbox.text().contains(&node.url()));
    assert_eq!(impostor.records().connections, 0);
    assert_eq!(fs::read_to_string(sandbox.path("hosts.ics")).unwrap(), text);
}

#[test]
fn a_hosts_ics_that_cannot_be_one_is_told() {
    let cluster = Cluster::new();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    let path = sandbox.path("hosts.ics");
    fs::write(&path, vec![b'x'; 2 << 20]).unwrap();
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("larger than any hosts.ics");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("hosts.ics: not a file");
    fs::remove_dir(&path).unwrap();
    sandbox.bowline(&["heal"]).expect(3);
}
