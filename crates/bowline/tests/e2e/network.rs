//! A cluster that moves in a real network: found by its hardware address, and by trying addresses.
//!
//! Each test has a network namespace of its own, with the node on another machine behind a bridge.

use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::avahi::Avahi;
use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::NeighbourTable;
use crate::support::netns::wait_for;
use crate::support::odd;

const FIRST_MAC: &str = "52:54:00:a4:6f:91";
const SECOND_MAC: &str = "52:54:00:a4:6f:92";

fn at(address: &str) -> SocketAddr {
    format!("{address}:16443").parse().unwrap()
}

/// A machine behind a bridge, the cluster's node on it, and a kubeconfig that names it; `heal` has seen it.
fn settled(bridge: &str, own: &str, address: &str) -> (Machine, Node, Sandbox) {
    netns::bridge(bridge, own);
    let machine = Machine::plugged_into(bridge, FIRST_MAC);
    machine.add(&[format!("{address}/24")]);
    let cluster = Cluster::new();
    let node = machine.within(|| Node::start(&cluster, at(address)).unwrap());
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["heal"]).expect(0).says("works at");
    (machine, node, sandbox)
}

/// The node gets another address, silently.
fn moves(machine: &Machine, node: &Node, from: &str, to: &str) {
    machine.remove(&format!("{from}/24"));
    machine.add(&[format!("{to}/24")]);
    machine.within(|| node.move_to(at(to)).unwrap());
}

#[test]
fn a_machine_that_kept_its_hardware_address_is_found_without_a_packet() {
    let test = "network::a_machine_that_kept_its_hardware_address_is_found_without_a_packet";
    netns::within(test, &[], |_| {
        // A LAN, which is not swept.
        let (machine, node, sandbox) = settled("lan0", "192.168.7.1/24", "192.168.7.20");
        netns::tool(&["ip", "address", "add", "192.168.9.1/24", "dev", "lan0"]);
        moves(&machine, &node, "192.168.7.20", "192.168.9.33");
        // It says something, as every machine that boots does.
        machine.within(|| {
            let patience = Duration::from_secs(5);
            let nobody = "192.168.9.1:9".parse().unwrap();
            TcpStream::connect_timeout(&nobody, patience).unwrap_err();
        });
        let before = sandbox.text();
        // Switched off, nobody reads the table.
        sandbox.settings("[sources]\nneighbours = false\n");
        sandbox.bowline(&["heal"]).expect(3);
        assert_eq!(sandbox.text(), before);

        sandbox.settings("");
        sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system")
            .says("(by neighbours");
        assert!(
            sandbox.text().contains("192.168.9.33"),
            "{}",
            sandbox.text()
        );
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
    });
}

#[test]
fn a_virtual_switch_is_swept_unasked() {
    let test = "network::a_virtual_switch_is_swept_unasked";
    let table = NeighbourTable::mine();
    netns::within(test, &[], |_| {
        let (machine, node, sandbox) = settled("virbr0", "192.168.122.1/24", "192.168.122.20");
        // Another card: nothing is left to know it by.
        machine.tool(&["ip", "link", "set", "eth0", "address", SECOND_MAC]);
        moves(&machine, &node, "192.168.122.20", "192.168.122.201");
        let before = sandbox.text();
        sandbox.settings("[sources]\nsweep = false\n");
        sandbox.bowline(&["heal"]).expect(3);
        assert_eq!(sandbox.text(), before);

        sandbox.settings("");
        sandbox
            .bowline(&["heal"])
            .expect(0)
            .says("trying 252 addresses, 192.168.122.0/24 on virbr0")
            .says("(by sweep");
        assert!(
            sandbox.text().contains("192.168.122.201"),
            "{}",
            sandbox.text()
        );
        sandbox
            .kubectl(&["get", "ns"])
            .expect(0)
            .says("kube-system");
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
    });
    table.assert_never_full();
}

#[test]
fn a_local_network_is_swept_only_when_asked() {
    let test = "network::a_local_network_is_swept_only_when_asked";
    let table = NeighbourTable::mine();
    netns::within(test, &[], |_| {
        let (machine, node, sandbox) = settled("lan0", "192.168.7.1/24", "192.168.7.20");
        machine.tool(&["ip", "link", "set", "eth0", "address", SECOND_MAC]);
        moves(&machine, &node, "192.168.7.20", "192.168.7.201");
        let before = sandbox.text();
        let offer = "to try each address of 192.168.7.0/24 on lan0: bowline heal dev --sweep";
        sandbox.bowline(&["heal"]).expect(3).says(offer);
        assert_eq!(sandbox.text(), before);

        sandbox
            .bowline(&["heal", "--sweep"])
            .expect(0)
            .says("(by sweep");
        assert!(
            sandbox.text().contains("192.168.7.201"),
            "{}",
            sandbox.text()
        );

        // Gone for good: what was done is told.
        drop(node);
        sandbox
            .bowline(&["heal", "--sweep"])
            .expect(3)
            .says("sweep: 192.168.7.0/24 on lan0: 252 addresses tried, 0 accepted a connection");
    });
    table.assert_never_full();
}

#[test]
fn a_name_below_local_is_found_where_the_resolver_does_not_know_it() {
    let test = "network::a_name_below_local_is_found_where_the_resolver_does_not_know_it";
    netns::within(test, &["avahi-daemon"], |folder| {
        netns::bridge("lan0", "192.168.7.1/24");
        let machine = Machine::plugged_into("lan0", FIRST_MAC);
        machine.add(&["192.168.7.20/24".to_owned()]);
        let cluster = Cluster::new();
        let _node = machine.within(|| Node::start(&cluster, at("192.168.7.20")).unwrap());
        let _avahi = Avahi::on(&machine, folder, "microk8s-vm");
        let url = "https://microk8s-vm.local:16443";
        let sandbox = Sandbox::with(odd(&cluster, url));
        // It says nothing before it has made sure that nobody else has the name.
        wait_for("an answer of avahi", || {
            let outcome = sandbox.bowline(&["heal", "--dry-run"]);
            outcome.code == Some(0) && outcome.stdout.contains("(by mdns, microk8s-vm.local")
        });
        sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system");

        // Nothing is multicast where that is switched off, so nobody who knows nothing yet finds it.
        let other = Sandbox::with(odd(&cluster, url));
        other.settings("[sources]\nmdns = false\n");
        other.bowline(&["heal", "--dry-run"]).expect(3);
    });
}
