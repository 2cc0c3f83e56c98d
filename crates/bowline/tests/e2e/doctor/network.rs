//! What needs a network of its own: no route, nobody at the address, firewalls, Hyper-V's Default Switch. All
//! in a network namespace that the test makes.

use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use testnode::Cluster;
use testnode::Node;

use super::stage::Stage;
use crate::support::netns;
use crate::support::netns::find;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

#[track_caller]
fn tool(name: &str, arguments: &str) {
    let mut command = Command::new(find(name).unwrap_or_else(|| panic!("no {name}")));
    command.args(arguments.split(' '));
    run(command, b"").expect(0);
}

/// What is done to the network, what doctor says then, and what undoes it.
pub(super) struct Row {
    name: &'static str,
    fault: &'static [(&'static str, &'static str)],
    pub(super) id: &'static str,
    rung: &'static str,
    seen: &'static str,
    /// What kubectl says; empty where it takes too long.
    kubectl: &'static str,
    /// The command that mends it, empty where none does; and what is said besides.
    mend: (&'static str, &'static str),
    /// What that comes to here.
    undo: &'static [(&'static str, &'static str)],
}

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "no route",
        fault: &[("ip", "link set lan down")],
        id: "network-unreachable",
        rung: "address",
        seen: "no route",
        kubectl: "network is unreachable",
        mend: ("", "bring the network up"),
        undo: &[
            ("ip", "link set lan up"),
            ("ip", "addr replace 172.28.40.1/20 dev lan"),
        ],
    },
    Row {
        name: "unreachable by a route",
        fault: &[
            ("ip", "addr del 172.28.40.7/32 dev lo"),
            ("ip", "route add unreachable 172.28.40.7"),
        ],
        id: "network-unreachable",
        rung: "address",
        seen: "No route to host",
        kubectl: "no route to host",
        mend: ("", "bring the network up"),
        undo: &[
            ("ip", "route del unreachable 172.28.40.7"),
            ("ip", "addr add 172.28.40.7/32 dev lo"),
        ],
    },
    Row {
        name: "nobody has the address",
        fault: &[("ip", "addr del 172.28.40.7/32 dev lo")],
        id: "no-route-to-host",
        rung: "address",
        seen: "nobody answers ARP for it",
        kubectl: "",
        mend: ("sudo microk8s start", "a firewall or VPN between"),
        undo: &[("ip", "addr add 172.28.40.7/32 dev lo")],
    },
    Row {
        name: "the machine that had the address is gone",
        fault: &[
            ("ip", "addr del 172.28.40.7/32 dev lo"),
            (
                "ip",
                "neigh replace 172.28.40.7 lladdr 00:15:5d:01:02:03 dev lan nud permanent",
            ),
        ],
        id: "no-answer",
        rung: "address",
        seen: "from 172.28.40.1 on lan",
        kubectl: "",
        mend: ("sudo microk8s start", "a firewall or VPN between"),
        undo: &[
            ("ip", "neigh del 172.28.40.7 dev lan"),
            ("ip", "addr add 172.28.40.7/32 dev lo"),
        ],
    },
    Row {
        name: "dropped",
        fault: &[
            ("nft", "add table inet t"),
            (
                "nft",
                "add chain inet t i { type filter hook input priority 0 ; }",
            ),
            ("nft", "add rule inet t i tcp dport 16443 drop"),
        ],
        id: "no-answer",
        rung: "address",
        seen: "packets are dropped",
        kubectl: "",
        mend: ("sudo microk8s start", "a firewall or VPN between"),
        undo: &[("nft", "delete table inet t")],
    },
    Row {
        name: "rejected by ICMP",
        fault: &[
            ("nft", "add table inet t"),
            (
                "nft",
                "add chain inet t i { type filter hook input priority 0 ; }",
            ),
            (
                "nft",
                "add rule inet t i tcp dport 16443 reject with icmpx type admin-prohibited",
            ),
        ],
        id: "no-route-to-host",
        rung: "address",
        seen: "unreachable",
        kubectl: "no route to host",
        mend: ("sudo microk8s start", "a firewall or VPN between"),
        undo: &[("nft", "delete table inet t")],
    },
    Row {
        name: "rejected by reset",
        fault: &[
            ("nft", "add table inet t"),
            (
                "nft",
                "add chain inet t i { type filter hook input priority 0 ; }",
            ),
            (
                "nft",
                "add rule inet t i tcp dport 16443 reject with tcp reset",
            ),
        ],
        id: "port-refused",
        rung: "port",
        seen: "connection refused",
        kubectl: "was refused",
        mend: ("sudo microk8s start", ""),
        undo: &[("nft", "delete table inet t")],
    },
];

#[test]
fn the_way_there_is_told_from_the_port() {
    let test = "doctor::network::the_way_there_is_told_from_the_port";
    netns::within(test, &["nft"], |_| inside());
}

