//! Addresses that lead back to this machine: a relay on it would prove as the cluster, and the entry would be tied to it.

use std::fs;
use std::net::SocketAddr;

use testnode::Cluster;
use testnode::Node;

use super::namespace::resolve;
use super::namespace::with_addresses;
use crate::sources::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// One of this machine's own addresses.
const OWN: &str = "10.66.0.2";

/// What a source needs to name a machine `microk8s` at [`OWN`].
type Prepare = fn(&Sandbox);

fn file(sandbox: &Sandbox, key: &str, text: &str) {
    let path = sandbox.path(key);
    fs::write(&path, text).unwrap();
    sandbox.settings(&format!("{key} = ['{}']\n", path.display()));
}

/// Every source that does not know the ports of this machine.
const SOURCES: &[(&str, Prepare)] = &[
    ("hosts.ics", |sandbox| {
        sandbox.announce(&[("microk8s", SocketAddr::new(OWN.parse().unwrap(), 1))]);
    }),
    ("dnsmasq.leases", |sandbox| {
        file(
            sandbox,
            "dnsmasq_leases",
            "1900000000 52:54:00:c8:ee:21 10.66.0.2 microk8s *\n",
        );
    }),
    ("dhcpd_leases", |sandbox| {
        file(
            sandbox,
            "dhcpd_leases",
            "{\n\tname=microk8s\n\tip_address=10.66.0.2\n\tlease=0x697e1268\n}\n",
        );
    }),
    ("libvirt", |sandbox| {
        file(
            sandbox,
            "libvirt_status",
            r#"[{"ip-address": "10.66.0.2", "hostname": "microk8s", "expiry-time": 1900000000}]"#,
        );
    }),
    ("DNS", |sandbox| {
        resolve(&sandbox.path(""), "microk8s.lan", OWN);
        sandbox.settings("[clusters.microk8s]\nhost = 'microk8s.lan'\n");
    }),
    ("mshome.net", |sandbox| {
        resolve(&sandbox.path(""), "microk8s.mshome.net", OWN);
        sandbox.settings("[sources]\nmshome = true\n");
    }),
    ("multipass", |sandbox| {
        stand_in(
            sandbox,
            "multipass",
            &[(
                "info --format json",
                r#"{"errors":[],"info":{"microk8s":{"state":"Running","ipv4":["10.66.0.2"]}}}"#,
            )],
        );
    }),
    ("lxd", |sandbox| {
        sandbox.settings("[sources]\nlxd = true\n");
        lxd(sandbox, "lxc");
    }),
    ("incus", |sandbox| lxd(sandbox, "incus")),
    ("hyper-v", |sandbox| {
        let asked = locate::hyper_v::ARGUMENTS.join(" ");
        let json = r#"{"VMName":"microk8s","MacAddress":"00155D010A09","IPAddresses":["::ffff:10.66.0.2","10.66.0.2"]}"#;
        stand_in(sandbox, "powershell.exe", &[(&asked, json)]);
    }),
];

fn lxd(sandbox: &Sandbox, program: &str) {
    let json = r#"[{"name":"microk8s","status":"Running","state":{"network":{"eth0":{"addresses":[{"family":"inet","address":"10.66.0.2","scope":"global"}]}}}}]"#;
    stand_in(sandbox, program, &[("list --format json", json)]);
}

#[test]
fn no_source_can_lead_there() {
    let test = "adverse::ourselves::no_source_can_lead_there";
    with_addresses(test, &["10.66.0.2/24"], || {
        let cluster = Cluster::new();
        let relay = Node::start(&cluster, SocketAddr::new(OWN.parse().unwrap(), 16443)).unwrap();
        let before = odd(&cluster, &format!("https://{}", place()));
        for (source, prepare) in SOURCES {
            let sandbox = Sandbox::with(&before);
            prepare(&sandbox);
            for line in [&["heal"][..], &["k", "get", "ns"]] {
                let outcome = sandbox
                    .bowline(line)
                    .says(&format!("{source}: microk8s"))
                    .says("is at 10.66.0.2, it says, which is this machine itself: passed over");
                assert_ne!(outcome.code, Some(0), "{source}: {outcome:#?}");
                fs::remove_file(sandbox.state_file()).unwrap();
            }
            assert_eq!(sandbox.text(), before, "{source}");
            assert_eq!(relay.records().connections, 0, "{source}");
        }
    });
}

/// The user may name it, and those who publish a container's ports know what they say.
#[test]
fn the_users_word_and_a_published_port_may() {
    let test = "adverse::ourselves::the_users_word_and_a_published_port_may";
    with_addresses(test, &["10.66.0.2/24"], || {
        let cluster = Cluster::new();
        let relay = Node::start(&cluster, SocketAddr::new(OWN.parse().unwrap(), 16443)).unwrap();
        let before = odd(&cluster, &format!("https://{}", place()));
        let docker: Prepare = |sandbox| {
            let json = r#"{"Names":"microk8s","Ports":"10.66.0.2:16443->6443/tcp"}"#;
            let asked = "ps --no-trunc --format {{json .}}";
            stand_in(sandbox, "docker", &[(asked, json)]);
        };
        let configured: Prepare = |sandbox| {
            sandbox.settings("[clusters.microk8s]\ncandidates = ['10.66.0.2:16443']\n");
        };
        let nothing: Prepare = |_| {};
        for (prepare, line, by) in [
            (docker, &["heal"][..], "(by docker, microk8s"),
            (configured, &["heal"], "(by config.toml"),
            (nothing, &["heal", "--at", OWN], "(by --at"),
        ] {
            let sandbox = Sandbox::with(&before);
            prepare(&sandbox);
            sandbox.bowline(line).expect(0).says(by);
            assert!(sandbox.text().contains(&relay.url()), "{by}");
        }
    });
}
