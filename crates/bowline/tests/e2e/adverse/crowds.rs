//! Thousands of machines in each source: the likely one is found all the same, and soon.

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use testnode::Cluster;
use testnode::Node;

use crate::sources::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// Lines of a file.
const LINES: usize = 5000;
/// Machines of a hypervisor.
const MACHINES: usize = 2000;

/// Where nobody listens: the addresses of these tests begin at 127.1.0.0.
fn nowhere(number: usize) -> String {
    format!("127.0.{}.{}", number / 250 + 1, number % 250 + 1)
}

/// Everybody of a crowd, the likely one last.
fn crowd(count: usize, ip: IpAddr) -> impl Iterator<Item = (String, String)> {
    let others = (0..count).map(|number| (format!("vm{number}"), nowhere(number)));
    others.chain([("microk8s".to_owned(), ip.to_string())])
}

/// What a source prints of a crowd whose last is the node.
#[track_caller]
fn assert_found(settings: &str, by: &str, prepare: impl Fn(&Sandbox, IpAddr)) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    sandbox.settings(&settings.replace("SANDBOX", &sandbox.path("").display().to_string()));
    prepare(&sandbox, node.address().ip());
    let outcome = sandbox
        .bowline(&["heal"])
        .expect(0)
        .says(&format!("(by {by}, microk8s"));
    assert!(sandbox.text().contains(&node.url()), "{outcome:#?}");
    // The limit of a search that finds nothing.
    assert!(outcome.elapsed < Duration::from_secs(3), "{outcome:#?}");
}

#[test]
fn hosts_ics() {
    assert_found(
        "hosts_ics = ['SANDBOX/hosts.ics']\n",
        "hosts.ics",
        |sandbox, ip| {
            let mut text = String::new();
            for (name, address) in crowd(LINES, ip) {
                writeln!(text, "{address} {name}.mshome.net # 2036 11 6 29 10 30 0 0").unwrap();
            }
            fs::write(sandbox.path("hosts.ics"), text).unwrap();
        },
    );
}

#[test]
fn dhcpd_leases() {
    assert_found(
        "dhcpd_leases = ['SANDBOX/leases']\n",
        "dhcpd_leases",
        |sandbox, ip| {
            let mut text = String::new();
            for (number, (name, address)) in crowd(LINES, ip).enumerate() {
                writeln!(text, "{{\n\tname={name}\n\tip_address={address}\n\thw_address=1,8e:1:99:9c:{:x}:{:x}\n\tlease=0x697e1268\n}}", number / 256, number % 256).unwrap();
            }
            fs::write(sandbox.path("leases"), text).unwrap();
        },
    );
}

#[test]
fn libvirt() {
    assert_found(
        "libvirt_status = ['SANDBOX/status']\n",
        "libvirt",
        |sandbox, ip| {
            fs::create_dir(sandbox.path("status")).unwrap();
            let leases: Vec<Value> = crowd(LINES, ip)
                .map(|(name, address)| json!({"ip-address": address, "mac-address": "52:54:00:a4:6f:91", "hostname": name, "expiry-time": 1_900_000_000}))
                .collect();
            fs::write(
                sandbox.path("status/virbr0.status"),
                json!(leases).to_string(),
            )
            .unwrap();
        },
    );
    assert_found("", "libvirt", |sandbox, ip| {
        let system = "--connect qemu:///system --readonly";
        let mut table = String::new();
        for (name, address) in crowd(MACHINES, ip) {
            writeln!(
                table,
                " 2025-04-18 22:20:15   52:54:00:37:3e:bc   ipv4       {address}/24   {name}     -"
            )
            .unwrap();
        }
        let asked = [
            format!("{system} net-list --name"),
            format!("{system} net-dhcp-leases default"),
        ];
        stand_in(
            sandbox,
            "virsh",
            &[(&asked[0], "default\n"), (&asked[1], &table)],
        );
    });
}

/// `one` makes the JSON of a machine from its name and address, `all` the program's output of all of them.
#[track_caller]
fn assert_program(
    program: &str,
    asked: &str,
    by: &str,
    one: fn(&str, &str) -> Value,
    all: fn(Vec<Value>) -> String,
) {
    let settings = format!("[sources]\n{} = true\n", by.replace('-', "_"));
    assert_found(&settings, by, |sandbox, ip| {
        let machines = crowd(MACHINES, ip).map(|(name, address)| one(&name, &address));
        stand_in(sandbox, program, &[(asked, &all(machines.collect()))]);
    });
}

fn array(machines: Vec<Value>) -> String {
    json!(machines).to_string()
}

fn lines(machines: Vec<Value>) -> String {
    let mut text = String::new();
    for machine in machines {
        writeln!(text, "{machine}").unwrap();
    }
    text
}

#[test]
fn multipass() {
    assert_program(
        "multipass",
        "info --format json",
        "multipass",
        |name, address| json!({name: {"state": "Running", "ipv4": [address], "image_hash": "x".repeat(64), "memory": {"total": 1_033_945_088, "used": 147_251_200}}}),
        |machines| {
            let mut all = serde_json::Map::new();
            for machine in machines {
                all.extend(machine.as_object().unwrap().clone());
            }
            json!({"errors": [], "info": all}).to_string()
        },
    );
}

/// As much of each as LXD prints.
#[test]
fn lxd_and_incus() {
    for (program, name) in [("lxc", "lxd"), ("incus", "incus")] {
        assert_program(
            program,
            "list --format json",
            name,
            |name, address| {
                json!({"name": name, "status": "Running", "config": {"image.description": "y".repeat(5000)},
                    "state": {"network": {"eth0": {"hwaddr": "00:16:3e:0c:ee:dd", "addresses": [
                        {"family": "inet", "address": address, "netmask": "24", "scope": "global"}]}}}})
            },
            array,
        );
    }
}

#[test]
fn docker_and_podman() {
    assert_program(
        "docker",
        "ps --no-trunc --format {{json .}}",
        "docker",
        |name, address| json!({"ID": "f".repeat(64), "Labels": "z".repeat(1000), "Names": name, "Ports": format!("{address}:16443->6443/tcp")}),
        lines,
    );
    assert_program(
        "podman",
        "ps --format json",
        "podman",
        |name, address| json!({"Names": [name], "Ports": [{"host_ip": address, "container_port": 6443, "host_port": 16443, "range": 1, "protocol": "tcp"}]}),
        array,
    );
}

#[test]
fn lima_and_colima() {
    assert_program(
        "limactl",
        "list --json",
        "lima",
        |name, address| json!({"name": name, "status": "Running", "guestIPAddress": address, "config": {"note": "w".repeat(3000)}}),
        lines,
    );
    assert_program(
        "colima",
        "list --json",
        "colima",
        |name, address| json!({"name": name, "status": "Running", "address": address}),
        lines,
    );
}

#[test]
fn minikube() {
    assert_program(
        "minikube",
        "profile list -l -o json",
        "minikube",
        |name, address| json!({"Name": name, "Config": {"KubernetesConfig": "v".repeat(3000), "Nodes": [{"IP": address, "Port": 16443, "ControlPlane": true}]}}),
        |machines| json!({"invalid": [], "valid": machines}).to_string(),
    );
}

#[test]
fn hyper_v() {
    let asked = locate::hyper_v::ARGUMENTS.join(" ");
    assert_program(
        "powershell.exe",
        &asked,
        "hyper-v",
        |name, address| json!({"VMName": name, "MacAddress": "00155D010A09", "IPAddresses": [address, "fe80::1%eth0"], "SwitchName": "Default Switch"}),
        array,
    );
}
