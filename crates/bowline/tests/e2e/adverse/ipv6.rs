//! IPv6: entries, candidates, ports of this machine; link-local addresses, with and without zones.

use std::fs;
use std::net::SocketAddr;

use testnode::Cluster;
use testnode::Node;

use super::namespace::with_ipv6;
use crate::sources::closed;
use crate::sources::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

/// Lets one source know the address, among others that no machine elsewhere can be reached by.
type Prepare = fn(&Sandbox);

const SOURCES: &[(&str, Prepare)] = &[
    ("hosts.ics", |sandbox| {
        let text = "fe80::7%eth0 microk8s.mshome.net # 2036 11 6 29 10 30 0 0\r\n\
            fe80::7 microk8s2.mshome.net # 2036 11 6 29 10 30 0 0\r\n\
            ::1 microk8s3.mshome.net # 2036 11 6 29 10 30 0 0\r\n\
            ::ffff:127.0.0.1 microk8s4.mshome.net # 2036 11 6 29 10 30 0 0\r\n\
            fd00:7::7 microk8s.mshome.net # 2036 11 6 29 10 30 0 0\r\n";
        fs::write(sandbox.path("hosts.ics"), text).unwrap();
    }),
    ("dnsmasq.leases", |sandbox| {
        let path = sandbox.path("leases");
        sandbox.settings(&format!("dnsmasq_leases = ['{}']\n", path.display()));
        let text = "duid 00:01:00:01:2c:4f:5a:6b:52:54:00:c8:ee:21\n\
            1900000001 1 fe80::7%virbr0 microk8s 00:01\n\
            1900000000 13137313 fd00:7::7 microk8s 00:01\n";
        fs::write(path, text).unwrap();
    }),
    ("multipass", |sandbox| {
        let json = r#"{"errors":[],"info":{"microk8s":{"state":"Running","ipv4":["fe80::7%eth0","fe80::7","fd00:7::7"]}}}"#;
        stand_in(sandbox, "multipass", &[("info --format json", json)]);
    }),
    ("incus", |sandbox| {
        let json = r#"[{"name":"microk8s","status":"Running","state":{"network":{"eth0":{"addresses":[
            {"family":"inet6","address":"fe80::7%eth0","scope":"global"},
            {"family":"inet6","address":"fe80::7","scope":"link"},
            {"family":"inet6","address":"fd00:7::7","scope":"global"}]}}}}]"#;
        stand_in(sandbox, "incus", &[("list --format json", json)]);
    }),
    ("hyper-v", |sandbox| {
        let asked = locate::hyper_v::ARGUMENTS.join(" ");
        let json = r#"{"VMName":"microk8s","MacAddress":"00155D010A09","IPAddresses":["fe80::7%5","fe80::7","fd00:7::7"]}"#;
        stand_in(sandbox, "powershell.exe", &[(&asked, json)]);
    }),
    ("wsl", |sandbox| {
        stand_in(
            sandbox,
            "wsl.exe",
            &[
                ("--list --running --quiet", "microk8s\r\n"),
                (
                    "--distribution microk8s --exec hostname -I",
                    "fe80::7%eth0 fe80::7 fd00:7::7 \n",
                ),
            ],
        );
    }),
];

#[test]
fn each_source_finds_a_cluster_at_an_address_of_its_own() {
    let test = "adverse::ipv6::each_source_finds_a_cluster_at_an_address_of_its_own";
    with_ipv6(test, || {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, at("[fd00:7::7]:16443")).unwrap();
        let before = odd(&cluster, "https://[fd00:7::6]:16443");
        for (source, prepare) in SOURCES {
            let sandbox = Sandbox::with(&before);
            prepare(&sandbox);
            let outcome = sandbox
                .bowline(&["heal"])
                .expect(0)
                .says(&format!("(by {source}, microk8s"))
                .says("moved from https://[fd00:7::6]:16443 to [fd00:7::7]:16443");
            assert!(sandbox.text().contains(&node.url()), "{outcome:#?}");
            sandbox
                .kubectl(&["get", "ns"])
                .expect(0)
                .says("kube-system");
            sandbox
                .bowline(&["k", "get", "ns"])
                .expect(0)
                .says("kube-system");
            sandbox.bowline(&["status"]).expect(0).says("[fd00:7::7]");
        }
        // By the user's word, with and without brackets.
        for word in ["fd00:7::7", "[fd00:7::7]", "[fd00:7::7]:16443"] {
            let sandbox = Sandbox::with(&before);
            sandbox.bowline(&["heal", "--at", word]).expect(0);
            assert!(sandbox.text().contains(&node.url()), "{word}");
        }
    });
}

