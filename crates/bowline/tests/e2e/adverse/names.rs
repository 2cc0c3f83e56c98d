//! Names that would act on a terminal or in a shell: of machines, from every source, and of contexts.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::Value;
use serde_json::json;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::sources::calls;
use crate::sources::stand_in;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;

/// No white space: a lease file has words.
const WORD: &str =
    "-x\"'$(touch${IFS}PWNED)`touch${IFS}PWNED`;&|<\u{1b}[31m\u{9b}1m\u{7}\u{202e}é%s{}";

/// Lets a source say that a machine with a name is at an address.
type Prepare = fn(&Sandbox, &str, &str);

fn program(sandbox: &Sandbox, name: &str, asked: &str, answer: &Value) {
    stand_in(sandbox, name, &[(asked, &answer.to_string())]);
}

fn file(sandbox: &Sandbox, key: &str, text: &str) {
    let path = sandbox.path(key);
    fs::write(&path, text).unwrap();
    sandbox.settings(&format!("{key} = ['{}']\n", path.display()));
}

fn instances(name: &str, address: &str) -> Value {
    json!([{"name": name, "status": "Running", "state": {"network": {"eth0": {"addresses": [
        {"family": "inet", "address": address, "scope": "global"}]}}}}])
}

/// Every source that takes over what somebody called a machine; whether it may have lines in it.
const SOURCES: &[(&str, bool, Prepare)] = &[
    ("dnsmasq.leases", false, |sandbox, name, address| {
        file(
            sandbox,
            "dnsmasq_leases",
            &format!("1900000000 52:54:00:c8:ee:21 {address} {name} *\n"),
        );
    }),
    ("dhcpd_leases", false, |sandbox, name, address| {
        file(
            sandbox,
            "dhcpd_leases",
            &format!("{{\n\tname={name}\n\tip_address={address}\n\tlease=0x697e1268\n}}\n"),
        );
    }),
    ("libvirt", true, |sandbox, name, address| {
        let json = json!([{"ip-address": address, "hostname": name, "expiry-time": 1_900_000_000}]);
        file(sandbox, "libvirt_status", &json.to_string());
    }),
    ("multipass", true, |sandbox, name, address| {
        let json = json!({"errors": [], "info": {name: {"state": "Running", "ipv4": [address]}}});
        program(sandbox, "multipass", "info --format json", &json);
    }),
    ("lxd", true, |sandbox, name, address| {
        sandbox.settings("[sources]\nlxd = true\n");
        program(
            sandbox,
            "lxc",
            "list --format json",
            &instances(name, address),
        );
    }),
    ("incus", true, |sandbox, name, address| {
        program(
            sandbox,
            "incus",
            "list --format json",
            &instances(name, address),
        );
    }),
    ("docker", true, |sandbox, name, address| {
        let json = json!({"Names": name, "Ports": format!("{address}:16443->6443/tcp")});
        program(
            sandbox,
            "docker",
            "ps --no-trunc --format {{json .}}",
            &json,
        );
    }),
    ("podman", true, |sandbox, name, address| {
        let json = json!([{"Names": [name], "Ports": [{"host_ip": address, "container_port": 6443,
            "host_port": 16443, "range": 1, "protocol": "tcp"}]}]);
        program(sandbox, "podman", "ps --format json", &json);
    }),
    ("lima", true, |sandbox, name, address| {
        let json = json!({"name": name, "status": "Running", "guestIPAddress": address});
        program(sandbox, "limactl", "list --json", &json);
    }),
    ("colima", true, |sandbox, name, address| {
        let json = json!({"name": name, "status": "Running", "address": address});
        program(sandbox, "colima", "list --json", &json);
    }),
    ("minikube", true, |sandbox, name, address| {
        let json = json!({"valid": [{"Name": name, "Config": {"Nodes": [
            {"IP": address, "Port": 16443, "ControlPlane": true}]}}]});
        program(sandbox, "minikube", "profile list -l -o json", &json);
    }),
    ("hyper-v", true, |sandbox, name, address| {
        let asked = locate::hyper_v::ARGUMENTS.join(" ");
        let json = json!({"VMName": name, "MacAddress": "00155D010A09", "IPAddresses": [address]});
        program(sandbox, "powershell.exe", &asked, &json);
    }),
];

#[track_caller]
fn assert_harmless(sandbox: &Sandbox) {
    for folder in ["", "home", "bin", "home/.kube"] {
        let path = sandbox.path(folder).join("PWNED");
        assert!(!path.exists(), "{} was made", path.display());
    }
}

