//! What the old address does while the node is elsewhere. Its network is gone, so that the host sends the
//! packets to its router, as it does with all that is far away.

use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;
use testnode::NodeOptions;

use super::host::LARGE;
use super::host::Leases;
use super::scene::Certificate;
use super::scene::Scene;
use super::vm::at;
use super::within;
use crate::support::netns;
use crate::support::netns::Machine;

const ROUTER_MAC: &str = "52:54:00:a4:6f:fe";

/// A router in the host's local network, to which the old address leads.
fn router(scene: &Scene) -> Machine {
    netns::bridge("lan0", "192.168.7.1/24");
    let router = Machine::plugged_into("lan0", ROUTER_MAC);
    let old = format!("{}/32", scene.address());
    router.add(&["192.168.7.254/24".to_owned(), old]);
    netns::tool(&["ip", "route", "add", "default", "via", "192.168.7.254"]);
    router
}

/// What the router does with connections to the old address.
fn rules(router: &Machine, verdict: &str) {
    for line in [
        "add table inet t",
        "add chain inet t i { type filter hook input priority 0 ; }",
        &format!("add rule inet t i tcp dport 16443 {verdict}"),
    ] {
        router.tool(&["nft", line]);
    }
}

fn is_followed(test: &str, verdict: &str) {
    within(test, |folder| {
        let [first, second, _] = LARGE;
        let mut scene = Scene::new(folder, first);
        let router = router(&scene);
        rules(&router, verdict);
        scene.sandbox.settings(&scene.hosts_ics());
        scene.reboot(second, Leases::Kept, Certificate::Old);
        scene.is_followed("hosts.ics");
    });
}

#[test]
fn it_swallows_packets() {
    is_followed("dhcp::old_address::it_swallows_packets", "drop");
}

#[test]
fn it_refuses_connections() {
    is_followed(
        "dhcp::old_address::it_refuses_connections",
        "reject with tcp reset",
    );
}

#[test]
fn it_is_prohibited() {
    is_followed(
        "dhcp::old_address::it_is_prohibited",
        "reject with icmpx type admin-prohibited",
    );
}

#[test]
fn it_accepts_and_says_nothing() {
    within("dhcp::old_address::it_accepts_and_says_nothing", |folder| {
        let [first, second, _] = LARGE;
        let mut scene = Scene::new(folder, first);
        let router = router(&scene);
        let old = at(scene.address());
        scene.sandbox.settings(&scene.hosts_ics());
        scene.reboot(second, Leases::Kept, Certificate::Old);
        let options = NodeOptions {
            behaviour: Behaviour::Hang,
            ..NodeOptions::default()
        };
        let hung = router.within(|| Node::start_with(&Cluster::new(), old, options).unwrap());
        scene.is_followed("hosts.ics");
        assert!(hung.records().connections > 0);
        assert_eq!(hung.records().credential_bytes(), 0);
    });
}