#[test]
fn a_port_of_this_machine() {
    let Ok(node) = Node::start(&Cluster::new(), at("[::1]:0")) else {
        return crate::support::skip("a_port_of_this_machine", "there is no ::1 here");
    };
    let cluster = node.cluster();
    for entry in ["[::1]", "[::ffff:127.0.0.1]"] {
        let before = odd(cluster, &format!("https://{entry}:{}", closed().port()));
        let sandbox = Sandbox::with(&before);
        sandbox.announce(&[("microk8s", node.address())]);
        // hosts.ics may not name it, Docker may.
        sandbox.bowline(&["heal"]).expect(3).says("a tunnel");
        assert_eq!(sandbox.text(), before);
        let ports = format!("[::]:{}->6443/tcp", node.address().port());
        let json = format!(r#"{{"Names":"microk8s","Ports":"{ports}"}}"#);
        let asked = "ps --no-trunc --format {{json .}}";
        stand_in(&sandbox, "docker", &[(asked, &json)]);
        sandbox
            .bowline(&["heal"])
            .expect(0)
            .says("(by docker, microk8s");
        assert!(sandbox.text().contains(&node.url()));
        sandbox
            .kubectl(&["get", "ns"])
            .expect(0)
            .says("kube-system");
    }
}

/// Written into an entry, a link-local address leads nowhere; with a zone, kubectl dials it, but looks for the zone in
/// the certificate.
#[test]
fn a_link_local_address_cannot_be_chosen() {
    let cluster = Cluster::new();
    let before = odd(&cluster, &format!("https://{}", place()));
    for word in [
        "fe80::1",
        "[fe80::1]:16443",
        "[fe80::1%lo]:16443",
        "[fe80::1%1]:16443",
        "fe80::1%lo",
        "[fe80::1%25lo]:16443",
        "[fe80::1%\u{1b}[31m]:1",
    ] {
        let sandbox = Sandbox::with(&before);
        for line in [&["heal", "--at", word][..], &["heal", "dev", "--at", word]] {
            sandbox
                .bowline(line)
                .expect(2)
                .stays_plain()
                .says("name another address of the machine");
        }
        assert_eq!(sandbox.text(), before);
    }
    // Nor in config.toml.
    let sandbox = Sandbox::with(&before);
    sandbox.settings("[clusters.microk8s]\ncandidates = ['[fe80::1%1]:16443']\n");
    sandbox.bowline(&["heal"]).expect(7).says("link-local");
}

/// kubectl may use it, with `tls-server-name`; we say why we do not, and stand in nobody's way.
#[test]
fn an_entry_with_a_zone_is_kubectls() {
    let cluster = Cluster::new();
    let before = odd(&cluster, "https://[fe80::1%25lo]:16443");
    let sandbox = Sandbox::with(&before);
    for line in [&["status"][..], &["heal"], &["heal", "--all"]] {
        sandbox
            .bowline(line)
            .expect(6)
            .stays_plain()
            .says("an address with a zone");
    }
    let kubectl = sandbox.script("kubectl", "echo \"ran: $*\"\n");
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", kubectl);
    let outcome = run(command, b"").expect(0);
    assert_eq!(outcome.stdout, "ran: get ns\n");
    assert_eq!(sandbox.text(), before);
}