#[test]
fn machines_are_called_what_they_like() {
    let lines = format!("{WORD}\n\r\t\0bowline: moved");
    for (source, has_lines, prepare) in SOURCES {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
        let name = if *has_lines { &lines } else { WORD };
        prepare(&sandbox, name, &node.address().ip().to_string());
        sandbox
            .bowline(&["heal", "--dry-run"])
            .expect(0)
            .stays_plain();
        let outcome = sandbox
            .bowline(&["heal"])
            .expect(0)
            .stays_plain()
            .says(&format!("(by {source}, "));
        // One line says it, however many the name has.
        let said = outcome.stdout.lines().next().unwrap();
        assert!(said.contains("proved by"), "{outcome:#?}");
        assert!(sandbox.text().contains(&node.url()));
        assert!(!sandbox.text().contains("PWNED"));
        for line in [&["status"][..], &["k", "get", "ns"], &["history"]] {
            sandbox.bowline(line).expect(0).stays_plain();
        }
        let shown = sandbox.bowline(&["status", "-o", "json"]).expect(0);
        let status: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert!(status.is_object(), "{status}");
        sandbox.bowline(&["heal", "--by-name"]).stays_plain();
        node.set_behaviour(Behaviour::Refuse).unwrap();
        for line in [&["heal"][..], &["status"], &["k", "get", "ns"]] {
            let outcome = sandbox.bowline(line).stays_plain();
            assert_ne!(outcome.code, Some(0), "{source}: {outcome:#?}");
        }
        assert_harmless(&sandbox);
    }
}

/// These names become arguments: one that looks like a flag is not passed on, any other is one argument.
#[test]
fn distributions_and_networks_are_one_argument_each() {
    let cluster = Cluster::new();
    let name = "x $(touch PWNED)`touch PWNED`;touch PWNED\u{1b}[31m'\"";
    let before = odd(&cluster, &format!("https://{}", place()));

    let node = Node::start(&cluster, place()).unwrap();
    let ip = node.address().ip();
    let sandbox = Sandbox::with(&before);
    let listed = format!("-x\r\n--shutdown\r\n{name}\r\n");
    let (asked, answer) = (
        format!("--distribution {name} --exec hostname -I"),
        format!("{ip} \n"),
    );
    stand_in(
        &sandbox,
        "wsl.exe",
        &[("--list --running --quiet", &listed), (&asked, &answer)],
    );
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .stays_plain()
        .says("(by wsl, x $(touch");
    assert_eq!(calls(&sandbox, "wsl.exe"), 2);
    assert_harmless(&sandbox);

    let sandbox = Sandbox::with(&before);
    let system = "--connect qemu:///system --readonly";
    let (list, leases) = (
        format!("{system} net-list --name"),
        format!("{system} net-dhcp-leases {name}"),
    );
    let listed = format!("-x\n--help\n{name}\n");
    let table = format!(" 2025-04-18 22:20:15   52:54:00:37:3e:bc   ipv4   {ip}/24   {WORD}   -\n");
    stand_in(&sandbox, "virsh", &[(&list, &listed), (&leases, &table)]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .stays_plain()
        .says("(by libvirt, -x");
    assert_eq!(calls(&sandbox, "virsh"), 2);
    assert_harmless(&sandbox);
}

/// Contexts, and whether the name can be typed at all.
const CONTEXTS: &[(&str, bool)] = &[
    ("-n", true),
    ("--all", true),
    ("--at=10.0.0.1", true),
    ("$(touch PWNED)", true),
    ("`touch PWNED`", true),
    ("a'b\"c", true),
    ("a; touch PWNED", true),
    ("&& touch PWNED #", true),
    ("*", true),
    ("~", true),
    ("!x", true),
    ("a\\nb", true),
    ("%s%n", true),
    ("dev\ntouch PWNED", false),
    ("\u{1b}[31mred\u{202e}", false),
];

/// Runs what was printed, as somebody who pastes it: `ADDRESS` is filled in.
#[track_caller]
fn paste(sandbox: &Sandbox, printed: &Outcome, address: &str) -> Outcome {
    let text = format!("{}{}", printed.stdout, printed.stderr);
    let remedy = text
        .lines()
        .filter_map(|line| Some(&line[line.find("bowline heal ")?..]))
        .next_back()
        .unwrap_or_else(|| panic!("no remedy: {printed:#?}"));
    let mut command = sandbox.settle(Command::new("/bin/sh"));
    command.args(["-c", &remedy.replace("ADDRESS", address)]);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    command.env("PATH", path);
    run(command, b"").stays_plain()
}

#[test]
fn a_remedy_can_be_pasted_whatever_the_context_is_called() {
    for (name, can_be_typed) in CONTEXTS {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let quoted = serde_json::to_string(name).unwrap();
        let text = cluster
            .kubeconfig(&format!("https://{}", place()))
            .replace(": microk8s\n", &format!(": {quoted}\n"));
        let sandbox = Sandbox::with(&text);
        symlink(env!("CARGO_BIN_EXE_bowline"), sandbox.path("bin/bowline")).unwrap();
        let address = node.address().to_string();
        let kubectl = sandbox.script("kubectl", "exit 0\n");

        for line in [&["heal"][..], &["status"], &["k", "get", "ns"]] {
            sandbox.write(&text);
            let _ = fs::remove_file(sandbox.path("hosts.ics"));
            let _ = fs::remove_file(sandbox.state_file());
            let mut command = sandbox.command(line);
            command.env("BOWLINE_KUBECTL", &kubectl);
            let printed = run(command, b"").stays_plain();
            // `status` offers a heal that looks for itself.
            sandbox.announce(&[("microk8s-vm", node.address())]);
            let pasted = paste(&sandbox, &printed, &address);
            assert_harmless(&sandbox);
            let healed = sandbox.text().contains(&node.url());
            assert_eq!(healed, *can_be_typed, "{name:?}: {printed:#?} {pasted:#?}");
        }
    }
}