fn inside() {
    tool("ip", "link add lan type veth peer name far");
    tool("ip", "addr add 172.28.40.1/20 dev lan");
    tool("ip", "link set far up");
    tool("ip", "link set lan up");
    // The node: an address of that network which is this machine's own, so that packets stay here.
    tool("ip", "addr add 172.28.40.7/32 dev lo");
    let cluster = Cluster::new();
    let mut stage = Stage::with(cluster);
    let at = ([172, 28, 40, 7], 16443).into();
    stage.node = Node::start(&stage.cluster, at).unwrap();
    stage.machine_is_lost();
    let url = stage.node.url();
    let line = stage.line("server:");
    stage.edit(&line, &format!("    server: {url}"));
    stage.diagnose(0);
    for row in ROWS {
        println!("row {}", row.name);
        for (program, arguments) in row.fault {
            tool(program, arguments);
        }
        if row.name == "no route" {
            // The address itself is still this machine's.
            tool("ip", "addr del 172.28.40.7/32 dev lo");
        }
        if !row.kubectl.is_empty() {
            let failed = stage.kubectl(&["get", "ns"]).expect(1);
            assert!(
                failed.stderr.contains(row.kubectl),
                "{}: {failed:#?}",
                row.name
            );
        }
        let diagnosis = stage.diagnose(3);
        assert_eq!(diagnosis["verdict"], row.id, "{}: {diagnosis:#}", row.name);
        let finding = super::stage::verdict(&diagnosis);
        assert_eq!(finding["rung"], row.rung, "{}", row.name);
        let seen = finding["seen"].as_str().unwrap();
        assert!(seen.contains(row.seen), "{}: {seen}", row.name);
        let default_switch = diagnosis["findings"].as_array().unwrap().iter();
        let mut default_switch = default_switch.filter(|f| f["id"] == "default-switch");
        assert_eq!(
            default_switch.next().map(three_ways),
            (row.name == "the machine that had the address is gone").then_some(true),
            "{}",
            row.name
        );
        let mend = &finding["mend"];
        let said = |field: &str| mend[field].as_str().unwrap_or_default();
        let (command, text) = row.mend;
        assert_eq!(said("command"), command, "{}: {finding:#}", row.name);
        assert!(said("text").contains(text), "{}: {finding:#}", row.name);
        for (program, arguments) in row.undo {
            tool(program, arguments);
        }
        if row.name == "no route" {
            tool("ip", "addr add 172.28.40.7/32 dev lo");
        }
        let mended = stage.diagnose(0);
        assert_eq!(mended["verdict"], Value::Null, "{}: {mended:#}", row.name);
    }
    a_machine_that_moved(&mut stage);
    a_name_of_ics(&mut stage);
    silent_resolver(&stage);
}

/// Nobody has the old address, whether the kernel knows that by now or not: the machine is somewhere else. Its
/// credential is void as well.
fn a_machine_that_moved(stage: &mut Stage) {
    let [old, new] = ["172.28.40.7", "172.28.40.9"];
    let token = stage.cluster.admin_token().to_owned();
    for (known, id) in [(false, "no-route-to-host"), (true, "no-answer")] {
        let before = stage.sandbox.text();
        tool("ip", &format!("addr add {new}/32 dev lo"));
        let at = (new.parse::<std::net::Ipv4Addr>().unwrap(), 16443).into();
        stage.node.move_to(at).unwrap();
        tool("ip", &format!("addr del {old}/32 dev lo"));
        if known {
            let entry = "lladdr 00:15:5d:01:02:03 dev lan nud permanent";
            tool("ip", &format!("neigh replace {old} {entry}"));
        }
        stage.machine_has(&stage.cluster);
        stage.edit(&token, "wr0ngT0ken");
        let diagnosis = stage.diagnose(3);
        assert_eq!(diagnosis["verdict"], id, "{diagnosis:#}");
        let finding = super::stage::verdict(&diagnosis);
        assert_eq!(finding["mend"]["command"], "bowline heal dev");
        super::remedy::apply(stage, &finding, None);
        let diagnosis = stage.diagnose(5);
        assert_eq!(diagnosis["verdict"], "token-refused", "{diagnosis:#}");
        super::remedy::apply(stage, &super::stage::verdict(&diagnosis), None);
        stage.diagnose(0);
        stage.kubectl(&["get", "ns"]).expect(0);

        // As it was.
        if known {
            tool("ip", &format!("neigh del {old} dev lan"));
        }
        tool("ip", &format!("addr add {old}/32 dev lo"));
        let at = (old.parse::<std::net::Ipv4Addr>().unwrap(), 16443).into();
        stage.node.move_to(at).unwrap();
        tool("ip", &format!("addr del {new}/32 dev lo"));
        stage.machine_is_lost();
        stage.write(&before);
        stage.diagnose(0);
    }
}

/// A process that is stopped: the kernel goes on accepting connections for it.
#[test]
fn a_stopped_process_is_hung_and_not_gone() {
    let test = "a_stopped_process_is_hung_and_not_gone";
    let Some(openssl) = find("openssl") else {
        return skip(test, "openssl is not installed");
    };
    let mut stage = Stage::with(Cluster::new());
    stage.machine_is_lost();
    let at = stage.node.address();
    stage.node.move_to(place()).unwrap();
    let (certificate, key) = (stage.sandbox.path("s.crt"), stage.sandbox.path("s.key"));
    let mut make = Command::new(&openssl);
    make.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ])
    .args(["-subj", "/CN=stopped", "-keyout"])
    .arg(&key)
    .arg("-out")
    .arg(&certificate);
    run(make, b"").expect(0);
    let mut server = Command::new(&openssl)
        .args(["s_server", "-quiet", "-accept", &at.to_string(), "-cert"])
        .arg(&certificate)
        .arg("-key")
        .arg(&key)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(at).is_err() {
        assert!(Instant::now() < deadline, "openssl s_server never listened");
        std::thread::sleep(Duration::from_millis(20));
    }
    let process = server.id().to_string();
    let stopped = Command::new("kill").args(["-STOP", &process]).status();
    let diagnosis = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stage.diagnose(3)));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(stopped.unwrap().success());
    let diagnosis = diagnosis.unwrap();
    assert_eq!(diagnosis["verdict"], "hung");
    // The command ends the process, and starts it anew.
    stage.node.move_to(at).unwrap();
    super::remedy::apply(&mut stage, &super::stage::verdict(&diagnosis), None);
    stage.diagnose(0);
}

/// A name of Internet Connection Sharing that resolves, and is in no certificate of MicroK8s.
fn a_name_of_ics(stage: &mut Stage) {
    let hosts = stage.sandbox.path("hosts");
    std::fs::write(&hosts, "172.28.40.7 microk8s-vm.mshome.net\n").unwrap();
    tool("mount", &format!("--bind {} /etc/hosts", hosts.display()));
    // It resolves, so it can take the address's place.
    stage
        .sandbox
        .announce(&[("microk8s-vm", stage.node.address())]);
    let diagnosis = stage.diagnose(0);
    let finding = &diagnosis["findings"][0];
    assert_eq!(finding["id"], "default-switch", "{diagnosis:#}");
    assert_eq!(finding["mend"]["command"], "bowline heal dev --by-name");
    std::fs::remove_file(stage.sandbox.path("hosts.ics")).unwrap();
    let line = stage.line("server:");
    stage.edit(&line, "    server: https://microk8s-vm.mshome.net:16443");
    let failed = stage.kubectl(&["get", "ns"]).expect(1);
    assert!(
        failed.stderr.contains("not microk8s-vm.mshome.net"),
        "{failed:#?}"
    );
    let diagnosis = stage.diagnose(4);
    assert_eq!(diagnosis["verdict"], "server-name", "{diagnosis:#}");
    let fact = diagnosis["rungs"][1]["fact"].as_str().unwrap();
    assert_eq!(
        fact,
        "microk8s-vm.mshome.net is 172.28.40.7 by the hosts file"
    );
    let finding = super::stage::verdict(&diagnosis);
    assert!(
        finding["seen"]
            .as_str()
            .unwrap()
            .ends_with("not microk8s-vm.mshome.net"),
        "{finding:#}"
    );
    super::remedy::apply(stage, &finding, None);
    stage.diagnose(0);
    stage.kubectl(&["get", "ns"]).expect(0);
}

/// A name, and a resolver that is not there.
fn silent_resolver(stage: &Stage) {
    let resolv = stage.sandbox.path("resolv.conf");
    std::fs::write(&resolv, "nameserver 172.28.40.99\n").unwrap();
    tool(
        "ip",
        "neigh replace 172.28.40.99 lladdr 02:00:00:00:00:01 dev lan nud permanent",
    );
    tool(
        "mount",
        &format!("--bind {} /etc/resolv.conf", resolv.display()),
    );
    let line = stage.line("server:");
    stage.edit(&line, "    server: https://k8s.example.com:16443");
    let diagnosis = stage.diagnose(3);
    assert_eq!(diagnosis["verdict"], "resolver-silent", "{diagnosis:#}");
    let finding = super::stage::verdict(&diagnosis);
    assert_eq!(finding["mend"]["at"], "hand", "{finding:#}");
}

/// Follow, by name, or an External switch.
fn three_ways(finding: &Value) -> bool {
    let ways = finding["alternatives"].as_array().unwrap();
    let commands = |at: usize| ways[at]["commands"].as_array().unwrap();
    ways.len() == 3
        && commands(0)[0] == "bowline heal dev"
        && commands(1)[0] == "bowline heal dev --by-name"
        && commands(2)
            .iter()
            .any(|c| c.as_str().unwrap().starts_with("New-VMSwitch"))
}
